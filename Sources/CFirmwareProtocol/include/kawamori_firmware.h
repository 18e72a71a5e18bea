/*
 * kawamori firmware protocol, version 2: every frame that a sensor and a gateway exchange.
 * firmware-protocol/SPECIFICATION.md writes the layout and the rules down.
 *
 * Copy this one file into the firmware, and kawamori_firmware_auth.h where frames are signed. It is
 * C99 (and C++), allocates nothing, keeps nothing between calls, uses no floating point, and needs
 * neither alignment nor a byte order of the CPU. Kawamori's gateway has a second implementation in
 * Swift; both run the same test vectors.
 */
#ifndef KAWAMORI_FIRMWARE_H
#define KAWAMORI_FIRMWARE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The first byte says what a frame is: capitals come from the sensor, small letters go to it. */
#define KAWAMORI_DATA_MAGIC 0x4Bu          /* K */
#define KAWAMORI_ACK_MAGIC 0x6Bu           /* k */
#define KAWAMORI_COMPACT_MAGIC 0x43u       /* C */
#define KAWAMORI_COMPACT_ACK_MAGIC 0x63u   /* c */
#define KAWAMORI_COMMAND_MAGIC 0x78u       /* x */
#define KAWAMORI_COMMAND_REPLY_MAGIC 0x58u /* X */
#define KAWAMORI_STATUS_MAGIC 0x53u        /* S */
/* The second byte of all of them: the version of the layout. */
#define KAWAMORI_VERSION 2u

/* Bytes before what varies in length. */
#define KAWAMORI_DATA_HEADER_SIZE 26u
#define KAWAMORI_ACK_HEADER_SIZE 20u
#define KAWAMORI_COMMAND_HEADER_SIZE 32u
#define KAWAMORI_COMMAND_REPLY_HEADER_SIZE 21u
#define KAWAMORI_STATUS_HEADER_SIZE 38u
/* Bytes of a whole compact frame and a whole compact acknowledgement. */
#define KAWAMORI_COMPACT_SIZE 11u
#define KAWAMORI_CRC_SIZE 4u
#define KAWAMORI_TAG_SIZE 8u
/* Key id and tag. */
#define KAWAMORI_SIGNATURE_SIZE 9u
/* The one extension that a frame of ours carries: area length, type, length, 32 bits. */
#define KAWAMORI_EXTENSION_SIZE 7u
#define KAWAMORI_RUN_SIZE 4u

/* The longest frames that this codec writes, for buffers whose length is known at compile time. */
#define KAWAMORI_DATA_SIZE(count) (49u + 9u * (count))
#define KAWAMORI_ACK_SIZE(count) (33u + KAWAMORI_RUN_SIZE * (count))
#define KAWAMORI_COMMAND_SIZE 45u
#define KAWAMORI_COMMAND_REPLY_SIZE 34u
#define KAWAMORI_STATUS_SIZE 58u

/* Flags of all frames but the compact ones. The encoders set these two themselves. */
#define KAWAMORI_FLAG_EXTENDED 0x20u
#define KAWAMORI_FLAG_SIGNED 0x40u
/* Data frame: the sensor keeps these readings until they are acknowledged end to end. */
#define KAWAMORI_FLAG_ACK_REQUESTED 0x01u
/* Data frame: the clock is not set, `base_time` is the uptime in seconds. */
#define KAWAMORI_FLAG_UPTIME 0x02u
/* Data frame, with UPTIME: `age` is there; without it the readings are of an earlier boot. */
#define KAWAMORI_FLAG_AGE 0x04u
/* Data frame: each reading says how it came out of a burst. */
#define KAWAMORI_FLAG_BURST 0x08u
/* Data frame: battery and signal are there. */
#define KAWAMORI_FLAG_HEALTH 0x10u
/* Acknowledgement: everything of this boot before `first` is settled too. */
#define KAWAMORI_FLAG_CUMULATIVE 0x01u
/* Acknowledgement: send what is missing in the runs again, now. */
#define KAWAMORI_FLAG_SEND_AGAIN 0x02u
/* Status: please send a time command. */
#define KAWAMORI_FLAG_TIME_WANTED 0x01u

/* Types of extensions that this version knows. Others are passed over. */
#define KAWAMORI_EXTENSION_OLDEST 1u
#define KAWAMORI_EXTENSION_WEAR 2u
#define KAWAMORI_EXTENSION_NONE 0x100u

/* `battery_millivolts` and `signal_dbm` of a sensor that does not measure them. */
#define KAWAMORI_BATTERY_UNKNOWN 0u
#define KAWAMORI_SIGNAL_UNKNOWN 0
/* `exponent` lies from minus to plus this. */
#define KAWAMORI_EXPONENT_LIMIT 9
/* The smallest values; what lies below stands for an error code on the wire. */
#define KAWAMORI_VALUE_MINIMUM (-2147483392)
#define KAWAMORI_COMPACT_VALUE_MINIMUM (-32512)
/* `age` of a compact reading that is unknown, or longer than five days. */
#define KAWAMORI_AGE_UNKNOWN 0xFFFFFFFFu

/* Unit codes. 0: the unit that the gateway's station file gives the sensor. */
#define KAWAMORI_UNIT_CONFIGURED 0u
#define KAWAMORI_UNIT_MILLIMETRE 1u
#define KAWAMORI_UNIT_CENTIMETRE 2u
#define KAWAMORI_UNIT_METRE 3u
#define KAWAMORI_UNIT_CELSIUS 4u
#define KAWAMORI_UNIT_RELATIVE_HUMIDITY 5u
#define KAWAMORI_UNIT_PASCAL 6u
#define KAWAMORI_UNIT_HECTOPASCAL 7u
#define KAWAMORI_UNIT_VOLT 8u
#define KAWAMORI_UNIT_MILLIVOLT 9u
#define KAWAMORI_UNIT_AMPERE 10u
#define KAWAMORI_UNIT_METRE_PER_SECOND 11u
#define KAWAMORI_UNIT_CUBIC_METRE_PER_SECOND 12u
#define KAWAMORI_UNIT_COUNT 13u
#define KAWAMORI_UNIT_LUX 14u
#define KAWAMORI_UNIT_DEGREE 15u

