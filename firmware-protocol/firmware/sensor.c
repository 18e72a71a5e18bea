#include "sensor.h"

/* ---- flash --------------------------------------------------------------------------------- */

#define SETTINGS_SIZE 64u
#define SETTINGS_SLOTS (BOARD_BLOCK_SIZE / SETTINGS_SIZE)
#define RECORD_SIZE 32u
#define RECORD_SLOTS (BOARD_BLOCK_SIZE / RECORD_SIZE)
#define SETTINGS_BLOCKS 2u
#define BLOCK_MAGIC 0x32574B4Bu

/* The first byte of a record: erased, then one bit less at each step. */
#define MARK_BLANK 0xFFu
#define MARK_HELD 0x7Fu
#define MARK_FREE 0x3Fu

#define TIME_UNIX 0u
#define TIME_UPTIME 1u

typedef struct stored_reading {
    kawamori_reading reading;
    uint32_t boot_counter;
    uint32_t sequence;
    uint32_t time;
    uint8_t time_kind;
    uint8_t mark;
} stored_reading;

static uint32_t ring_blocks(const sensor *self) {
    return self->board->block_count - SETTINGS_BLOCKS;
}

/* Blocks of readings have the numbers 1, 2, 3, ... and lie round and round in flash. */
static uint32_t ring_block(const sensor *self, uint32_t number) {
    return SETTINGS_BLOCKS + (number - 1u) % ring_blocks(self);
}

static uint32_t record_at(const sensor *self, sensor_place place) {
    return ring_block(self, place.block) * BOARD_BLOCK_SIZE + place.slot * RECORD_SIZE;
}

static void flash_read(const sensor *self, uint32_t at, uint8_t *bytes, uint32_t length) {
    self->board->flash_read(self->board->context, at, bytes, length);
}

static void flash_write(const sensor *self, uint32_t at, const uint8_t *bytes, uint32_t length) {
    self->board->flash_write(self->board->context, at, bytes, length);
}

static int is_blank(const uint8_t *bytes, uint32_t length) {
    uint32_t i;
    for (i = 0; i < length; i++) {
        if (bytes[i] != 0xFFu) return 0;
    }
    return 1;
}

static uint32_t uptime(const sensor *self) {
    return self->board->uptime(self->board->context);
}

/* ---- settings: two blocks in turn, the newest whole record counts --------------------------- */

static int read_settings(const sensor *self, uint32_t at, sensor_settings *settings, int *blank) {
    uint8_t bytes[SETTINGS_SIZE];
    flash_read(self, at, bytes, SETTINGS_SIZE);
    *blank = is_blank(bytes, SETTINGS_SIZE);
    if (kawamori_get32(bytes + 60) != kawamori_crc32c(bytes, 60)) return 0;
    settings->number = kawamori_get32(bytes);
    settings->boot_counter = kawamori_get32(bytes + 4);
    settings->last_command = kawamori_get32(bytes + 8);
    settings->lost = kawamori_get32(bytes + 12);
    settings->lost_block = kawamori_get32(bytes + 16);
    settings->oldest_boot = kawamori_get32(bytes + 20);
    settings->oldest = kawamori_get32(bytes + 24);
    settings->calm_interval = kawamori_get32(bytes + 28);
    settings->flood_interval = kawamori_get32(bytes + 32);
    settings->hold = kawamori_get32(bytes + 36);
    settings->last_result = bytes[40];
    settings->is_flood = bytes[41];
    settings->has_oldest = bytes[42];
    return 1;
}

