/*
 * kawamori firmware protocol, version 1: the data frame that a sensor sends and the
 * acknowledgement frame that it gets back. firmware-protocol/README.md writes the layout down.
 *
 * Copy this one file into the firmware. It is C99 (and C++), allocates nothing, keeps nothing
 * between calls, uses no floating point, and needs neither alignment nor a byte order of the CPU.
 * Kawamori's gateway has a second implementation in Swift; both run the same test vectors.
 */
#ifndef KAWAMORI_FIRMWARE_H
#define KAWAMORI_FIRMWARE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* First byte of a data frame ('K') and of an acknowledgement frame ('k'). */
#define KAWAMORI_DATA_MAGIC 0x4Bu
#define KAWAMORI_ACK_MAGIC 0x6Bu
/* Second byte of both: the version of the layout. */
#define KAWAMORI_VERSION 1u

/* Bytes before the first reading, of one reading, and of the CRC-32 at the end of both frames. */
#define KAWAMORI_DATA_HEADER_SIZE 27u
#define KAWAMORI_READING_SIZE 9u
#define KAWAMORI_CRC_SIZE 4u
/* Bytes before the first range of an acknowledgement frame, and of one range. */
#define KAWAMORI_ACK_HEADER_SIZE 16u
#define KAWAMORI_RANGE_SIZE 6u

/* Sizes of whole frames, for buffers whose length is known at compile time. */
#define KAWAMORI_DATA_SIZE(count) \
    (KAWAMORI_DATA_HEADER_SIZE + KAWAMORI_READING_SIZE * (count) + KAWAMORI_CRC_SIZE)
#define KAWAMORI_ACK_SIZE(count) \
    (KAWAMORI_ACK_HEADER_SIZE + KAWAMORI_RANGE_SIZE * (count) + KAWAMORI_CRC_SIZE)

/* Data frame flag: the sensor keeps these readings until they are acknowledged end to end. */
#define KAWAMORI_FLAG_ACK_REQUESTED 0x01u
/* Flags that version 1 does not define: always zero. The upper two bits are kept for the length
 * of a truncated HMAC-SHA-256; see the README. */
#define KAWAMORI_DATA_FLAGS_RESERVED 0xFEu
#define KAWAMORI_ACK_FLAGS_RESERVED 0xFFu

/* `base_time` of a sensor whose clock is not set: readings then carry seconds before sending. */
#define KAWAMORI_CLOCK_NOT_SET 0u
/* `seconds` of a reading, clock not set, whose age the sensor has lost (it restarted since). */
#define KAWAMORI_AGE_UNKNOWN 0xFFFFFFFFu
/* `battery_millivolts` of a sensor that does not measure its battery. */
#define KAWAMORI_BATTERY_UNKNOWN 0u
/* `exponent` lies from minus to plus this. */
#define KAWAMORI_EXPONENT_LIMIT 9

/* Error codes of a reading. 8 to 127 are kept for later versions; 128 to 255 are the maker's. */
#define KAWAMORI_ERROR_NONE 0u
#define KAWAMORI_ERROR_NO_RESPONSE 1u
#define KAWAMORI_ERROR_NO_ECHO 2u
#define KAWAMORI_ERROR_BELOW_RANGE 3u
#define KAWAMORI_ERROR_ABOVE_RANGE 4u
#define KAWAMORI_ERROR_SUPPLY_LOW 5u
#define KAWAMORI_ERROR_BUS 6u
#define KAWAMORI_ERROR_SELF_TEST 7u

typedef enum kawamori_status {
    KAWAMORI_OK = 0,
    /* No bytes at all. */
    KAWAMORI_EMPTY,
    /* Fewer bytes than the header and its count ask for. */
    KAWAMORI_TRUNCATED,
    /* The CRC-32 does not match. */
    KAWAMORI_CHECKSUM,
    /* A version, or a flag, that this codec does not know. */
    KAWAMORI_UNKNOWN_VERSION,
    /* The bytes do not follow the layout, or (encoding) the fields cannot be written in it. */
    KAWAMORI_MALFORMED,
    /* Encoding: the buffer is too small; `*written` says how many bytes are needed. */
    KAWAMORI_NO_ROOM
} kawamori_status;