/* Error codes of a reading. 8 to 127 are kept for later versions; 128 to 255 are the maker's. */
#define KAWAMORI_ERROR_NONE 0u
#define KAWAMORI_ERROR_NO_RESPONSE 1u
#define KAWAMORI_ERROR_NO_ECHO 2u
#define KAWAMORI_ERROR_BELOW_RANGE 3u
#define KAWAMORI_ERROR_ABOVE_RANGE 4u
#define KAWAMORI_ERROR_SUPPLY_LOW 5u
#define KAWAMORI_ERROR_BUS 6u
#define KAWAMORI_ERROR_SELF_TEST 7u

/* Kinds of commands and what `argument` holds. */
#define KAWAMORI_COMMAND_INTERVAL 1u    /* seconds in calm, seconds in flood */
#define KAWAMORI_COMMAND_MODE 2u        /* 0 calm or 1 flood, seconds it holds (0: until told) */
#define KAWAMORI_COMMAND_MEASURE 3u     /* nothing */
#define KAWAMORI_COMMAND_TIME 4u        /* Unix seconds, echoed uptime, echoed boot counter */
#define KAWAMORI_COMMAND_REBOOT 5u      /* nothing */
#define KAWAMORI_COMMAND_IDENTIFY 6u    /* seconds to blink */

/* Results of commands. */
#define KAWAMORI_RESULT_DONE 0u
#define KAWAMORI_RESULT_EXPIRED 1u
#define KAWAMORI_RESULT_SUPERSEDED 2u
#define KAWAMORI_RESULT_UNSUPPORTED 3u
#define KAWAMORI_RESULT_REFUSED 4u
#define KAWAMORI_RESULT_CLOCK_NOT_SET 5u
#define KAWAMORI_RESULT_FAILED 6u

/* States of a status frame. */
#define KAWAMORI_STATE_OFFLINE 0u
#define KAWAMORI_STATE_AWAKE 1u
#define KAWAMORI_STATE_ASLEEP 2u

typedef enum kawamori_status {
    KAWAMORI_OK = 0,
    /* No bytes at all. */
    KAWAMORI_EMPTY,
    /* Fewer bytes than the header, its counts and its flags ask for. */
    KAWAMORI_TRUNCATED,
    /* The CRC-32C does not match. */
    KAWAMORI_CHECKSUM,
    /* A version, or a flag, that this codec does not know. */
    KAWAMORI_UNKNOWN_VERSION,
    /* The bytes do not follow the layout, or (encoding) the fields cannot be written in it. */
    KAWAMORI_MALFORMED,
    /* Encoding: the buffer is too small; `*written` says how many bytes are needed. */
    KAWAMORI_NO_ROOM,
    /* Verifying (kawamori_firmware_auth.h): no signature, no such key, another tag. */
    KAWAMORI_TAG_MISSING,
    KAWAMORI_UNKNOWN_KEY,
    KAWAMORI_TAG_MISMATCH
} kawamori_status;

/* Where a decoded frame's signature stands: the tag of the first `signed_length` bytes follows
 * them. `signed_length` is 0 in a frame without one. */
typedef struct kawamori_seal {
    size_t signed_length;
    uint8_t key_id;
} kawamori_seal;

/* What signs a frame: writes the first KAWAMORI_TAG_SIZE bytes of HMAC-SHA-256. */
typedef struct kawamori_signer {
    void (*write_tag)(const void *context, const uint8_t *bytes, size_t length, uint8_t *tag);
    const void *context;
    uint8_t key_id;
} kawamori_signer;

/* One reading. Where `error` is not zero, `value` means nothing. */
typedef struct kawamori_reading {
    /* In the unit, times 10 to the power of minus `exponent`; at least KAWAMORI_VALUE_MINIMUM. */
    int32_t value;
    /* How far the burst scattered, in steps of `value`; sent with 5 significant bits. */
    uint32_t spread;
    /* Seconds after `base_time`; 0 for the first reading of a frame. */
    uint16_t seconds;
    uint8_t error;
    /* How many measurements the burst made, and how many of them gave a value. */
    uint8_t ping_count;
    uint8_t valid_count;
} kawamori_reading;

/* What all readings of a data frame share. */
typedef struct kawamori_data {
    /* The device and its one sensor; a box with two sensors has two ids. */
    uint64_t device_id;
    /* The boot in which the readings were taken, which need not be the present one. */
    uint32_t boot_counter;
    /* The next readings have the next numbers, modulo 2^32. */
    uint32_t first_sequence;
    /* When the first reading was taken: Unix seconds, or the uptime. */
    uint32_t base_time;
    /* With AGE: seconds from the first reading to sending; exact to 8191 s, then 13 bits of it. */
    uint32_t age;
    /* With `has_oldest`: the device holds no reading of this boot before this one any more. */
    uint32_t oldest;
    uint16_t battery_millivolts;
    int8_t signal_dbm;
    uint8_t flags;
    uint8_t count;
    uint8_t unit;
    /* value in the unit = value x 10^exponent */
    int8_t exponent;
    uint8_t has_oldest;
} kawamori_data;

/* `stored` readings that are on disk, then `missing` ones that the gateway does not have. */
typedef struct kawamori_run {
    uint16_t stored;
    uint16_t missing;
} kawamori_run;

/* What is on disk of one boot. */
typedef struct kawamori_ack {
    uint64_t device_id;
    uint32_t boot_counter;
    /* Where the runs begin; with CUMULATIVE everything before it is settled. */
    uint32_t first;
    uint8_t flags;
    uint8_t count;
} kawamori_ack;