static void write_settings(sensor *self) {
    uint8_t bytes[SETTINGS_SIZE] = {0};
    const sensor_settings *settings = &self->settings;
    if (self->settings_at % BOARD_BLOCK_SIZE == 0) {
        self->board->flash_erase(
            self->board->context, self->settings_at / BOARD_BLOCK_SIZE % SETTINGS_BLOCKS);
    }
    self->settings.number++;
    kawamori_put(bytes, settings->number, 4);
    kawamori_put(bytes + 4, settings->boot_counter, 4);
    kawamori_put(bytes + 8, settings->last_command, 4);
    kawamori_put(bytes + 12, settings->lost, 4);
    kawamori_put(bytes + 16, settings->lost_block, 4);
    kawamori_put(bytes + 20, settings->oldest_boot, 4);
    kawamori_put(bytes + 24, settings->oldest, 4);
    kawamori_put(bytes + 28, settings->calm_interval, 4);
    kawamori_put(bytes + 32, settings->flood_interval, 4);
    kawamori_put(bytes + 36, settings->hold, 4);
    bytes[40] = settings->last_result;
    bytes[41] = settings->is_flood;
    bytes[42] = settings->has_oldest;
    kawamori_put(bytes + 60, kawamori_crc32c(bytes, 60), 4);
    flash_write(
        self, self->settings_at % (SETTINGS_BLOCKS * BOARD_BLOCK_SIZE), bytes, SETTINGS_SIZE);
    self->settings_at =
        (self->settings_at + SETTINGS_SIZE) % (SETTINGS_BLOCKS * BOARD_BLOCK_SIZE);
}

/* Returns whether there were any. */
static int find_settings(sensor *self) {
    uint32_t at, used[SETTINGS_BLOCKS] = {0, 0};
    uint32_t newest = 0;
    int found = 0;
    for (at = 0; at < SETTINGS_BLOCKS * BOARD_BLOCK_SIZE; at += SETTINGS_SIZE) {
        sensor_settings settings;
        int blank;
        if (read_settings(self, at, &settings, &blank)
            && (!found || settings.number > self->settings.number)) {
            self->settings = settings;
            newest = at / BOARD_BLOCK_SIZE;
            found = 1;
        }
        /* A torn record is not blank, and nothing can be written over it. */
        if (!blank) used[at / BOARD_BLOCK_SIZE] = at % BOARD_BLOCK_SIZE + SETTINGS_SIZE;
    }
    self->settings_at = found ? newest * BOARD_BLOCK_SIZE + used[newest] : 0;
    self->settings_at %= SETTINGS_BLOCKS * BOARD_BLOCK_SIZE;
    return found;
}

/* ---- the ring of readings ------------------------------------------------------------------- */

/* The number of the block that lies at `index` of the ring; 0 where none is whole. */
static uint32_t block_number(const sensor *self, uint32_t index) {
    uint8_t bytes[12];
    uint32_t number;
    flash_read(self, (SETTINGS_BLOCKS + index) * BOARD_BLOCK_SIZE, bytes, 12);
    number = kawamori_get32(bytes + 4);
    if (kawamori_get32(bytes) != BLOCK_MAGIC
        || kawamori_get32(bytes + 8) != kawamori_crc32c(bytes, 8)) {
        return 0;
    }
    return number > 0 && (number - 1u) % ring_blocks(self) == index ? number : 0;
}

static int read_record(const sensor *self, sensor_place place, stored_reading *record) {
    uint8_t bytes[RECORD_SIZE];
    flash_read(self, record_at(self, place), bytes, RECORD_SIZE);
    record->mark = bytes[0];
    if (bytes[0] != MARK_HELD && bytes[0] != MARK_FREE) return 0;
    if (kawamori_get32(bytes + 28) != kawamori_crc32c(bytes + 1, 27)) return 0;
    record->time_kind = bytes[1];
    record->reading.error = bytes[2];
    record->reading.ping_count = bytes[3];
    record->reading.valid_count = bytes[4];
    record->reading.seconds = 0;
    record->boot_counter = kawamori_get32(bytes + 8);
    record->sequence = kawamori_get32(bytes + 12);
    record->time = kawamori_get32(bytes + 16);
    record->reading.value = kawamori_signed(kawamori_get32(bytes + 20));
    record->reading.spread = kawamori_get32(bytes + 24);
    return 1;
}

static int is_before(sensor_place left, sensor_place right) {
    return left.block < right.block || (left.block == right.block && left.slot < right.slot);
}

static sensor_place tail(const sensor *self) {
    uint32_t count = ring_blocks(self);
    sensor_place place;
    place.block = self->head.block > count ? self->head.block - count + 1u : 1u;
    if (place.block <= self->settings.lost_block) place.block = self->settings.lost_block + 1u;
    place.slot = 1;
    return place;
}

