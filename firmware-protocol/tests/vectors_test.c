/*
 * Runs the test vectors through the C codec: cc -std=c99 -I <folder of kawamori_firmware.h>
 * vectors_test.c -o vectors_test && ./vectors_test ../vectors/vectors.txt
 *
 * Exits with 0 where every case holds, and says on standard error which one does not.
 */
#include "kawamori_firmware.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE 16384
#define FRAME_SIZE 4096

static int case_count;
static int failure_count;
static const char *case_name = "";

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
    }
    return "?";
}

/* The next column; a missing one is a fault of the file, which ends the run. */
static char *column(void) {
    char *text = strtok(NULL, " \n");
    if (text == NULL) {
        fprintf(stderr, "%s: the line has too few columns\n", case_name);
        exit(2);
    }
    return text;
}

static size_t parse_hex(const char *text, uint8_t *bytes) {
    size_t length = 0;
    unsigned value;
    if (strcmp(text, "-") == 0) return 0;
    while (length < FRAME_SIZE && sscanf(text + 2 * length, "%2x", &value) == 1) {
        bytes[length++] = (uint8_t)value;
    }
    return length;
}

static kawamori_status decode(const char *kind, const uint8_t *bytes, size_t length) {
    kawamori_data data;
    kawamori_ack ack;
    return strcmp(kind, "data") == 0 ? kawamori_decode_data(bytes, length, &data)
                                     : kawamori_decode_ack(bytes, length, &ack);
}

/* No beginning of a frame and no frame with one wrong bit is a frame. */
static void check_damage(const char *kind, uint8_t *bytes, size_t length) {
    size_t i;
    for (i = 0; i < length; i++) {
        expect(decode(kind, bytes, i) != KAWAMORI_OK, "a truncated frame was accepted");
    }
    for (i = 0; i < length * 8; i++) {
        uint8_t bit = (uint8_t)(1u << (i % 8));
        bytes[i / 8] ^= bit;
        expect(decode(kind, bytes, length) != KAWAMORI_OK, "a flipped bit was accepted");
        bytes[i / 8] ^= bit;
    }
}

static void run_valid_data(const uint8_t *bytes, size_t length) {
    kawamori_data data, fields;
    kawamori_reading readings[255];
    uint8_t out[FRAME_SIZE];
    size_t written = 0;
    kawamori_status status;
    char *text;
    memset(&data, 0, sizeof data);
    expect(kawamori_decode_data(bytes, length, &data) == KAWAMORI_OK, "the frame was refused");
    fields.flags = (uint8_t)strtoul(column(), NULL, 10);
    fields.exponent = (int8_t)strtol(column(), NULL, 10);
    fields.device_id = strtoull(column(), NULL, 16);
    fields.boot_counter = (uint32_t)strtoul(column(), NULL, 10);
    fields.first_sequence = (uint32_t)strtoul(column(), NULL, 10);
    fields.base_time = (uint32_t)strtoul(column(), NULL, 10);
    fields.battery_millivolts = (uint16_t)strtoul(column(), NULL, 10);
    fields.count = 0;
    for (text = column(); text != NULL && fields.count < 255; fields.count++) {
        kawamori_reading *reading = &readings[fields.count];
        char *end;
        reading->seconds = (uint32_t)strtoul(text, &end, 10);
        reading->value = (int32_t)strtol(end + 1, &end, 10);
        reading->error = (uint8_t)strtoul(end + 1, &end, 10);
        text = *end == ',' ? end + 1 : NULL;
        if (fields.count < data.count) {
            kawamori_reading decoded = kawamori_reading_at(bytes, fields.count);
            expect(decoded.seconds == reading->seconds, "seconds of a reading");
            expect(decoded.value == reading->value, "value of a reading");
            expect(decoded.error == reading->error, "error code of a reading");
        }
    }
    expect(data.flags == fields.flags, "flags");
    expect(data.exponent == fields.exponent, "exponent");
    expect(data.device_id == fields.device_id, "device id");
    expect(data.boot_counter == fields.boot_counter, "boot counter");
    expect(data.first_sequence == fields.first_sequence, "first sequence");
    expect(data.base_time == fields.base_time, "base time");
    expect(data.battery_millivolts == fields.battery_millivolts, "battery");
    expect(data.count == fields.count, "count of readings");
    expect(
        kawamori_encode_data(&fields, readings, out, length - 1, &written) == KAWAMORI_NO_ROOM
            && written == length,
        "a buffer one byte short was taken");
    status = kawamori_encode_data(&fields, readings, out, sizeof out, &written);
    expect(status == KAWAMORI_OK, "encoding failed");
    expect(written == length && memcmp(out, bytes, length) == 0, "encoding gives other bytes");
}