/* One reading in eleven bytes, for links that say themselves which device speaks. */
typedef struct kawamori_compact {
    uint32_t age;
    uint16_t boot_counter;
    uint16_t sequence;
    int16_t value;
    uint8_t error;
} kawamori_compact;

/* All before `next` is settled; bit i: reading `next` + i is on disk. */
typedef struct kawamori_compact_ack {
    uint32_t stored;
    uint16_t boot_counter;
    uint16_t next;
} kawamori_compact_ack;

typedef struct kawamori_command {
    uint64_t device_id;
    /* Larger than that of every command before. */
    uint32_t counter;
    /* Unix seconds; 0: never. */
    uint32_t expires;
    uint32_t argument[3];
    uint8_t kind;
} kawamori_command;

typedef struct kawamori_command_reply {
    uint64_t device_id;
    uint32_t counter;
    uint32_t uptime;
    uint8_t kind;
    uint8_t result;
} kawamori_command_reply;

typedef struct kawamori_device_status {
    uint64_t device_id;
    uint32_t boot_counter;
    uint32_t uptime;
    /* Seconds until the device speaks again at the latest; 0: it does not say. As `age`. */
    uint32_t next_contact;
    /* Unacknowledged readings dropped since the memory was formatted. */
    uint32_t lost;
    /* Counter of the newest command that was obeyed or refused. */
    uint32_t last_command;
    /* With `has_wear`: erase cycles of the most worn block. */
    uint32_t wear;
    /* Unacknowledged readings held; 65535: that many or more. */
    uint16_t held;
    uint16_t battery_millivolts;
    int8_t signal_dbm;
    uint8_t flags;
    uint8_t state;
    /* 0 calm, 1 flood. */
    uint8_t mode;
    uint8_t firmware_major;
    uint8_t firmware_minor;
    uint8_t has_wear;
} kawamori_device_status;

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

static inline uint32_t kawamori_get32(const uint8_t *bytes) {
    return (uint32_t)kawamori_get(bytes, 4);
}

static inline uint16_t kawamori_get16(const uint8_t *bytes) {
    return (uint16_t)kawamori_get(bytes, 2);
}

/* Two's complement without the implementation-defined conversion of a large unsigned number. */
static inline int32_t kawamori_signed(uint32_t bits) {
    return bits <= 0x7FFFFFFFu ? (int32_t)bits : -(int32_t)(0xFFFFFFFFu - bits) - 1;
}

static inline int8_t kawamori_signed8(uint8_t bits) {
    return (int8_t)kawamori_signed(bits < 0x80u ? bits : bits | 0xFFFFFF00u);
}

/* CRC-32C (Castagnoli): reflected polynomial 0x82F63B78, initial and final 0xFFFFFFFF; "123456789"
 * gives 0xE3069283. Half a byte at a time: a table of 64 bytes. A chip with an instruction for it
 * defines KAWAMORI_CRC32C(bytes, length) before it includes this file. */
static inline uint32_t kawamori_crc32c(const uint8_t *bytes, size_t length) {
#ifdef KAWAMORI_CRC32C
    return KAWAMORI_CRC32C(bytes, length);
#else
    static const uint32_t table[16] = {
        0x00000000u, 0x105EC76Fu, 0x20BD8EDEu, 0x30E349B1u, 0x417B1DBCu, 0x5125DAD3u,
        0x61C69362u, 0x7198540Du, 0x82F63B78u, 0x92A8FC17u, 0xA24BB5A6u, 0xB21572C9u,
        0xC38D26C4u, 0xD3D3E1ABu, 0xE330A81Au, 0xF36E6F75u};
    uint32_t crc = 0xFFFFFFFFu;
    size_t i;
    for (i = 0; i < length; i++) {
        crc ^= bytes[i];
        crc = (crc >> 4) ^ table[crc & 0x0Fu];
        crc = (crc >> 4) ^ table[crc & 0x0Fu];
    }
    return crc ^ 0xFFFFFFFFu;
#endif
}

/* A compact frame's check: both halves of the CRC-32C together. */
static inline uint16_t kawamori_check16(const uint8_t *bytes, size_t length) {
    uint32_t crc = kawamori_crc32c(bytes, length);
    return (uint16_t)((crc ^ (crc >> 16)) & 0xFFFFu);
}

/* ---- short floating numbers ---------------------------------------------------------------- */

/* A number with a four-bit exponent above `bits` bits of mantissa: exact below 2^(bits + 1), then
 * rounded to bits + 1 significant bits, and at most (2^(bits + 1) - 1) x 2^14. */
static inline uint32_t kawamori_pack(uint32_t value, unsigned bits) {
    uint32_t top = (uint32_t)1 << bits;
    unsigned shift = 0;
    uint32_t mantissa = value;
    while (mantissa >= 2u * top && shift < 15u) {
        shift++;
        /* Rounded up by the highest bit that is dropped. */
        mantissa = (value >> shift) + ((value >> (shift - 1u)) & 1u);
    }
    if (shift > 14u) return (top << 4) - 1u;
    return mantissa < top ? mantissa : ((uint32_t)(shift + 1u) << bits) | (mantissa - top);
}

static inline uint32_t kawamori_unpack(uint32_t packed, unsigned bits) {
    uint32_t top = (uint32_t)1 << bits;
    uint32_t exponent = packed >> bits;
    uint32_t mantissa = packed & (top - 1u);
    return exponent == 0 ? mantissa : (top + mantissa) << (exponent - 1u);
}

/* ---- what the long frames share ------------------------------------------------------------ */