/* Moves `place` to the next held reading before `end`; 0 where there is none. */
static int next_held(
    const sensor *self, sensor_place *place, sensor_place end, stored_reading *record) {
    while (is_before(*place, end)) {
        if (place->slot == 0) place->slot = 1;
        if (place->slot == RECORD_SLOTS
            || (place->slot == 1
                && block_number(self, (place->block - 1u) % ring_blocks(self)) != place->block)) {
            place->block++;
            place->slot = 1;
            continue;
        }
        if (read_record(self, *place, record) && record->mark == MARK_HELD) return 1;
        place->slot++;
    }
    return 0;
}

/* Begins block `number`; what it held a round ago and nobody has acknowledged is lost, and the loss
 * is written down before the block is erased, so that it is counted once. */
static void begin_block(sensor *self, uint32_t number) {
    uint32_t index = (number - 1u) % ring_blocks(self);
    uint32_t old = block_number(self, index);
    uint8_t bytes[12];
    if (old > self->settings.lost_block && old < number) {
        sensor_place place, end;
        stored_reading record;
        uint32_t lost = 0;
        place.block = old;
        place.slot = 1;
        end.block = old + 1u;
        end.slot = 0;
        while (next_held(self, &place, end, &record)) {
            lost++;
            self->settings.oldest_boot = record.boot_counter;
            self->settings.oldest = record.sequence + 1u;
            self->settings.has_oldest = 1;
            place.slot++;
        }
        if (lost > 0) {
            self->settings.lost += lost;
            self->settings.lost_block = old;
            write_settings(self);
        }
    }
    self->board->flash_erase(self->board->context, SETTINGS_BLOCKS + index);
    kawamori_put(bytes, BLOCK_MAGIC, 4);
    kawamori_put(bytes + 4, number, 4);
    kawamori_put(bytes + 8, kawamori_crc32c(bytes, 8), 4);
    flash_write(self, (SETTINGS_BLOCKS + index) * BOARD_BLOCK_SIZE, bytes, 12);
    self->head.block = number;
    self->head.slot = 1;
}

static void find_head(sensor *self) {
    uint32_t index, newest = 0, slot;
    for (index = 0; index < ring_blocks(self); index++) {
        uint32_t number = block_number(self, index);
        if (number > newest) newest = number;
    }
    if (newest == 0) {
        begin_block(self, self->settings.lost_block + 1u);
        return;
    }
    self->head.block = newest;
    self->head.slot = 1;
    for (slot = 1; slot < RECORD_SLOTS; slot++) {
        uint8_t bytes[RECORD_SIZE];
        sensor_place place;
        place.block = newest;
        place.slot = slot;
        flash_read(self, record_at(self, place), bytes, RECORD_SIZE);
        if (!is_blank(bytes, RECORD_SIZE)) self->head.slot = slot + 1u;
    }
}

static void append(sensor *self, const stored_reading *record) {
    uint8_t bytes[RECORD_SIZE] = {0};
    uint8_t mark = MARK_HELD;
    uint32_t at;
    if (self->head.slot == RECORD_SLOTS) begin_block(self, self->head.block + 1u);
    at = record_at(self, self->head);
    bytes[1] = record->time_kind;
    bytes[2] = record->reading.error;
    bytes[3] = record->reading.ping_count;
    bytes[4] = record->reading.valid_count;
    kawamori_put(bytes + 8, record->boot_counter, 4);
    kawamori_put(bytes + 12, record->sequence, 4);
    kawamori_put(bytes + 16, record->time, 4);
    kawamori_put(bytes + 20, (uint32_t)record->reading.value, 4);
    kawamori_put(bytes + 24, record->reading.spread, 4);
    kawamori_put(bytes + 28, kawamori_crc32c(bytes + 1, 27), 4);
    /* The mark comes last: a cut before it leaves a slot that is neither blank nor a reading. */
    self->head.slot++;
    flash_write(self, at + 1u, bytes + 1, RECORD_SIZE - 1u);
    flash_write(self, at, &mark, 1);
}

