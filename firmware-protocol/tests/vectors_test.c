/*
 * Runs the test vectors through the C codec:
 *   cc -std=c99 -I <folder of kawamori_firmware.h> vectors_test.c -o vectors_test
 *   ./vectors_test ../vectors/vectors.txt
 *
 * Each frame is decoded, its fields are written as the vectors write them, and where the frame holds
 * nothing else it is encoded again. Exits with 0 where every case holds, and says on standard error
 * which one does not.
 */
#include "kawamori_firmware_auth.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE 32768
#define FRAME_SIZE 4096
#define TEXT_SIZE 16384

static int case_count;
static int failure_count;
static const char *case_name = "";
static kawamori_key keys[2];
static char text[TEXT_SIZE];
static size_t text_length;

static void expect(int holds, const char *what) {
    if (holds) return;
    failure_count++;
    fprintf(stderr, "%s: %s\n", case_name, what);
}

static const char *status_word(kawamori_status status) {
    switch (status) {
    case KAWAMORI_OK: return "ok";
    case KAWAMORI_EMPTY: return "empty_payload";
    case KAWAMORI_TRUNCATED: return "truncated";
    case KAWAMORI_CHECKSUM: return "checksum_mismatch";
    case KAWAMORI_UNKNOWN_VERSION: return "unknown_version";
    case KAWAMORI_MALFORMED: return "malformed";
    case KAWAMORI_NO_ROOM: return "no_room";
    case KAWAMORI_TAG_MISSING: return "tag_missing";
    case KAWAMORI_UNKNOWN_KEY: return "unknown_key";
    case KAWAMORI_TAG_MISMATCH: return "tag_mismatch";
    }
    return "?";
}

#ifdef __GNUC__
__attribute__((format(printf, 1, 2)))
#endif
static void say(const char *format, ...) {
    va_list arguments;
    int count;
    va_start(arguments, format);
    count = vsnprintf(text + text_length, sizeof text - text_length, format, arguments);
    va_end(arguments);
    if (count > 0) text_length += (size_t)count;
    if (text_length >= sizeof text) text_length = sizeof text - 1;
}

static void say_key(const kawamori_seal *seal) {
    if (seal->signed_length == 0) {
        say(" key=-");
    } else {
        say(" key=%u", (unsigned)seal->key_id);
    }
}

static void say_optional(const char *name, uint8_t is_there, uint32_t value) {
    if (is_there) {
        say(" %s=%" PRIu32, name, value);
    } else {
        say(" %s=-", name);
    }
}

/* Each codec of a kind: decodes, writes the fields into `text`, encodes again into `out`. */
typedef kawamori_status (*codec_function)(
    const uint8_t *bytes, size_t length, kawamori_seal *seal, const kawamori_signer *signer,
    uint8_t *out, size_t capacity, size_t *written);

static kawamori_status run_data(
    const uint8_t *bytes, size_t length, kawamori_seal *seal, const kawamori_signer *signer,
    uint8_t *out, size_t capacity, size_t *written) {
    kawamori_data data;
    kawamori_reading readings[255];
    uint8_t i;
    kawamori_status status = kawamori_decode_data(bytes, length, &data, seal);
    if (status != KAWAMORI_OK) return status;
    say("device=%016" PRIx64 " boot=%" PRIu32 " first=%" PRIu32 " flags=%02x", data.device_id,
        data.boot_counter, data.first_sequence, data.flags & 0x1Fu);
    say(" base=%" PRIu32 " age=%" PRIu32 " unit=%u exponent=%d battery=%u signal=%d",
        data.base_time, data.age, (unsigned)data.unit, data.exponent,
        (unsigned)data.battery_millivolts, data.signal_dbm);
    say_optional("oldest", data.has_oldest, data.oldest);
    say_key(seal);
    for (i = 0; i < data.count; i++) {
        kawamori_reading reading = kawamori_reading_at(bytes, i);
        say("%s%u:%" PRId32 ":%u:%u:%u:%" PRIu32, i == 0 ? " readings=" : ",",
            (unsigned)reading.seconds, reading.value, (unsigned)reading.error,
            (unsigned)reading.ping_count, (unsigned)reading.valid_count, reading.spread);
        readings[i] = reading;
    }
    return kawamori_encode_data(&data, readings, signer, out, capacity, written);
}