/* Magic, version and flags stand at the same places in all of them. */
static inline kawamori_status kawamori_check_head(
    const uint8_t *bytes, size_t length, uint8_t magic, uint8_t known_flags, size_t header) {
    if (length == 0) return KAWAMORI_EMPTY;
    if (bytes[0] != magic) return KAWAMORI_MALFORMED;
    if (length < 3) return KAWAMORI_TRUNCATED;
    if (bytes[1] != KAWAMORI_VERSION) return KAWAMORI_UNKNOWN_VERSION;
    if ((bytes[2] & (uint8_t)~known_flags) != 0) return KAWAMORI_UNKNOWN_VERSION;
    return length < header ? KAWAMORI_TRUNCATED : KAWAMORI_OK;
}

/* Reads the extension area: the value of the one type that the frame knows, of four bytes. */
static inline kawamori_status kawamori_check_extensions(
    const uint8_t *area, size_t length, unsigned known, uint8_t *has_value, uint32_t *value) {
    size_t at = 0;
    *has_value = 0;
    *value = 0;
    while (at < length) {
        size_t size;
        if (length - at < 2) return KAWAMORI_MALFORMED;
        size = area[at + 1];
        if (length - at - 2 < size) return KAWAMORI_MALFORMED;
        if (area[at] == known) {
            if (size != 4 || *has_value) return KAWAMORI_MALFORMED;
            *has_value = 1;
            *value = kawamori_get32(area + at + 2);
        }
        at += 2 + size;
    }
    return KAWAMORI_OK;
}

/* Checks what follows the first `body` bytes: extensions, signature, CRC. */
static inline kawamori_status kawamori_check_tail(
    const uint8_t *bytes, size_t length, size_t body, unsigned known, kawamori_seal *seal,
    uint8_t *has_value, uint32_t *value) {
    size_t end = body;
    size_t area = 0;
    seal->signed_length = 0;
    seal->key_id = 0;
    *has_value = 0;
    *value = 0;
    if ((bytes[2] & KAWAMORI_FLAG_EXTENDED) != 0) {
        if (length < body + 1) return KAWAMORI_TRUNCATED;
        area = bytes[body];
        end += 1 + area;
    }
    if ((bytes[2] & KAWAMORI_FLAG_SIGNED) != 0) end += KAWAMORI_SIGNATURE_SIZE;
    if (length < end + KAWAMORI_CRC_SIZE) return KAWAMORI_TRUNCATED;
    if (length > end + KAWAMORI_CRC_SIZE) return KAWAMORI_MALFORMED;
    if (kawamori_get32(bytes + end) != kawamori_crc32c(bytes, end)) return KAWAMORI_CHECKSUM;
    if ((bytes[2] & KAWAMORI_FLAG_SIGNED) != 0) {
        seal->signed_length = end - KAWAMORI_TAG_SIZE;
        seal->key_id = bytes[seal->signed_length - 1];
    }
    return area == 0 ? KAWAMORI_OK
                     : kawamori_check_extensions(bytes + body + 1, area, known, has_value, value);
}

static inline size_t kawamori_sealed_size(
    size_t body, uint8_t has_value, const kawamori_signer *signer) {
    return body + (has_value ? KAWAMORI_EXTENSION_SIZE : 0u)
        + (signer != NULL ? KAWAMORI_SIGNATURE_SIZE : 0u) + KAWAMORI_CRC_SIZE;
}

static inline void kawamori_put_head(
    uint8_t *out, uint8_t magic, uint8_t flags, uint8_t fourth, uint64_t device_id) {
    out[0] = magic;
    out[1] = KAWAMORI_VERSION;
    out[2] = flags;
    out[3] = fourth;
    kawamori_put(out + 4, device_id, 8);
}

/* Writes what follows the first `body` bytes, and the two flags that tell of it. */
static inline void kawamori_put_tail(
    uint8_t *out, size_t body, unsigned type, uint8_t has_value, uint32_t value,
    const kawamori_signer *signer) {
    size_t end = body;
    out[2] = (uint8_t)(out[2] & 0x1Fu);
    if (has_value) {
        out[2] = (uint8_t)(out[2] | KAWAMORI_FLAG_EXTENDED);
        out[end] = 6;
        out[end + 1] = (uint8_t)type;
        out[end + 2] = 4;
        kawamori_put(out + end + 3, value, 4);
        end += KAWAMORI_EXTENSION_SIZE;
    }
    if (signer != NULL) {
        out[2] = (uint8_t)(out[2] | KAWAMORI_FLAG_SIGNED);
        out[end] = signer->key_id;
        signer->write_tag(signer->context, out, end + 1, out + end + 1);
        end += KAWAMORI_SIGNATURE_SIZE;
    }
    kawamori_put(out + end, kawamori_crc32c(out, end), KAWAMORI_CRC_SIZE);
}

/* ---- data frame ---------------------------------------------------------------------------- */

/* Where the first reading stands, and how far apart readings are. */
static inline size_t kawamori_first_reading(uint8_t flags) {
    return KAWAMORI_DATA_HEADER_SIZE + ((flags & KAWAMORI_FLAG_AGE) != 0 ? 2u : 0u)
        + ((flags & KAWAMORI_FLAG_HEALTH) != 0 ? 3u : 0u);
}

static inline size_t kawamori_reading_stride(uint8_t flags) {
    return (flags & KAWAMORI_FLAG_BURST) != 0 ? 9u : 6u;
}

/* Bytes before extensions, signature and CRC. The first reading has no seconds. */
static inline size_t kawamori_data_body(uint8_t flags, uint8_t count) {
    size_t first = kawamori_first_reading(flags);
    return count == 0 ? first : first + count * kawamori_reading_stride(flags) - 2u;
}

static inline int kawamori_exponent_fits(int8_t exponent) {
    return exponent >= -KAWAMORI_EXPONENT_LIMIT && exponent <= KAWAMORI_EXPONENT_LIMIT;
}