uint32_t sensor_held(const sensor *self) {
    sensor_place place = tail(self);
    stored_reading record;
    uint32_t count = 0;
    for (; next_held(self, &place, self->head, &record); place.slot++) count++;
    return count;
}

uint32_t sensor_wear(const sensor *self) {
    uint32_t rounds = (self->head.block - 1u) / ring_blocks(self) + 1u;
    uint32_t settings = self->settings.number / (SETTINGS_SLOTS * SETTINGS_BLOCKS) + 1u;
    return rounds > settings ? rounds : settings;
}

/* ---- time and schedule ---------------------------------------------------------------------- */

static uint32_t unix_now(const sensor *self) {
    return uptime(self) + self->clock_offset;
}

static int is_flood(const sensor *self) {
    return self->settings.is_flood
        && (self->settings.hold == 0 || (int32_t)(self->hold_until - uptime(self)) > 0);
}

static uint32_t interval(const sensor *self) {
    return is_flood(self) ? self->settings.flood_interval : self->settings.calm_interval;
}

void sensor_start(sensor *self, const sensor_board *board, const sensor_configuration *configuration) {
    static const sensor nothing = {0};
    *self = nothing;
    self->board = board;
    self->configuration = *configuration;
    if (find_settings(self)) {
        self->settings.boot_counter++;
    } else {
        self->settings.boot_counter = board->random(board->context);
        self->settings.calm_interval = configuration->calm_interval;
        self->settings.flood_interval = configuration->flood_interval;
    }
    /* Written before the first reading of this boot bears it. */
    write_settings(self);
    find_head(self);
    self->live = tail(self);
    self->again = self->live;
    self->next_measurement = uptime(self);
    self->hold_until = uptime(self) + self->settings.hold;
}

uint32_t sensor_next_wake(const sensor *self) { return self->next_measurement; }

void sensor_measure(sensor *self) {
    stored_reading record = {0};
    self->next_measurement = uptime(self) + interval(self);
    self->board->measure(self->board->context, &record.reading);
    record.boot_counter = self->settings.boot_counter;
    record.sequence = self->next_sequence++;
    record.time_kind = (uint8_t)(self->clock_is_set ? TIME_UNIX : TIME_UPTIME);
    record.time = self->clock_is_set ? unix_now(self) : uptime(self);
    append(self, &record);
    self->made++;
}

/* ---- sending -------------------------------------------------------------------------------- */

static kawamori_signer signer_of(const sensor *self) {
    return kawamori_signer_of(&self->configuration.keys[0]);
}

static int publish(
    sensor *self, board_channel channel, const uint8_t *bytes, size_t length, int is_retained) {
    if (!self->board->publish(self->board->context, channel, bytes, length, is_retained)) return 0;
    self->payload_bytes += (uint32_t)length;
    return 1;
}

size_t sensor_status(sensor *self, uint8_t state, uint8_t *out, size_t capacity) {
    kawamori_device_status status = {0};
    kawamori_signer signer;
    size_t written = 0;
    uint32_t held = sensor_held(self);
    uint32_t next = self->next_measurement - uptime(self);
    status.device_id = self->configuration.device_id;
    status.boot_counter = self->settings.boot_counter;
    status.uptime = uptime(self);
    status.next_contact = (int32_t)next > 0 ? next : interval(self);
    status.lost = self->settings.lost;
    status.last_command = self->settings.last_command;
    status.wear = sensor_wear(self);
    status.has_wear = 1;
    status.held = (uint16_t)(held > 65535u ? 65535u : held);
    status.battery_millivolts = self->board->battery_millivolts(self->board->context);
    status.signal_dbm = self->board->signal_dbm(self->board->context);
    status.state = state;
    status.mode = is_flood(self) ? 1 : 0;
    status.firmware_major = SENSOR_FIRMWARE_MAJOR;
    status.firmware_minor = SENSOR_FIRMWARE_MINOR;
    if (state == KAWAMORI_STATE_AWAKE && self->configuration.wants_time
        && (!self->clock_is_set || status.uptime - self->asked_at >= 86400u)) {
        status.flags = KAWAMORI_FLAG_TIME_WANTED;
        self->asked_at = status.uptime;
        self->has_asked = 1;
    }
    if (self->configuration.key_count > 0) signer = signer_of(self);
    kawamori_encode_status(
        &status, self->configuration.key_count > 0 ? &signer : NULL, out, capacity, &written);
    return written <= capacity ? written : 0;
}