static kawamori_status run_ack(
    const uint8_t *bytes, size_t length, kawamori_seal *seal, const kawamori_signer *signer,
    uint8_t *out, size_t capacity, size_t *written) {
    kawamori_ack ack;
    kawamori_run runs[255];
    uint32_t next;
    uint8_t i;
    kawamori_status status = kawamori_decode_ack(bytes, length, &ack, seal);
    if (status != KAWAMORI_OK) return status;
    say("device=%016" PRIx64 " boot=%" PRIu32 " first=%" PRIu32 " flags=%02x", ack.device_id,
        ack.boot_counter, ack.first, ack.flags & 0x1Fu);
    say_key(seal);
    say(" runs=%s", ack.count == 0 ? "-" : "");
    next = ack.first;
    expect(
        kawamori_ack_verdict(bytes, next - 1)
            == ((ack.flags & KAWAMORI_FLAG_CUMULATIVE) != 0 ? KAWAMORI_STORED
                                                             : KAWAMORI_NOT_NAMED),
        "what the frame says of the reading before its runs");
    for (i = 0; i < ack.count; i++) {
        kawamori_run run = kawamori_run_at(bytes, i);
        say("%s%u:%u", i == 0 ? "" : ",", (unsigned)run.stored, (unsigned)run.missing);
        runs[i] = run;
        if (run.stored > 0) {
            expect(
                kawamori_ack_verdict(bytes, next) == KAWAMORI_STORED
                    && kawamori_ack_verdict(bytes, next + run.stored - 1u) == KAWAMORI_STORED,
                "what the frame says of a stored reading");
        }
        next += run.stored;
        if (run.missing > 0) {
            expect(
                kawamori_ack_verdict(bytes, next) == KAWAMORI_MISSING
                    && kawamori_ack_verdict(bytes, next + run.missing - 1u) == KAWAMORI_MISSING,
                "what the frame says of a missing reading");
        }
        next += run.missing;
    }
    expect(
        kawamori_ack_verdict(bytes, next) == KAWAMORI_NOT_NAMED,
        "what the frame says of the reading behind its runs");
    return kawamori_encode_ack(&ack, runs, signer, out, capacity, written);
}

static kawamori_status run_compact(
    const uint8_t *bytes, size_t length, kawamori_seal *seal, const kawamori_signer *signer,
    uint8_t *out, size_t capacity, size_t *written) {
    kawamori_compact compact;
    kawamori_status status = kawamori_decode_compact(bytes, length, &compact);
    (void)signer;
    seal->signed_length = 0;
    if (status != KAWAMORI_OK) return status;
    say("boot=%u sequence=%u", (unsigned)compact.boot_counter, (unsigned)compact.sequence);
    say_optional("age", compact.age != KAWAMORI_AGE_UNKNOWN, compact.age);
    say(" value=%d error=%u", compact.value, (unsigned)compact.error);
    *written = KAWAMORI_COMPACT_SIZE;
    return capacity < *written ? KAWAMORI_NO_ROOM : kawamori_encode_compact(&compact, out);
}

