/*
 * What the reference firmware asks of a board. A port is these functions and a loop; see boards/.
 */
#ifndef KAWAMORI_BOARD_H
#define KAWAMORI_BOARD_H

#include <stddef.h>
#include <stdint.h>

#include "kawamori_firmware.h"

/* Flash is erased in blocks of so many bytes. */
#define BOARD_BLOCK_SIZE 4096u

/* Where a frame goes to or comes from: the last level of its topic. */
typedef enum board_channel {
    BOARD_DATA,
    BOARD_ACK,
    BOARD_COMMAND,
    BOARD_REPLY,
    BOARD_STATUS
} board_channel;

typedef struct sensor_board {
    void *context;
    /* Blocks of flash: two for settings, the others for readings; at least four. */
    uint32_t block_count;
    /* Seconds since the boot, sleep included. */
    uint32_t (*uptime)(void *context);
    uint32_t (*random)(void *context);
    /* One burst of measurements: value, error, ping_count, valid_count and spread. */
    void (*measure)(void *context, kawamori_reading *reading);
    uint16_t (*battery_millivolts)(void *context);
    int8_t (*signal_dbm)(void *context);
    /* Flash at a byte offset. Writing only clears bits; erasing sets a block's bits. */
    void (*flash_read)(void *context, uint32_t at, uint8_t *bytes, uint32_t length);
    void (*flash_write)(void *context, uint32_t at, const uint8_t *bytes, uint32_t length);
    void (*flash_erase)(void *context, uint32_t block);
    /* Hands a frame to the link; 0 where it cannot take it now. */
    int (*publish)(
        void *context, board_channel channel, const uint8_t *bytes, size_t length, int is_retained);
    void (*identify)(void *context, uint32_t seconds);
    void (*reboot)(void *context);
} sensor_board;

#endif