static void publish_status(sensor *self, uint8_t state) {
    uint8_t frame[KAWAMORI_STATUS_SIZE];
    size_t length = sensor_status(self, state, frame, sizeof frame);
    publish(self, BOARD_STATUS, frame, length, 1);
}

void sensor_connected(sensor *self, int has_session) {
    /* Without the session, acknowledgements that waited in it are gone: nothing is known sent. */
    if (!has_session) {
        self->again = tail(self);
        self->only_asked = 0;
        self->is_waiting = 0;
    }
    publish_status(self, KAWAMORI_STATE_AWAKE);
}

void sensor_sleep(sensor *self) { publish_status(self, KAWAMORI_STATE_ASLEEP); }

static int is_asked_for(const sensor *self, const stored_reading *record) {
    return !self->only_asked
        || (record->boot_counter == self->again_boot
            && record->sequence - self->again_first < self->again_span);
}

/* Sends held readings from `place` on, in frames of what belongs together, until `end`, the link or
 * the budget. `place` ends where to go on. */
static int send_from(
    sensor *self, sensor_place *place, sensor_place end, int filters, uint32_t *budget) {
    while (*budget > 0) {
        kawamori_data data = {0};
        kawamori_reading readings[SENSOR_FRAME_READINGS];
        uint8_t frame[KAWAMORI_DATA_SIZE(SENSOR_FRAME_READINGS)];
        kawamori_signer signer;
        sensor_place next = *place;
        stored_reading record;
        uint8_t time_kind = 0;
        size_t length;
        for (; next_held(self, &next, end, &record); next.slot++) {
            if (filters && !is_asked_for(self, &record)) {
                if (data.count > 0) break;
                continue;
            }
            if (data.count == 0) {
                time_kind = record.time_kind;
                data.boot_counter = record.boot_counter;
                data.first_sequence = record.sequence;
                data.base_time = record.time;
            } else if (
                data.count == SENSOR_FRAME_READINGS || record.boot_counter != data.boot_counter
                || record.sequence != data.first_sequence + data.count
                || record.time_kind != time_kind || record.time < data.base_time
                || record.time - data.base_time > 65535u) {
                break;
            }
            record.reading.seconds = (uint16_t)(record.time - data.base_time);
            readings[data.count++] = record.reading;
        }
        if (data.count == 0) {
            *place = end;
            return 1;
        }
        data.device_id = self->configuration.device_id;
        data.flags =
            KAWAMORI_FLAG_ACK_REQUESTED | KAWAMORI_FLAG_BURST | KAWAMORI_FLAG_HEALTH;
        if (time_kind == TIME_UPTIME) data.flags |= KAWAMORI_FLAG_UPTIME;
        if (time_kind == TIME_UPTIME && data.boot_counter == self->settings.boot_counter) {
            data.flags |= KAWAMORI_FLAG_AGE;
            data.age = uptime(self) - data.base_time;
        }
        data.unit = self->configuration.unit;
        data.exponent = self->configuration.exponent;
        data.battery_millivolts = self->board->battery_millivolts(self->board->context);
        data.signal_dbm = self->board->signal_dbm(self->board->context);
        if (self->settings.has_oldest && self->settings.oldest_boot == data.boot_counter) {
            data.has_oldest = 1;
            data.oldest = self->settings.oldest;
        }
        if (self->configuration.key_count > 0) signer = signer_of(self);
        if (kawamori_encode_data(
                &data, readings, self->configuration.key_count > 0 ? &signer : NULL, frame,
                sizeof frame, &length)
                != KAWAMORI_OK
            || !publish(self, BOARD_DATA, frame, length, 0)) {
            return 0;
        }
        *budget -= *budget > length ? (uint32_t)length : *budget;
        *place = next;
    }
    return 0;
}