static kawamori_status run_compact_ack(
    const uint8_t *bytes, size_t length, kawamori_seal *seal, const kawamori_signer *signer,
    uint8_t *out, size_t capacity, size_t *written) {
    kawamori_compact_ack ack;
    kawamori_status status = kawamori_decode_compact_ack(bytes, length, &ack);
    (void)signer;
    seal->signed_length = 0;
    if (status != KAWAMORI_OK) return status;
    say("boot=%u next=%u stored=%06" PRIx32, (unsigned)ack.boot_counter, (unsigned)ack.next,
        ack.stored);
    *written = KAWAMORI_COMPACT_SIZE;
    if (capacity < *written) return KAWAMORI_NO_ROOM;
    kawamori_encode_compact_ack(&ack, out);
    return KAWAMORI_OK;
}

static kawamori_status run_command(
    const uint8_t *bytes, size_t length, kawamori_seal *seal, const kawamori_signer *signer,
    uint8_t *out, size_t capacity, size_t *written) {
    kawamori_command command;
    kawamori_status status = kawamori_decode_command(bytes, length, &command, seal);
    if (status != KAWAMORI_OK) return status;
    say("device=%016" PRIx64 " kind=%u counter=%" PRIu32 " expires=%" PRIu32, command.device_id,
        (unsigned)command.kind, command.counter, command.expires);
    say(" arguments=%" PRIu32 ":%" PRIu32 ":%" PRIu32, command.argument[0], command.argument[1],
        command.argument[2]);
    say_key(seal);
    return kawamori_encode_command(&command, signer, out, capacity, written);
}

static kawamori_status run_reply(
    const uint8_t *bytes, size_t length, kawamori_seal *seal, const kawamori_signer *signer,
    uint8_t *out, size_t capacity, size_t *written) {
    kawamori_command_reply reply;
    kawamori_status status = kawamori_decode_command_reply(bytes, length, &reply, seal);
    if (status != KAWAMORI_OK) return status;
    say("device=%016" PRIx64 " kind=%u counter=%" PRIu32 " result=%u uptime=%" PRIu32,
        reply.device_id, (unsigned)reply.kind, reply.counter, (unsigned)reply.result,
        reply.uptime);
    say_key(seal);
    return kawamori_encode_command_reply(&reply, signer, out, capacity, written);
}

static kawamori_status run_status(
    const uint8_t *bytes, size_t length, kawamori_seal *seal, const kawamori_signer *signer,
    uint8_t *out, size_t capacity, size_t *written) {
    kawamori_device_status device;
    kawamori_status status = kawamori_decode_status(bytes, length, &device, seal);
    if (status != KAWAMORI_OK) return status;
    say("device=%016" PRIx64 " boot=%" PRIu32 " uptime=%" PRIu32 " state=%u flags=%02x",
        device.device_id, device.boot_counter, device.uptime, (unsigned)device.state,
        device.flags & 0x1Fu);
    say(" contact=%" PRIu32 " held=%u lost=%" PRIu32 " last=%" PRIu32 " battery=%u signal=%d",
        device.next_contact, (unsigned)device.held, device.lost, device.last_command,
        (unsigned)device.battery_millivolts, device.signal_dbm);
    say(" mode=%u firmware=%u.%u", (unsigned)device.mode, (unsigned)device.firmware_major,
        (unsigned)device.firmware_minor);
    say_optional("wear", device.has_wear, device.wear);
    say_key(seal);
    return kawamori_encode_status(&device, signer, out, capacity, written);
}

static codec_function codec_of(const char *kind) {
    if (strcmp(kind, "data") == 0) return run_data;
    if (strcmp(kind, "ack") == 0) return run_ack;
    if (strcmp(kind, "compact") == 0) return run_compact;
    if (strcmp(kind, "compact-ack") == 0) return run_compact_ack;
    if (strcmp(kind, "command") == 0) return run_command;
    if (strcmp(kind, "reply") == 0) return run_reply;
    if (strcmp(kind, "status") == 0) return run_status;
    fprintf(stderr, "%s: no such kind of frame\n", kind);
    exit(2);
}