/* One reading. Where `error` is not zero, `value` means nothing and is sent as 0. */
typedef struct kawamori_reading {
    /* Seconds after `base_time`; where the clock is not set, seconds before sending. */
    uint32_t seconds;
    /* In the sensor's raw unit, times 10 to the power of minus `exponent`. */
    int32_t value;
    uint8_t error;
} kawamori_reading;

/* What all readings of a data frame share. */
typedef struct kawamori_data {
    uint8_t flags;
    /* raw value = value x 10^exponent */
    int8_t exponent;
    uint8_t count;
    uint16_t battery_millivolts;
    uint64_t device_id;
    /* The boot in which the readings were taken, which need not be the present one. */
    uint32_t boot_counter;
    /* The next readings have the next numbers, modulo 2^32. */
    uint32_t first_sequence;
    /* Unix seconds, or KAWAMORI_CLOCK_NOT_SET. */
    uint32_t base_time;
} kawamori_data;

/* `count` readings of one boot from `first_sequence` on, modulo 2^32, that are on disk. */
typedef struct kawamori_range {
    uint32_t first_sequence;
    uint16_t count;
} kawamori_range;

/* What all ranges of an acknowledgement frame share. */
typedef struct kawamori_ack {
    uint8_t count;
    uint64_t device_id;
    uint32_t boot_counter;
} kawamori_ack;

/* ---- bytes, least significant first -------------------------------------------------------- */

static inline void kawamori_put(uint8_t *bytes, uint64_t value, size_t size) {
    size_t i;
    for (i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(value & 0xFFu);
        value >>= 8;
    }
}

static inline uint64_t kawamori_get(const uint8_t *bytes, size_t size) {
    uint64_t value = 0;
    while (size > 0) {
        size--;
        value = (value << 8) | bytes[size];
    }
    return value;
}

/* Two's complement without the implementation-defined conversion of a large unsigned number. */
static inline int32_t kawamori_signed(uint32_t bits) {
    return bits <= 0x7FFFFFFFu ? (int32_t)bits : -(int32_t)(0xFFFFFFFFu - bits) - 1;
}

/* CRC-32/ISO-HDLC: reflected polynomial 0xEDB88320, initial and final 0xFFFFFFFF; "123456789"
 * gives 0xCBF43926. Half a byte at a time: a table of 64 bytes. */
static inline uint32_t kawamori_crc32(const uint8_t *bytes, size_t length) {
    static const uint32_t table[16] = {
        0x00000000u, 0x1DB71064u, 0x3B6E20C8u, 0x26D930ACu, 0x76DC4190u, 0x6B6B51F4u,
        0x4DB26158u, 0x5005713Cu, 0xEDB88320u, 0xF00F9344u, 0xD6D6A3E8u, 0xCB61B38Cu,
        0x9B64C2B0u, 0x86D3D2D4u, 0xA00AE278u, 0xBDBDF21Cu};
    uint32_t crc = 0xFFFFFFFFu;
    size_t i;
    for (i = 0; i < length; i++) {
        crc ^= bytes[i];
        crc = (crc >> 4) ^ table[crc & 0x0Fu];
        crc = (crc >> 4) ^ table[crc & 0x0Fu];
    }
    return crc ^ 0xFFFFFFFFu;
}

/* ---- checks that both frames share --------------------------------------------------------- */

/* Magic, version and flags stand at the same places in both frames. */
static inline kawamori_status kawamori_check_head(
    const uint8_t *bytes, size_t length, uint8_t magic, uint8_t reserved_flags) {
    if (length == 0) return KAWAMORI_EMPTY;
    if (bytes[0] != magic) return KAWAMORI_MALFORMED;
    if (length < 3) return KAWAMORI_TRUNCATED;
    if (bytes[1] != KAWAMORI_VERSION) return KAWAMORI_UNKNOWN_VERSION;
    if ((bytes[2] & reserved_flags) != 0) return KAWAMORI_UNKNOWN_VERSION;
    return KAWAMORI_OK;
}

static inline kawamori_status kawamori_check_tail(
    const uint8_t *bytes, size_t length, size_t expected) {
    if (length < expected) return KAWAMORI_TRUNCATED;
    if (length > expected) return KAWAMORI_MALFORMED;
    if (kawamori_get(bytes + expected - KAWAMORI_CRC_SIZE, KAWAMORI_CRC_SIZE)
        != kawamori_crc32(bytes, expected - KAWAMORI_CRC_SIZE)) {
        return KAWAMORI_CHECKSUM;
    }
    return KAWAMORI_OK;
}

