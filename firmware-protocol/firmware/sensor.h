/*
 * The reference firmware's core: what SPECIFICATION.md §6 to §9 ask of a sensor, over a board. C99, no
 * allocation, no floating point; all that must outlive a power cut is in the board's flash.
 *
 * A board's loop: sensor_start once. Then, whenever sensor_next_wake is due, sensor_measure; connect;
 * sensor_connected; sensor_receive for what comes until it is quiet; sensor_send; sensor_sleep;
 * disconnect.
 */
#ifndef KAWAMORI_SENSOR_H
#define KAWAMORI_SENSOR_H

#include "board.h"
#include "kawamori_firmware_auth.h"

#define SENSOR_FIRMWARE_MAJOR 1u
#define SENSOR_FIRMWARE_MINOR 0u
/* Readings of one frame at most, and payload bytes of one contact. */
#define SENSOR_FRAME_READINGS 16u
#define SENSOR_CONTACT_BYTES 2048u
/* Seconds before what was sent is due again: at first, and at most. */
#define SENSOR_FIRST_BACK_OFF 120u
#define SENSOR_LAST_BACK_OFF 3600u

typedef struct sensor_configuration {
    uint64_t device_id;
    uint32_t calm_interval;
    uint32_t flood_interval;
    /* How old an answer to TIME_WANTED may be, in seconds; the specification says 30. */
    uint32_t answer_limit;
    /* Keys that are accepted; the first signs. None: frames are unsigned. */
    const kawamori_key *keys;
    size_t key_count;
    uint8_t unit;
    int8_t exponent;
    uint8_t wants_time;
} sensor_configuration;

/* What is kept across restarts besides readings. */
typedef struct sensor_settings {
    uint32_t number;
    uint32_t boot_counter;
    uint32_t last_command;
    uint32_t lost;
    /* Blocks of readings up to this number are given up, and counted in `lost`. */
    uint32_t lost_block;
    uint32_t oldest_boot;
    uint32_t oldest;
    uint32_t calm_interval;
    uint32_t flood_interval;
    uint32_t hold;
    uint8_t last_result;
    uint8_t is_flood;
    uint8_t has_oldest;
} sensor_settings;

/* A place in the ring of readings: blocks are numbered on and on. */
typedef struct sensor_place {
    uint32_t block;
    uint32_t slot;
} sensor_place;

typedef struct sensor {
    const sensor_board *board;
    sensor_configuration configuration;
    sensor_settings settings;
    /* Where the next settings are written. */
    uint32_t settings_at;
    /* Where the next reading is written. */
    sensor_place head;
    /* Readings from `live` on have never been sent; those from `again` to `live` are due again. */
    sensor_place live;
    sensor_place again;
    /* Where the gateway has asked for some only. */
    uint32_t again_boot;
    uint32_t again_first;
    uint32_t again_span;
    uint32_t next_sequence;
    uint32_t next_measurement;
    uint32_t again_at;
    uint32_t hold_until;
    uint32_t asked_at;
    uint32_t clock_offset;
    uint8_t tries;
    uint8_t is_waiting;
    uint8_t only_asked;
    uint8_t clock_is_set;
    uint8_t has_asked;
    uint8_t measures_now;
    uint8_t reboots;
    /* Counted for the summary; a reboot forgets them, but for the loss, which is in the settings. */
    uint32_t made;
    uint32_t acknowledged;
    uint32_t refused;
    uint32_t payload_bytes;
} sensor;

void sensor_start(sensor *self, const sensor_board *board, const sensor_configuration *configuration);

/* The uptime at which to measure and connect next. */
uint32_t sensor_next_wake(const sensor *self);

/* Measures, numbers and stores one reading. */
void sensor_measure(sensor *self);

/* The link is there; whether the broker still had our session. */
void sensor_connected(sensor *self, int has_session);

void sensor_receive(sensor *self, board_channel channel, const uint8_t *bytes, size_t length);

/* Sends live readings, then what is due again; then does what commands have asked for. Returns whether
 * a command wants another round of measuring and sending. */
int sensor_send(sensor *self);

/* The status to leave behind: before sleeping, or as last will. Returns its length. */
size_t sensor_status(sensor *self, uint8_t state, uint8_t *out, size_t capacity);

/* Says that the node sleeps now, until sensor_next_wake. */
void sensor_sleep(sensor *self);

/* Unacknowledged readings in the ring. */
uint32_t sensor_held(const sensor *self);

/* Erase cycles of the most worn block. */
uint32_t sensor_wear(const sensor *self);

#endif