int sensor_send(sensor *self) {
    uint32_t budget = SENSOR_CONTACT_BYTES;
    sensor_place oldest = tail(self);
    sensor_place live_before;
    int again;
    if (is_before(self->live, oldest)) self->live = oldest;
    if (is_before(self->again, oldest)) self->again = oldest;
    if (self->is_waiting && (int32_t)(uptime(self) - self->again_at) >= 0) {
        sensor_place first = oldest;
        stored_reading record;
        self->again = oldest;
        self->only_asked = 0;
        self->is_waiting = 0;
        if (next_held(self, &first, self->live, &record) && self->tries < 5) self->tries++;
    }
    live_before = self->live;
    send_from(self, &self->live, self->head, 0, &budget);
    if (is_before(self->again, live_before)
        && send_from(self, &self->again, live_before, 1, &budget)) {
        self->only_asked = 0;
    }
    if (!is_before(self->again, live_before)) self->again = self->live;
    if (!self->is_waiting && !is_before(self->again, self->live)
        && is_before(oldest, self->live)) {
        uint32_t wait = (uint32_t)SENSOR_FIRST_BACK_OFF << self->tries;
        uint32_t quarter;
        if (wait > SENSOR_LAST_BACK_OFF) wait = SENSOR_LAST_BACK_OFF;
        quarter = wait / 4u;
        wait += self->board->random(self->board->context) % (2u * quarter + 1u);
        self->again_at = uptime(self) + wait - quarter;
        self->is_waiting = 1;
    }
    again = self->measures_now;
    self->measures_now = 0;
    if (self->reboots) self->board->reboot(self->board->context);
    return again;
}

/* ---- receiving ------------------------------------------------------------------------------ */

static int is_for_us(
    sensor *self, kawamori_status status, uint64_t device_id, const uint8_t *bytes,
    const kawamori_seal *seal) {
    const sensor_configuration *configuration = &self->configuration;
    if (status == KAWAMORI_OK && device_id == configuration->device_id
        && (configuration->key_count == 0
            || kawamori_verify(bytes, seal, configuration->keys, configuration->key_count)
                == KAWAMORI_OK)) {
        return 1;
    }
    self->refused++;
    return 0;
}

static void take_acknowledgement(sensor *self, const uint8_t *bytes, size_t length) {
    kawamori_ack ack = {0};
    kawamori_seal seal = {0};
    kawamori_status status = kawamori_decode_ack(bytes, length, &ack, &seal);
    sensor_place place = tail(self);
    stored_reading record;
    uint32_t missing_span = 0;
    int frees = 0;
    if (!is_for_us(self, status, ack.device_id, bytes, &seal)) return;
    for (; next_held(self, &place, self->head, &record); place.slot++) {
        kawamori_verdict verdict;
        if (record.boot_counter != ack.boot_counter) continue;
        verdict = kawamori_ack_verdict(bytes, record.sequence);
        if (verdict == KAWAMORI_STORED) {
            uint8_t mark = MARK_FREE;
            flash_write(self, record_at(self, place), &mark, 1);
            self->acknowledged++;
            frees = 1;
        } else if (verdict == KAWAMORI_MISSING) {
            missing_span = record.sequence - ack.first + 1u;
        }
    }
    if (frees) self->tries = 0;
    if (self->settings.has_oldest && self->settings.oldest_boot == ack.boot_counter
        && (ack.flags & KAWAMORI_FLAG_CUMULATIVE) != 0
        && ack.first - self->settings.oldest < 0x80000000u) {
        self->settings.has_oldest = 0;
        write_settings(self);
    }
    if ((ack.flags & KAWAMORI_FLAG_SEND_AGAIN) != 0 && missing_span > 0) {
        self->again = tail(self);
        self->only_asked = 1;
        self->again_boot = ack.boot_counter;
        self->again_first = ack.first;
        self->again_span = missing_span;
    }
}

static void take_time(sensor *self, const kawamori_command *command) {
    uint32_t passed = uptime(self) - command->argument[1];
    if (!self->has_asked || command->argument[1] != self->asked_at
        || command->argument[2] != self->settings.boot_counter
        || passed > self->configuration.answer_limit) {
        self->refused++;
        return;
    }
    self->has_asked = 0;
    self->clock_offset = command->argument[0] + passed / 2u - uptime(self);
    self->clock_is_set = 1;
}