/* Whether a reading's time can be written: a set clock's time must fit 32 bits. */
static inline int kawamori_time_fits(uint32_t base_time, uint32_t seconds) {
    return base_time == KAWAMORI_CLOCK_NOT_SET || seconds <= 0xFFFFFFFFu - base_time;
}

static inline int kawamori_exponent_fits(int8_t exponent) {
    return exponent >= -KAWAMORI_EXPONENT_LIMIT && exponent <= KAWAMORI_EXPONENT_LIMIT;
}

/* ---- data frame ---------------------------------------------------------------------------- */

/* Reading `index` (less than `count`) of a frame that kawamori_decode_data has accepted. */
static inline kawamori_reading kawamori_reading_at(const uint8_t *bytes, uint8_t index) {
    const uint8_t *at = bytes + KAWAMORI_DATA_HEADER_SIZE + KAWAMORI_READING_SIZE * (size_t)index;
    kawamori_reading reading;
    reading.seconds = (uint32_t)kawamori_get(at, 4);
    reading.value = kawamori_signed((uint32_t)kawamori_get(at + 4, 4));
    reading.error = at[8];
    return reading;
}

/* Writes a data frame of `data->count` readings into `out`. `*written` becomes its length, and on
 * KAWAMORI_NO_ROOM the length it needs. Nothing is written unless KAWAMORI_OK comes back. */
static inline kawamori_status kawamori_encode_data(
    const kawamori_data *data, const kawamori_reading *readings, uint8_t *out, size_t capacity,
    size_t *written) {
    size_t size = KAWAMORI_DATA_SIZE((size_t)data->count);
    size_t i;
    *written = 0;
    if (data->count == 0 || (data->flags & KAWAMORI_DATA_FLAGS_RESERVED) != 0
        || !kawamori_exponent_fits(data->exponent)) {
        return KAWAMORI_MALFORMED;
    }
    for (i = 0; i < data->count; i++) {
        if (!kawamori_time_fits(data->base_time, readings[i].seconds)) return KAWAMORI_MALFORMED;
    }
    *written = size;
    if (capacity < size) return KAWAMORI_NO_ROOM;
    out[0] = KAWAMORI_DATA_MAGIC;
    out[1] = KAWAMORI_VERSION;
    out[2] = data->flags;
    out[3] = (uint8_t)data->exponent;
    kawamori_put(out + 4, data->device_id, 8);
    kawamori_put(out + 12, data->boot_counter, 4);
    kawamori_put(out + 16, data->first_sequence, 4);
    kawamori_put(out + 20, data->base_time, 4);
    kawamori_put(out + 24, data->battery_millivolts, 2);
    out[26] = data->count;
    for (i = 0; i < data->count; i++) {
        uint8_t *at = out + KAWAMORI_DATA_HEADER_SIZE + KAWAMORI_READING_SIZE * i;
        int32_t value = readings[i].error == KAWAMORI_ERROR_NONE ? readings[i].value : 0;
        kawamori_put(at, readings[i].seconds, 4);
        kawamori_put(at + 4, (uint32_t)value, 4);
        at[8] = readings[i].error;
    }
    kawamori_put(
        out + size - KAWAMORI_CRC_SIZE, kawamori_crc32(out, size - KAWAMORI_CRC_SIZE),
        KAWAMORI_CRC_SIZE);
    return KAWAMORI_OK;
}

/* Checks a whole data frame and reads what its readings share; then kawamori_reading_at. */
static inline kawamori_status kawamori_decode_data(
    const uint8_t *bytes, size_t length, kawamori_data *data) {
    uint8_t index;
    kawamori_status status = kawamori_check_head(
        bytes, length, KAWAMORI_DATA_MAGIC, KAWAMORI_DATA_FLAGS_RESERVED);
    if (status != KAWAMORI_OK) return status;
    if (length < KAWAMORI_DATA_HEADER_SIZE) return KAWAMORI_TRUNCATED;
    status = kawamori_check_tail(bytes, length, KAWAMORI_DATA_SIZE((size_t)bytes[26]));
    if (status != KAWAMORI_OK) return status;
    data->flags = bytes[2];
    data->exponent = (int8_t)kawamori_signed(bytes[3] < 128u ? bytes[3] : bytes[3] | 0xFFFFFF00u);
    data->device_id = kawamori_get(bytes + 4, 8);
    data->boot_counter = (uint32_t)kawamori_get(bytes + 12, 4);
    data->first_sequence = (uint32_t)kawamori_get(bytes + 16, 4);
    data->base_time = (uint32_t)kawamori_get(bytes + 20, 4);
    data->battery_millivolts = (uint16_t)kawamori_get(bytes + 24, 2);
    data->count = bytes[26];
    if (data->count == 0 || !kawamori_exponent_fits(data->exponent)) return KAWAMORI_MALFORMED;
    for (index = 0; index < data->count; index++) {
        if (!kawamori_time_fits(data->base_time, kawamori_reading_at(bytes, index).seconds)) {
            return KAWAMORI_MALFORMED;
        }
    }
    return KAWAMORI_OK;
}