/* An age without an uptime says nothing. */
static inline int kawamori_time_flags_fit(uint8_t flags) {
    return (flags & KAWAMORI_FLAG_AGE) == 0 || (flags & KAWAMORI_FLAG_UPTIME) != 0;
}

/* Reading `index` (less than `count`) of a frame that kawamori_decode_data has accepted. */
static inline kawamori_reading kawamori_reading_at(const uint8_t *bytes, uint8_t index) {
    uint8_t flags = bytes[2];
    const uint8_t *at =
        bytes + kawamori_first_reading(flags) + kawamori_reading_stride(flags) * (size_t)index;
    uint32_t bits = kawamori_get32(at);
    kawamori_reading reading;
    reading.seconds = index == 0 ? 0 : kawamori_get16(at - 2);
    reading.error = bits >= 0x80000000u && bits < 0x80000100u ? (uint8_t)(bits & 0xFFu) : 0;
    reading.value = reading.error != 0 ? 0 : kawamori_signed(bits);
    reading.ping_count = 0;
    reading.valid_count = 0;
    reading.spread = 0;
    if ((flags & KAWAMORI_FLAG_BURST) != 0) {
        reading.ping_count = at[4];
        reading.valid_count = at[5];
        reading.spread = kawamori_unpack(at[6], 4);
    }
    return reading;
}

/* Writes a data frame of `data->count` readings into `out`, signed where `signer` is not NULL.
 * `*written` becomes its length, and on KAWAMORI_NO_ROOM the length it needs. Nothing is written
 * unless KAWAMORI_OK comes back. */
static inline kawamori_status kawamori_encode_data(
    const kawamori_data *data, const kawamori_reading *readings, const kawamori_signer *signer,
    uint8_t *out, size_t capacity, size_t *written) {
    size_t body = kawamori_data_body(data->flags, data->count);
    size_t at = KAWAMORI_DATA_HEADER_SIZE;
    size_t i;
    *written = 0;
    if (data->count == 0 || readings[0].seconds != 0 || !kawamori_exponent_fits(data->exponent)
        || !kawamori_time_flags_fit(data->flags)) {
        return KAWAMORI_MALFORMED;
    }
    for (i = 0; i < data->count; i++) {
        if (readings[i].error == 0 && readings[i].value < KAWAMORI_VALUE_MINIMUM) {
            return KAWAMORI_MALFORMED;
        }
        if (readings[i].valid_count > readings[i].ping_count) return KAWAMORI_MALFORMED;
    }
    *written = kawamori_sealed_size(body, data->has_oldest, signer);
    if (capacity < *written) return KAWAMORI_NO_ROOM;
    kawamori_put_head(out, KAWAMORI_DATA_MAGIC, data->flags, data->count, data->device_id);
    kawamori_put(out + 12, data->boot_counter, 4);
    kawamori_put(out + 16, data->first_sequence, 4);
    kawamori_put(out + 20, data->base_time, 4);
    out[24] = data->unit;
    out[25] = (uint8_t)data->exponent;
    if ((data->flags & KAWAMORI_FLAG_AGE) != 0) {
        kawamori_put(out + at, kawamori_pack(data->age, 12), 2);
        at += 2;
    }
    if ((data->flags & KAWAMORI_FLAG_HEALTH) != 0) {
        kawamori_put(out + at, data->battery_millivolts, 2);
        out[at + 2] = (uint8_t)data->signal_dbm;
        at += 3;
    }
    for (i = 0; i < data->count; i++) {
        uint32_t bits = readings[i].error == 0 ? (uint32_t)readings[i].value
                                               : 0x80000000u | readings[i].error;
        if (i > 0) {
            kawamori_put(out + at, readings[i].seconds, 2);
            at += 2;
        }
        kawamori_put(out + at, bits, 4);
        at += 4;
        if ((data->flags & KAWAMORI_FLAG_BURST) != 0) {
            out[at] = readings[i].ping_count;
            out[at + 1] = readings[i].valid_count;
            out[at + 2] = (uint8_t)kawamori_pack(readings[i].spread, 4);
            at += 3;
        }
    }
    kawamori_put_tail(
        out, body, KAWAMORI_EXTENSION_OLDEST, data->has_oldest, data->oldest, signer);
    return KAWAMORI_OK;
}

/* Checks a whole data frame and reads what its readings share; then kawamori_reading_at. */
static inline kawamori_status kawamori_decode_data(
    const uint8_t *bytes, size_t length, kawamori_data *data, kawamori_seal *seal) {
    size_t at = KAWAMORI_DATA_HEADER_SIZE;
    size_t i;
    kawamori_status status =
        kawamori_check_head(bytes, length, KAWAMORI_DATA_MAGIC, 0x7F, KAWAMORI_DATA_HEADER_SIZE);
    if (status != KAWAMORI_OK) return status;
    status = kawamori_check_tail(
        bytes, length, kawamori_data_body(bytes[2], bytes[3]), KAWAMORI_EXTENSION_OLDEST, seal,
        &data->has_oldest, &data->oldest);
    if (status != KAWAMORI_OK) return status;
    data->flags = bytes[2];
    data->count = bytes[3];
    data->device_id = kawamori_get(bytes + 4, 8);
    data->boot_counter = kawamori_get32(bytes + 12);
    data->first_sequence = kawamori_get32(bytes + 16);
    data->base_time = kawamori_get32(bytes + 20);
    data->unit = bytes[24];
    data->exponent = kawamori_signed8(bytes[25]);
    data->age = 0;
    data->battery_millivolts = KAWAMORI_BATTERY_UNKNOWN;
    data->signal_dbm = KAWAMORI_SIGNAL_UNKNOWN;
    if (data->count == 0 || !kawamori_exponent_fits(data->exponent)
        || !kawamori_time_flags_fit(data->flags)) {
        return KAWAMORI_MALFORMED;
    }
    if ((data->flags & KAWAMORI_FLAG_AGE) != 0) {
        data->age = kawamori_unpack(kawamori_get16(bytes + at), 12);
        at += 2;
    }
    if ((data->flags & KAWAMORI_FLAG_HEALTH) != 0) {
        data->battery_millivolts = kawamori_get16(bytes + at);
        data->signal_dbm = kawamori_signed8(bytes[at + 2]);
        at += 3;
    }
    for (i = 0; i < data->count; i++) {
        /* Error 0 is no error: it would be neither a value nor a reason. */
        if (kawamori_get32(bytes + at) == 0x80000000u) return KAWAMORI_MALFORMED;
        if ((data->flags & KAWAMORI_FLAG_BURST) != 0 && bytes[at + 5] > bytes[at + 4]) {
            return KAWAMORI_MALFORMED;
        }
        at += kawamori_reading_stride(data->flags);
    }
    return KAWAMORI_OK;
}