static int interval_fits(uint32_t seconds) { return seconds >= 1u && seconds <= 86400u; }

/* The result of a command that is neither old nor expired, with the settings it brings. */
static uint8_t settle(sensor *self, const kawamori_command *command) {
    const uint32_t *argument = command->argument;
    switch (command->kind) {
    case KAWAMORI_COMMAND_INTERVAL:
        if (!interval_fits(argument[0]) || !interval_fits(argument[1])) break;
        self->settings.calm_interval = argument[0];
        self->settings.flood_interval = argument[1];
        return KAWAMORI_RESULT_DONE;
    case KAWAMORI_COMMAND_MODE:
        if (argument[0] > 1u) break;
        self->settings.is_flood = (uint8_t)argument[0];
        self->settings.hold = argument[1];
        return KAWAMORI_RESULT_DONE;
    case KAWAMORI_COMMAND_MEASURE:
    case KAWAMORI_COMMAND_REBOOT:
    case KAWAMORI_COMMAND_IDENTIFY: return KAWAMORI_RESULT_DONE;
    default: return KAWAMORI_RESULT_UNSUPPORTED;
    }
    return KAWAMORI_RESULT_REFUSED;
}

static void obey(sensor *self, const kawamori_command *command) {
    switch (command->kind) {
    case KAWAMORI_COMMAND_MODE: self->hold_until = uptime(self) + self->settings.hold; break;
    case KAWAMORI_COMMAND_MEASURE: self->measures_now = 1; return;
    case KAWAMORI_COMMAND_REBOOT: self->reboots = 1; return;
    case KAWAMORI_COMMAND_IDENTIFY:
        self->board->identify(self->board->context, command->argument[0]);
        return;
    default: break;
    }
    self->next_measurement = uptime(self) + interval(self);
}

static void take_command(sensor *self, const uint8_t *bytes, size_t length) {
    kawamori_command command = {0};
    kawamori_command_reply reply = {0};
    kawamori_seal seal = {0};
    kawamori_signer signer;
    uint8_t frame[KAWAMORI_COMMAND_REPLY_SIZE];
    size_t written;
    kawamori_status status = kawamori_decode_command(bytes, length, &command, &seal);
    if (!is_for_us(self, status, command.device_id, bytes, &seal)) return;
    if (command.kind == KAWAMORI_COMMAND_TIME) {
        take_time(self, &command);
        return;
    }
    if (command.counter == self->settings.last_command) {
        reply.result = self->settings.last_result;
    } else if (command.counter < self->settings.last_command) {
        reply.result = KAWAMORI_RESULT_SUPERSEDED;
    } else if (command.expires != 0 && !self->clock_is_set) {
        reply.result = KAWAMORI_RESULT_CLOCK_NOT_SET;
    } else {
        reply.result = command.expires != 0 && unix_now(self) >= command.expires
            ? KAWAMORI_RESULT_EXPIRED
            : settle(self, &command);
        self->settings.last_command = command.counter;
        self->settings.last_result = reply.result;
        write_settings(self);
        if (reply.result == KAWAMORI_RESULT_DONE) obey(self, &command);
    }
    reply.device_id = command.device_id;
    reply.counter = command.counter;
    reply.kind = command.kind;
    reply.uptime = uptime(self);
    if (self->configuration.key_count > 0) signer = signer_of(self);
    if (kawamori_encode_command_reply(
            &reply, self->configuration.key_count > 0 ? &signer : NULL, frame, sizeof frame,
            &written)
        == KAWAMORI_OK) {
        publish(self, BOARD_REPLY, frame, written, 0);
    }
}

void sensor_receive(sensor *self, board_channel channel, const uint8_t *bytes, size_t length) {
    switch (channel) {
    case BOARD_ACK: take_acknowledgement(self, bytes, length); break;
    case BOARD_COMMAND: take_command(self, bytes, length); break;
    default: self->refused++; break;
    }
}