/* Runs a codec on a copy of exactly the frame's size, so that a sanitizer sees a byte too many. */
static kawamori_status run_codec(
    codec_function codec, const uint8_t *bytes, size_t length, kawamori_seal *seal,
    const kawamori_signer *signer, uint8_t *out, size_t capacity, size_t *written) {
    uint8_t *copy = (uint8_t *)malloc(length == 0 ? 1 : length);
    kawamori_status status;
    if (copy == NULL) exit(2);
    if (length > 0) memcpy(copy, bytes, length);
    text_length = 0;
    text[0] = 0;
    *written = 0;
    status = codec(copy, length, seal, signer, out, capacity, written);
    free(copy);
    return status;
}

/* No beginning of a frame and no frame with one wrong bit is a frame. */
static void check_damage(codec_function codec, uint8_t *bytes, size_t length) {
    static uint8_t out[FRAME_SIZE];
    kawamori_seal seal;
    size_t i, written;
    for (i = 0; i < length; i++) {
        kawamori_status status =
            run_codec(codec, bytes, i, &seal, NULL, out, sizeof out, &written);
        expect(status == (i == 0 ? KAWAMORI_EMPTY : KAWAMORI_TRUNCATED), "a frame cut short");
    }
    for (i = 0; i < length * 8; i++) {
        uint8_t bit = (uint8_t)(1u << (i % 8));
        bytes[i / 8] = (uint8_t)(bytes[i / 8] ^ bit);
        expect(
            run_codec(codec, bytes, length, &seal, NULL, out, sizeof out, &written)
                != KAWAMORI_OK,
            "a flipped bit was accepted");
        bytes[i / 8] = (uint8_t)(bytes[i / 8] ^ bit);
    }
}

static void check_valid(
    codec_function codec, uint8_t *bytes, size_t length, const char *fields, int is_whole) {
    static uint8_t out[FRAME_SIZE];
    kawamori_seal seal;
    kawamori_signer signer;
    size_t written = 0;
    kawamori_status status =
        run_codec(codec, bytes, length, &seal, NULL, out, sizeof out, &written);
    expect(status == KAWAMORI_OK, status_word(status));
    expect(strcmp(text, fields) == 0, text);
    if (seal.signed_length > 0) {
        const kawamori_key *key = &keys[seal.key_id == 1 ? 0 : 1];
        expect(kawamori_verify(bytes, &seal, keys, 2) == KAWAMORI_OK, "the signature");
        signer = kawamori_signer_of(key);
    }
    if (!is_whole) return;
    status = run_codec(
        codec, bytes, length, &seal, seal.signed_length > 0 ? &signer : NULL, out, sizeof out,
        &written);
    expect(status == KAWAMORI_OK, "encoding failed");
    expect(written == length && memcmp(out, bytes, length) == 0, "encoding gives other bytes");
    status = run_codec(
        codec, bytes, length, &seal, seal.signed_length > 0 ? &signer : NULL, out, length - 1,
        &written);
    expect(status == KAWAMORI_NO_ROOM && written == length, "a buffer one byte short was taken");
}

/* SplitMix64: the same damage in every run. */
static uint64_t random_state = 2026;

static uint32_t random_below(uint32_t limit) {
    uint64_t mixed = random_state += 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return (uint32_t)((mixed ^ (mixed >> 31)) >> 32) % limit;
}

/* The key is not encoded again. */
static void hide_key(void) {
    char *key = strstr(text, " key=");
    char *end;
    if (key == NULL) return;
    end = key + 5 + strcspn(key + 5, " ");
    key[5] = '-';
    memmove(key + 6, end, strlen(end) + 1);
}

/* Random damage under a right CRC: nothing is read beyond the frame, which a sanitizer would see,
 * and what decodes can be encoded again and decodes into the same. */