/* ---- acknowledgement frame ----------------------------------------------------------------- */

/* Range `index` (less than `count`) of a frame that kawamori_decode_ack has accepted. */
static inline kawamori_range kawamori_range_at(const uint8_t *bytes, uint8_t index) {
    const uint8_t *at = bytes + KAWAMORI_ACK_HEADER_SIZE + KAWAMORI_RANGE_SIZE * (size_t)index;
    kawamori_range range;
    range.first_sequence = (uint32_t)kawamori_get(at, 4);
    range.count = (uint16_t)kawamori_get(at + 4, 2);
    return range;
}

/* Whether a range covers a sequence number, across the wrap too. */
static inline int kawamori_range_covers(kawamori_range range, uint32_t sequence) {
    return (uint32_t)(sequence - range.first_sequence) < range.count;
}

/* Writes an acknowledgement frame of `ack->count` ranges, as kawamori_encode_data does. */
static inline kawamori_status kawamori_encode_ack(
    const kawamori_ack *ack, const kawamori_range *ranges, uint8_t *out, size_t capacity,
    size_t *written) {
    size_t size = KAWAMORI_ACK_SIZE((size_t)ack->count);
    size_t i;
    *written = 0;
    if (ack->count == 0) return KAWAMORI_MALFORMED;
    for (i = 0; i < ack->count; i++) {
        if (ranges[i].count == 0) return KAWAMORI_MALFORMED;
    }
    *written = size;
    if (capacity < size) return KAWAMORI_NO_ROOM;
    out[0] = KAWAMORI_ACK_MAGIC;
    out[1] = KAWAMORI_VERSION;
    out[2] = 0;
    out[3] = ack->count;
    kawamori_put(out + 4, ack->device_id, 8);
    kawamori_put(out + 12, ack->boot_counter, 4);
    for (i = 0; i < ack->count; i++) {
        uint8_t *at = out + KAWAMORI_ACK_HEADER_SIZE + KAWAMORI_RANGE_SIZE * i;
        kawamori_put(at, ranges[i].first_sequence, 4);
        kawamori_put(at + 4, ranges[i].count, 2);
    }
    kawamori_put(
        out + size - KAWAMORI_CRC_SIZE, kawamori_crc32(out, size - KAWAMORI_CRC_SIZE),
        KAWAMORI_CRC_SIZE);
    return KAWAMORI_OK;
}

/* Checks a whole acknowledgement frame; then kawamori_range_at. A sensor also checks that
 * `device_id` is its own. */
static inline kawamori_status kawamori_decode_ack(
    const uint8_t *bytes, size_t length, kawamori_ack *ack) {
    uint8_t index;
    kawamori_status status =
        kawamori_check_head(bytes, length, KAWAMORI_ACK_MAGIC, KAWAMORI_ACK_FLAGS_RESERVED);
    if (status != KAWAMORI_OK) return status;
    if (length < KAWAMORI_ACK_HEADER_SIZE) return KAWAMORI_TRUNCATED;
    status = kawamori_check_tail(bytes, length, KAWAMORI_ACK_SIZE((size_t)bytes[3]));
    if (status != KAWAMORI_OK) return status;
    ack->count = bytes[3];
    ack->device_id = kawamori_get(bytes + 4, 8);
    ack->boot_counter = (uint32_t)kawamori_get(bytes + 12, 4);
    if (ack->count == 0) return KAWAMORI_MALFORMED;
    for (index = 0; index < ack->count; index++) {
        if (kawamori_range_at(bytes, index).count == 0) return KAWAMORI_MALFORMED;
    }
    return KAWAMORI_OK;
}

#ifdef __cplusplus
}
#endif

#endif