/* ---- acknowledgement ----------------------------------------------------------------------- */

/* Whether a run says something, and stands where it may: only the first has none stored, which is
 * a plain request; only the last has none missing. */
static inline int kawamori_run_fits(kawamori_run run, size_t index, size_t count) {
    if (run.stored == 0 && run.missing == 0) return 0;
    return (run.stored > 0 || index == 0) && (run.missing > 0 || index + 1 == count);
}

static inline int kawamori_ack_fits(uint8_t flags, uint8_t count) {
    return count > 0 || (flags & KAWAMORI_FLAG_CUMULATIVE) != 0;
}

/* Run `index` (less than `count`) of a frame that kawamori_decode_ack has accepted. */
static inline kawamori_run kawamori_run_at(const uint8_t *bytes, uint8_t index) {
    const uint8_t *at = bytes + KAWAMORI_ACK_HEADER_SIZE + KAWAMORI_RUN_SIZE * (size_t)index;
    kawamori_run run;
    run.stored = kawamori_get16(at);
    run.missing = kawamori_get16(at + 2);
    return run;
}

/* What an accepted acknowledgement says of one reading of its boot. */
typedef enum kawamori_verdict {
    KAWAMORI_NOT_NAMED = 0,
    /* On disk, or settled: the sensor may forget it. */
    KAWAMORI_STORED,
    /* The gateway does not have it. */
    KAWAMORI_MISSING
} kawamori_verdict;

static inline kawamori_verdict kawamori_ack_verdict(const uint8_t *bytes, uint32_t sequence) {
    uint32_t offset = sequence - kawamori_get32(bytes + 16);
    uint8_t index;
    if (offset >= 0x80000000u) {
        return (bytes[2] & KAWAMORI_FLAG_CUMULATIVE) != 0 ? KAWAMORI_STORED : KAWAMORI_NOT_NAMED;
    }
    for (index = 0; index < bytes[3]; index++) {
        kawamori_run run = kawamori_run_at(bytes, index);
        if (offset < run.stored) return KAWAMORI_STORED;
        offset -= run.stored;
        if (offset < run.missing) return KAWAMORI_MISSING;
        offset -= run.missing;
    }
    return KAWAMORI_NOT_NAMED;
}

/* Writes an acknowledgement of `ack->count` runs, as kawamori_encode_data does. */
static inline kawamori_status kawamori_encode_ack(
    const kawamori_ack *ack, const kawamori_run *runs, const kawamori_signer *signer,
    uint8_t *out, size_t capacity, size_t *written) {
    size_t body = KAWAMORI_ACK_HEADER_SIZE + KAWAMORI_RUN_SIZE * (size_t)ack->count;
    size_t i;
    *written = 0;
    if (!kawamori_ack_fits(ack->flags, ack->count)) return KAWAMORI_MALFORMED;
    for (i = 0; i < ack->count; i++) {
        if (!kawamori_run_fits(runs[i], i, ack->count)) return KAWAMORI_MALFORMED;
    }
    *written = kawamori_sealed_size(body, 0, signer);
    if (capacity < *written) return KAWAMORI_NO_ROOM;
    kawamori_put_head(
        out, KAWAMORI_ACK_MAGIC, (uint8_t)(ack->flags & 0x03u), ack->count, ack->device_id);
    kawamori_put(out + 12, ack->boot_counter, 4);
    kawamori_put(out + 16, ack->first, 4);
    for (i = 0; i < ack->count; i++) {
        uint8_t *at = out + KAWAMORI_ACK_HEADER_SIZE + KAWAMORI_RUN_SIZE * i;
        kawamori_put(at, runs[i].stored, 2);
        kawamori_put(at + 2, runs[i].missing, 2);
    }
    kawamori_put_tail(out, body, KAWAMORI_EXTENSION_NONE, 0, 0, signer);
    return KAWAMORI_OK;
}

/* Checks a whole acknowledgement; then kawamori_run_at or kawamori_ack_verdict. A sensor also checks
 * that `device_id` is its own, and the signature where it has a key. */
static inline kawamori_status kawamori_decode_ack(
    const uint8_t *bytes, size_t length, kawamori_ack *ack, kawamori_seal *seal) {
    uint8_t index, has_value;
    uint32_t value;
    kawamori_status status =
        kawamori_check_head(bytes, length, KAWAMORI_ACK_MAGIC, 0x63, KAWAMORI_ACK_HEADER_SIZE);
    if (status != KAWAMORI_OK) return status;
    status = kawamori_check_tail(
        bytes, length, KAWAMORI_ACK_HEADER_SIZE + KAWAMORI_RUN_SIZE * (size_t)bytes[3],
        KAWAMORI_EXTENSION_NONE, seal, &has_value, &value);
    if (status != KAWAMORI_OK) return status;
    ack->flags = bytes[2];
    ack->count = bytes[3];
    ack->device_id = kawamori_get(bytes + 4, 8);
    ack->boot_counter = kawamori_get32(bytes + 12);
    ack->first = kawamori_get32(bytes + 16);
    if (!kawamori_ack_fits(ack->flags, ack->count)) return KAWAMORI_MALFORMED;
    for (index = 0; index < ack->count; index++) {
        if (!kawamori_run_fits(kawamori_run_at(bytes, index), index, ack->count)) {
            return KAWAMORI_MALFORMED;
        }
    }
    return KAWAMORI_OK;
}