static void check_random_damage(
    codec_function codec, const uint8_t *bytes, size_t length, unsigned long count) {
    static uint8_t damaged[FRAME_SIZE], out[FRAME_SIZE], again[FRAME_SIZE];
    static char fields[TEXT_SIZE];
    kawamori_seal seal;
    for (; count > 0; count--) {
        size_t size = length, written, twice;
        uint32_t left = 1 + random_below(4);
        memcpy(damaged, bytes, length);
        for (; left > 0 && size > 0; left--) {
            damaged[random_below((uint32_t)size)] = (uint8_t)random_below(256);
            if (random_below(8) == 0) damaged[2] = (uint8_t)random_below(128);
            if (random_below(16) == 0) size = random_below((uint32_t)size + 1);
            if (random_below(16) == 0 && size < 300) damaged[size++] = (uint8_t)random_below(256);
        }
        if (size == KAWAMORI_COMPACT_SIZE) {
            kawamori_put(damaged + 9, kawamori_check16(damaged, 9), 2);
        } else if (size > KAWAMORI_CRC_SIZE) {
            kawamori_put(
                damaged + size - 4, kawamori_crc32c(damaged, size - 4), KAWAMORI_CRC_SIZE);
        }
        if (run_codec(codec, damaged, size, &seal, NULL, out, sizeof out, &written)
            != KAWAMORI_OK) {
            continue;
        }
        kawamori_verify(damaged, &seal, keys, 2);
        hide_key();
        memcpy(fields, text, sizeof text);
        expect(
            run_codec(codec, out, written, &seal, NULL, again, sizeof again, &twice)
                == KAWAMORI_OK,
            "what was encoded is refused");
        hide_key();
        expect(strcmp(text, fields) == 0, "what was encoded decodes into something else");
        expect(
            written == twice && memcmp(out, again, written) == 0,
            "encoding twice gives other bytes");
    }
}

static size_t parse_hex(const char *digits, uint8_t *bytes) {
    size_t length = 0;
    unsigned value;
    if (strcmp(digits, "-") == 0) return 0;
    while (length < FRAME_SIZE && sscanf(digits + 2 * length, "%2x", &value) == 1) {
        bytes[length++] = (uint8_t)value;
    }
    return length;
}

static void run_line(char *line, unsigned long damage_count) {
    static uint8_t bytes[FRAME_SIZE], out[FRAME_SIZE];
    char *kind, *verdict, *name, *frame, *rest;
    size_t length, written;
    kawamori_seal seal;
    kawamori_status status;
    line[strcspn(line, "\n")] = 0;
    if (line[0] == '#' || line[0] == 0) return;
    kind = strtok(line, " ");
    verdict = strtok(NULL, " ");
    name = strtok(NULL, " ");
    frame = strtok(NULL, " ");
    rest = strtok(NULL, "");
    if (rest == NULL) {
        fprintf(stderr, "%s: the line has too few columns\n", kind);
        exit(2);
    }
    case_name = name;
    case_count++;
    length = parse_hex(frame, bytes);
    check_random_damage(codec_of(kind), bytes, length, damage_count);
    if (strcmp(verdict, "valid") == 0 || strcmp(verdict, "accepted") == 0) {
        check_valid(codec_of(kind), bytes, length, rest, strcmp(verdict, "valid") == 0);
        check_damage(codec_of(kind), bytes, length);
        return;
    }
    status = run_codec(
        codec_of(kind), bytes, length, &seal, NULL, out, sizeof out, &written);
    if (strcmp(verdict, "forged") == 0 && status == KAWAMORI_OK) {
        status = kawamori_verify(bytes, &seal, keys, 2);
    }
    expect(strcmp(status_word(status), rest) == 0, status_word(status));
}