static void run_valid_ack(const uint8_t *bytes, size_t length) {
    kawamori_ack ack, fields;
    kawamori_range ranges[255];
    uint8_t out[FRAME_SIZE];
    size_t written = 0;
    kawamori_status status;
    char *text;
    memset(&ack, 0, sizeof ack);
    expect(kawamori_decode_ack(bytes, length, &ack) == KAWAMORI_OK, "the frame was refused");
    fields.device_id = strtoull(column(), NULL, 16);
    fields.boot_counter = (uint32_t)strtoul(column(), NULL, 10);
    fields.count = 0;
    for (text = column(); text != NULL && fields.count < 255; fields.count++) {
        kawamori_range *range = &ranges[fields.count];
        char *end;
        range->first_sequence = (uint32_t)strtoul(text, &end, 10);
        range->count = (uint16_t)strtoul(end + 1, &end, 10);
        text = *end == ',' ? end + 1 : NULL;
        if (fields.count < ack.count) {
            kawamori_range decoded = kawamori_range_at(bytes, fields.count);
            expect(decoded.first_sequence == range->first_sequence, "first sequence of a range");
            expect(decoded.count == range->count, "count of a range");
            expect(
                kawamori_range_covers(decoded, decoded.first_sequence + decoded.count - 1u)
                    && !kawamori_range_covers(decoded, decoded.first_sequence + decoded.count)
                    && !kawamori_range_covers(decoded, decoded.first_sequence - 1u),
                "what a range covers");
        }
    }
    expect(ack.device_id == fields.device_id, "device id");
    expect(ack.boot_counter == fields.boot_counter, "boot counter");
    expect(ack.count == fields.count, "count of ranges");
    status = kawamori_encode_ack(&fields, ranges, out, sizeof out, &written);
    expect(status == KAWAMORI_OK, "encoding failed");
    expect(written == length && memcmp(out, bytes, length) == 0, "encoding gives other bytes");
}

static void run_line(char *line) {
    static uint8_t bytes[FRAME_SIZE];
    char *kind = strtok(line, " \n");
    char *verdict;
    size_t length;
    if (kind == NULL || kind[0] == '#') return;
    verdict = column();
    case_name = column();
    case_count++;
    length = parse_hex(column(), bytes);
    if (strcmp(verdict, "invalid") == 0) {
        const char *word = status_word(decode(kind, bytes, length));
        const char *reason = column();
        expect(strcmp(word, reason) == 0, word);
        return;
    }
    expect(strcmp(verdict, "valid") == 0, "neither valid nor invalid");
    if (strcmp(kind, "data") == 0) {
        run_valid_data(bytes, length);
    } else {
        run_valid_ack(bytes, length);
    }
    check_damage(kind, bytes, length);
}

int main(int argument_count, char **arguments) {
    static char line[LINE_SIZE];
    FILE *file = argument_count == 2 ? fopen(arguments[1], "r") : NULL;
    if (file == NULL) {
        fprintf(stderr, "usage: vectors_test FILE (the vectors)\n");
        return 2;
    }
    case_name = "123456789";
    expect(kawamori_crc32((const uint8_t *)case_name, 9) == 0xCBF43926u, "CRC-32 check value");
    while (fgets(line, sizeof line, file) != NULL) run_line(line);
    fclose(file);
    printf("%d cases, %d failures\n", case_count, failure_count);
    return case_count > 0 && failure_count == 0 ? 0 : 1;
}