/* ---- compact frame and its acknowledgement ------------------------------------------------- */

static inline kawamori_status kawamori_check_compact(
    const uint8_t *bytes, size_t length, uint8_t magic) {
    kawamori_status status = kawamori_check_head(bytes, length, magic, 0xFF, KAWAMORI_COMPACT_SIZE);
    if (status != KAWAMORI_OK) return status;
    if (length > KAWAMORI_COMPACT_SIZE) return KAWAMORI_MALFORMED;
    return kawamori_get16(bytes + 9) == kawamori_check16(bytes, 9) ? KAWAMORI_OK
                                                                   : KAWAMORI_CHECKSUM;
}

/* Writes the KAWAMORI_COMPACT_SIZE bytes of a compact frame. */
static inline kawamori_status kawamori_encode_compact(
    const kawamori_compact *compact, uint8_t *out) {
    uint32_t age = compact->age == KAWAMORI_AGE_UNKNOWN ? 255u : kawamori_pack(compact->age, 4);
    if (compact->error == 0 && compact->value < KAWAMORI_COMPACT_VALUE_MINIMUM) {
        return KAWAMORI_MALFORMED;
    }
    out[0] = KAWAMORI_COMPACT_MAGIC;
    out[1] = KAWAMORI_VERSION;
    kawamori_put(out + 2, compact->boot_counter, 2);
    kawamori_put(out + 4, compact->sequence, 2);
    out[6] = (uint8_t)age;
    kawamori_put(
        out + 7, compact->error == 0 ? (uint16_t)compact->value : 0x8000u | compact->error, 2);
    kawamori_put(out + 9, kawamori_check16(out, 9), 2);
    return KAWAMORI_OK;
}

static inline kawamori_status kawamori_decode_compact(
    const uint8_t *bytes, size_t length, kawamori_compact *compact) {
    uint16_t bits;
    kawamori_status status = kawamori_check_compact(bytes, length, KAWAMORI_COMPACT_MAGIC);
    if (status != KAWAMORI_OK) return status;
    compact->boot_counter = kawamori_get16(bytes + 2);
    compact->sequence = kawamori_get16(bytes + 4);
    compact->age = bytes[6] == 255u ? KAWAMORI_AGE_UNKNOWN : kawamori_unpack(bytes[6], 4);
    bits = kawamori_get16(bytes + 7);
    if (bits == 0x8000u) return KAWAMORI_MALFORMED;
    compact->error = bits > 0x8000u && bits < 0x8100u ? (uint8_t)(bits & 0xFFu) : 0;
    compact->value = 0;
    if (compact->error == 0) {
        compact->value =
            (int16_t)kawamori_signed(bits < 0x8000u ? bits : (uint32_t)bits | 0xFFFF0000u);
    }
    return KAWAMORI_OK;
}

/* Writes the KAWAMORI_COMPACT_SIZE bytes of a compact acknowledgement. */
static inline void kawamori_encode_compact_ack(const kawamori_compact_ack *ack, uint8_t *out) {
    out[0] = KAWAMORI_COMPACT_ACK_MAGIC;
    out[1] = KAWAMORI_VERSION;
    kawamori_put(out + 2, ack->boot_counter, 2);
    kawamori_put(out + 4, ack->next, 2);
    kawamori_put(out + 6, ack->stored, 3);
    kawamori_put(out + 9, kawamori_check16(out, 9), 2);
}

static inline kawamori_status kawamori_decode_compact_ack(
    const uint8_t *bytes, size_t length, kawamori_compact_ack *ack) {
    kawamori_status status = kawamori_check_compact(bytes, length, KAWAMORI_COMPACT_ACK_MAGIC);
    if (status != KAWAMORI_OK) return status;
    ack->boot_counter = kawamori_get16(bytes + 2);
    ack->next = kawamori_get16(bytes + 4);
    ack->stored = (uint32_t)kawamori_get(bytes + 6, 3);
    return KAWAMORI_OK;
}

/* ---- commands and their replies ------------------------------------------------------------ */

static inline kawamori_status kawamori_encode_command(
    const kawamori_command *command, const kawamori_signer *signer, uint8_t *out,
    size_t capacity, size_t *written) {
    size_t i;
    *written = kawamori_sealed_size(KAWAMORI_COMMAND_HEADER_SIZE, 0, signer);
    if (capacity < *written) return KAWAMORI_NO_ROOM;
    kawamori_put_head(out, KAWAMORI_COMMAND_MAGIC, 0, command->kind, command->device_id);
    kawamori_put(out + 12, command->counter, 4);
    kawamori_put(out + 16, command->expires, 4);
    for (i = 0; i < 3; i++) kawamori_put(out + 20 + 4 * i, command->argument[i], 4);
    kawamori_put_tail(
        out, KAWAMORI_COMMAND_HEADER_SIZE, KAWAMORI_EXTENSION_NONE, 0, 0, signer);
    return KAWAMORI_OK;
}