/* RFC 4231, test cases 1, 2, 3, 4, 6 and 7; 5 is about other lengths of a tag. */
static void check_hmac(void) {
    static const struct {
        uint8_t key_byte, message_byte;
        size_t key_length, message_length;
        const char *key, *message;
        uint8_t digest[8];
    } cases[] = {
        {0x0B, 0, 20, 8, NULL, "Hi There", {0xB0, 0x34, 0x4C, 0x61, 0xD8, 0xDB, 0x38, 0x53}},
        {0, 0, 4, 28, "Jefe", "what do ya want for nothing?",
         {0x5B, 0xDC, 0xC1, 0x46, 0xBF, 0x60, 0x75, 0x4E}},
        {0xAA, 0xDD, 20, 50, NULL, NULL, {0x77, 0x3E, 0xA9, 0x1E, 0x36, 0x80, 0x0E, 0x46}},
        {0, 0xCD, 25, 50,
         "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21\22\23\24\25\26\27\30\31", NULL,
         {0x82, 0x55, 0x8A, 0x38, 0x9A, 0x44, 0x3C, 0x0E}},
        {0xAA, 0, 131, 54, NULL, "Test Using Larger Than Block-Size Key - Hash Key First",
         {0x60, 0xE4, 0x31, 0x59, 0x1E, 0xE0, 0xB6, 0x7F}},
        {0xAA, 0, 131, 152, NULL,
         "This is a test using a larger than block-size key and a larger than block-size data. "
         "The key needs to be hashed before being used by the HMAC algorithm.",
         {0x9B, 0x09, 0xFF, 0xA7, 0x1B, 0x94, 0x2F, 0xCB}}};
    size_t i;
    case_name = "RFC 4231";
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t key[131], message[152], digest[KAWAMORI_SHA256_SIZE];
        memset(key, cases[i].key_byte, sizeof key);
        memset(message, cases[i].message_byte, sizeof message);
        if (cases[i].key != NULL) memcpy(key, cases[i].key, cases[i].key_length);
        if (cases[i].message != NULL) {
            memcpy(message, cases[i].message, cases[i].message_length);
        }
        kawamori_hmac_sha256(
            key, cases[i].key_length, message, cases[i].message_length, digest);
        expect(memcmp(digest, cases[i].digest, 8) == 0, "HMAC-SHA-256");
    }
}

static void check_short_floats(void) {
    uint32_t value = 0;
    case_name = "short floating numbers";
    while (value < 0xF0000000u) {
        unsigned bits;
        for (bits = 4; bits <= 12; bits += 8) {
            uint32_t top = (uint32_t)1 << bits;
            uint32_t most = (2 * top - 1) << 14;
            uint32_t found = kawamori_unpack(kawamori_pack(value, bits), bits);
            uint32_t wanted = value < most ? value : most;
            uint32_t difference = found > wanted ? found - wanted : wanted - found;
            expect(value >= 2 * top || found == value, "a small number changed");
            expect(difference <= wanted / (2 * top), "a number rounded too far");
        }
        value += value / 1000 + 1;
    }
}

int main(int argument_count, char **arguments) {
    static char line[LINE_SIZE];
    FILE *file = argument_count >= 2 ? fopen(arguments[1], "r") : NULL;
    unsigned long damage_count = argument_count >= 3 ? strtoul(arguments[2], NULL, 10) : 0;
    size_t i;
    if (file == NULL) {
        fprintf(stderr, "usage: vectors_test FILE (the vectors) [COUNT (damages of each)]\n");
        return 2;
    }
    for (i = 0; i < KAWAMORI_KEY_SIZE; i++) {
        keys[0].bytes[i] = (uint8_t)i;
        keys[1].bytes[i] = (uint8_t)(i + KAWAMORI_KEY_SIZE);
    }
    keys[0].id = 1;
    keys[1].id = 2;
    case_name = "123456789";
    expect(
        kawamori_crc32c((const uint8_t *)case_name, 9) == 0xE3069283u, "CRC-32C check value");
    check_hmac();
    check_short_floats();
    while (fgets(line, sizeof line, file) != NULL) run_line(line, damage_count);
    fclose(file);
    printf("%d cases, %d failures\n", case_count, failure_count);
    return case_count > 0 && failure_count == 0 ? 0 : 1;
}