/* Kinds that are not known are accepted here: the device answers that it does not support them. */
static inline kawamori_status kawamori_decode_command(
    const uint8_t *bytes, size_t length, kawamori_command *command, kawamori_seal *seal) {
    uint8_t has_value;
    uint32_t value;
    size_t i;
    kawamori_status status = kawamori_check_head(
        bytes, length, KAWAMORI_COMMAND_MAGIC, 0x60, KAWAMORI_COMMAND_HEADER_SIZE);
    if (status != KAWAMORI_OK) return status;
    status = kawamori_check_tail(
        bytes, length, KAWAMORI_COMMAND_HEADER_SIZE, KAWAMORI_EXTENSION_NONE, seal, &has_value,
        &value);
    if (status != KAWAMORI_OK) return status;
    command->kind = bytes[3];
    command->device_id = kawamori_get(bytes + 4, 8);
    command->counter = kawamori_get32(bytes + 12);
    command->expires = kawamori_get32(bytes + 16);
    for (i = 0; i < 3; i++) command->argument[i] = kawamori_get32(bytes + 20 + 4 * i);
    return KAWAMORI_OK;
}

static inline kawamori_status kawamori_encode_command_reply(
    const kawamori_command_reply *reply, const kawamori_signer *signer, uint8_t *out,
    size_t capacity, size_t *written) {
    *written = kawamori_sealed_size(KAWAMORI_COMMAND_REPLY_HEADER_SIZE, 0, signer);
    if (capacity < *written) return KAWAMORI_NO_ROOM;
    kawamori_put_head(out, KAWAMORI_COMMAND_REPLY_MAGIC, 0, reply->kind, reply->device_id);
    kawamori_put(out + 12, reply->counter, 4);
    out[16] = reply->result;
    kawamori_put(out + 17, reply->uptime, 4);
    kawamori_put_tail(
        out, KAWAMORI_COMMAND_REPLY_HEADER_SIZE, KAWAMORI_EXTENSION_NONE, 0, 0, signer);
    return KAWAMORI_OK;
}

static inline kawamori_status kawamori_decode_command_reply(
    const uint8_t *bytes, size_t length, kawamori_command_reply *reply, kawamori_seal *seal) {
    uint8_t has_value;
    uint32_t value;
    kawamori_status status = kawamori_check_head(
        bytes, length, KAWAMORI_COMMAND_REPLY_MAGIC, 0x60, KAWAMORI_COMMAND_REPLY_HEADER_SIZE);
    if (status != KAWAMORI_OK) return status;
    status = kawamori_check_tail(
        bytes, length, KAWAMORI_COMMAND_REPLY_HEADER_SIZE, KAWAMORI_EXTENSION_NONE, seal,
        &has_value, &value);
    if (status != KAWAMORI_OK) return status;
    reply->kind = bytes[3];
    reply->device_id = kawamori_get(bytes + 4, 8);
    reply->counter = kawamori_get32(bytes + 12);
    reply->result = bytes[16];
    reply->uptime = kawamori_get32(bytes + 17);
    return KAWAMORI_OK;
}

/* ---- status -------------------------------------------------------------------------------- */

static inline kawamori_status kawamori_encode_status(
    const kawamori_device_status *status, const kawamori_signer *signer, uint8_t *out,
    size_t capacity, size_t *written) {
    *written = 0;
    if (status->state > KAWAMORI_STATE_ASLEEP) return KAWAMORI_MALFORMED;
    *written = kawamori_sealed_size(KAWAMORI_STATUS_HEADER_SIZE, status->has_wear, signer);
    if (capacity < *written) return KAWAMORI_NO_ROOM;
    kawamori_put_head(
        out, KAWAMORI_STATUS_MAGIC, (uint8_t)(status->flags & 0x01u), status->state,
        status->device_id);
    kawamori_put(out + 12, status->boot_counter, 4);
    kawamori_put(out + 16, status->uptime, 4);
    kawamori_put(out + 20, kawamori_pack(status->next_contact, 12), 2);
    kawamori_put(out + 22, status->held, 2);
    kawamori_put(out + 24, status->lost, 4);
    kawamori_put(out + 28, status->last_command, 4);
    kawamori_put(out + 32, status->battery_millivolts, 2);
    out[34] = (uint8_t)status->signal_dbm;
    out[35] = status->mode;
    out[36] = status->firmware_major;
    out[37] = status->firmware_minor;
    kawamori_put_tail(
        out, KAWAMORI_STATUS_HEADER_SIZE, KAWAMORI_EXTENSION_WEAR, status->has_wear, status->wear,
        signer);
    return KAWAMORI_OK;
}

static inline kawamori_status kawamori_decode_status(
    const uint8_t *bytes, size_t length, kawamori_device_status *status, kawamori_seal *seal) {
    kawamori_status verdict = kawamori_check_head(
        bytes, length, KAWAMORI_STATUS_MAGIC, 0x61, KAWAMORI_STATUS_HEADER_SIZE);
    if (verdict != KAWAMORI_OK) return verdict;
    verdict = kawamori_check_tail(
        bytes, length, KAWAMORI_STATUS_HEADER_SIZE, KAWAMORI_EXTENSION_WEAR, seal,
        &status->has_wear, &status->wear);
    if (verdict != KAWAMORI_OK) return verdict;
    status->flags = bytes[2];
    status->state = bytes[3];
    status->device_id = kawamori_get(bytes + 4, 8);
    status->boot_counter = kawamori_get32(bytes + 12);
    status->uptime = kawamori_get32(bytes + 16);
    status->next_contact = kawamori_unpack(kawamori_get16(bytes + 20), 12);
    status->held = kawamori_get16(bytes + 22);
    status->lost = kawamori_get32(bytes + 24);
    status->last_command = kawamori_get32(bytes + 28);
    status->battery_millivolts = kawamori_get16(bytes + 32);
    status->signal_dbm = kawamori_signed8(bytes[34]);
    status->mode = bytes[35];
    status->firmware_major = bytes[36];
    status->firmware_minor = bytes[37];
    return status->state > KAWAMORI_STATE_ASLEEP ? KAWAMORI_MALFORMED : KAWAMORI_OK;
}

#ifdef __cplusplus
}
#endif

#endif
