/*
 * The reference firmware as a program of this computer: flash is a file, the radio is libmosquitto.
 *
 *   cc -std=c99 -D_POSIX_C_SOURCE=200809L -I ../../../../Sources/CFirmwareProtocol/include \
 *      main.c ../../sensor.c -lmosquitto -lm -o sensor
 *   ./sensor --broker localhost:1883 --topic kawamori/v1/pole-1/level --device 70b3d57ed0061234 \
 *      --flash level.flash
 *
 * --help lists the rest. At the end, or at SIGTERM, it prints what it has done as one line of JSON. The
 * same flash file, given again, is the same device after a restart.
 */
#include "../../sensor.h"

#include <math.h>
#include <mosquitto.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct host {
    const char *broker, *topic, *flash, *user, *password;
    uint64_t device;
    uint32_t seed, calm, flood, readings, blocks;
    double speed, listen_seconds;
    int port, has_key;
    kawamori_key key;

    sensor sensor;
    FILE *file;
    struct mosquitto *client;
    double started;
    uint32_t random;
    int is_connected, has_session, is_lost, waiting, reboots;
    double heard;
    uint32_t contacts, failed_contacts, erases, boots;
    uint64_t radio_bytes, flash_bytes;
    double awake;
} host;

static volatile sig_atomic_t ends;

static void end(int signal) {
    (void)signal;
    ends = 1;
}

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- the board ------------------------------------------------------------------------------ */

static uint32_t host_uptime(void *context) {
    const host *self = (const host *)context;
    return (uint32_t)((seconds_now() - self->started) * self->speed);
}

static uint32_t host_random(void *context) {
    host *self = (host *)context;
    self->random = self->random * 1664525u + 1013904223u;
    return self->random ^ (self->random >> 16);
}

/* A slow wave with a little noise: a distance in millimetres. */
static void host_measure(void *context, kawamori_reading *reading) {
    host *self = (host *)context;
    double phase = (double)host_uptime(self) / 7200.0 + (double)(self->seed % 100u);
    reading->value = 2500 + (int32_t)(200.0 * sin(phase)) + (int32_t)(host_random(self) % 5u);
    reading->ping_count = 20;
    reading->valid_count = (uint8_t)(18u + host_random(self) % 3u);
    reading->spread = 1u + host_random(self) % 4u;
}

static uint16_t host_battery(void *context) {
    (void)context;
    return 3700;
}

static int8_t host_signal(void *context) {
    (void)context;
    return -67;
}

static void flash_failed(const host *self) {
    fprintf(stderr, "%s: the flash file cannot be read or written\n", self->flash);
    exit(74);
}

static void host_read(void *context, uint32_t at, uint8_t *bytes, uint32_t length) {
    host *self = (host *)context;
    if (fseek(self->file, (long)at, SEEK_SET) != 0
        || fread(bytes, 1, length, self->file) != length) {
        flash_failed(self);
    }
}

static void put_flash(host *self, uint32_t at, const uint8_t *bytes, uint32_t length) {
    if (fseek(self->file, (long)at, SEEK_SET) != 0
        || fwrite(bytes, 1, length, self->file) != length || fflush(self->file) != 0) {
        flash_failed(self);
    }
}

/* As in flash, writing only clears bits. */
static void host_write(void *context, uint32_t at, const uint8_t *bytes, uint32_t length) {
    host *self = (host *)context;
    uint8_t cells[BOARD_BLOCK_SIZE];
    uint32_t i;
    host_read(self, at, cells, length);
    for (i = 0; i < length; i++) cells[i] &= bytes[i];
    put_flash(self, at, cells, length);
    self->flash_bytes += length;
}

static void host_erase(void *context, uint32_t block) {
    host *self = (host *)context;
    uint8_t cells[BOARD_BLOCK_SIZE];
    memset(cells, 0xFF, sizeof cells);
    put_flash(self, block * BOARD_BLOCK_SIZE, cells, sizeof cells);
    self->erases++;
}

static const char *const channels[] = {"data", "ack", "cmd", "reply", "status"};

static int host_publish(
    void *context, board_channel channel, const uint8_t *bytes, size_t length, int is_retained) {
    host *self = (host *)context;
    char topic[256];
    snprintf(topic, sizeof topic, "%s/%s", self->topic, channels[channel]);
    if (!self->is_connected || self->is_lost) return 0;
    if (mosquitto_publish(
            self->client, NULL, topic, (int)length, bytes, 1, is_retained != 0)
        != MOSQ_ERR_SUCCESS) {
        return 0;
    }
    self->waiting++;
    /* Fixed header, topic, packet id. */
    self->radio_bytes += length + strlen(topic) + 6;
    return 1;
}

static void host_identify(void *context, uint32_t seconds) {
    (void)context;
    fprintf(stderr, "identify: for %u seconds this is me\n", (unsigned)seconds);
}

static void host_reboot(void *context) { ((host *)context)->reboots = 1; }

/* ---- the radio ------------------------------------------------------------------------------ */

static void connected(struct mosquitto *client, void *context, int code, int flags) {
    host *self = (host *)context;
    (void)client;
    self->is_connected = code == 0;
    self->is_lost = code != 0;
    self->has_session = flags & 1;
}

static void disconnected(struct mosquitto *client, void *context, int code) {
    (void)client;
    (void)code;
    ((host *)context)->is_lost = 1;
}

static void published(struct mosquitto *client, void *context, int message) {
    (void)client;
    (void)message;
    ((host *)context)->waiting--;
}

static void received(
    struct mosquitto *client, void *context, const struct mosquitto_message *message) {
    host *self = (host *)context;
    const char *last = strrchr(message->topic, '/');
    (void)client;
    self->heard = seconds_now();
    self->radio_bytes += (uint64_t)message->payloadlen + strlen(message->topic) + 6u;
    if (last == NULL || message->retain || message->payloadlen <= 0) return;
    if (strcmp(last, "/ack") == 0) {
        sensor_receive(
            &self->sensor, BOARD_ACK, (const uint8_t *)message->payload,
            (size_t)message->payloadlen);
    } else if (strcmp(last, "/cmd") == 0) {
        sensor_receive(
            &self->sensor, BOARD_COMMAND, (const uint8_t *)message->payload,
            (size_t)message->payloadlen);
    }
}

static void turn(host *self) {
    if (mosquitto_loop(self->client, 20, 1) != MOSQ_ERR_SUCCESS) self->is_lost = 1;
}

/* One contact: specification, §9. Returns whether a command wants another round. */
static int contact(host *self) {
    uint8_t will[KAWAMORI_STATUS_SIZE];
    char topic[256], name[64];
    size_t length = sensor_status(&self->sensor, KAWAMORI_STATE_OFFLINE, will, sizeof will);
    double began = seconds_now();
    int again = 0;
    snprintf(name, sizeof name, "kawamori-%016llx", (unsigned long long)self->device);
    snprintf(topic, sizeof topic, "%s/status", self->topic);
    self->client = mosquitto_new(name, false, self);
    if (self->client == NULL) return 0;
    self->is_connected = self->is_lost = self->waiting = 0;
    mosquitto_connect_with_flags_callback_set(self->client, connected);
    mosquitto_disconnect_callback_set(self->client, disconnected);
    mosquitto_publish_callback_set(self->client, published);
    mosquitto_message_callback_set(self->client, received);
    mosquitto_will_set(self->client, topic, (int)length, will, 1, true);
    if (self->user != NULL) mosquitto_username_pw_set(self->client, self->user, self->password);
    self->contacts++;
    if (mosquitto_connect(self->client, self->broker, self->port, 60) != MOSQ_ERR_SUCCESS) {
        self->is_lost = 1;
    }
    while (!self->is_connected && !self->is_lost && seconds_now() - began < 10) turn(self);
    if (self->is_connected && !self->is_lost) {
        double listens = seconds_now();
        self->heard = listens;
        snprintf(topic, sizeof topic, "%s/ack", self->topic);
        mosquitto_subscribe(self->client, NULL, topic, 1);
        snprintf(topic, sizeof topic, "%s/cmd", self->topic);
        mosquitto_subscribe(self->client, NULL, topic, 1);
        sensor_connected(&self->sensor, self->has_session);
        while (!self->is_lost && seconds_now() - self->heard < self->listen_seconds
               && seconds_now() - listens < 3 * self->listen_seconds) {
            turn(self);
        }
        again = sensor_send(&self->sensor);
        sensor_sleep(&self->sensor);
        began = seconds_now();
        while (!self->is_lost && self->waiting > 0 && seconds_now() - began < 5) turn(self);
    }
    if (!self->is_connected || self->is_lost || self->waiting > 0) self->failed_contacts++;
    if (!self->is_lost) {
        mosquitto_disconnect(self->client);
        turn(self);
    }
    mosquitto_destroy(self->client);
    self->client = NULL;
    return again;
}

/* ---- the program ---------------------------------------------------------------------------- */

static void summarise(host *self) {
    const sensor *node = &self->sensor;
    printf("{\"device\":\"%016llx\",\"boot\":%u,\"made\":%u,\"acknowledged\":%u,\"held\":%u,"
           "\"lost\":%u,\"refused\":%u,\"contacts\":%u,\"failed_contacts\":%u,\"reboots\":%u,"
           "\"radio_bytes\":%llu,\"payload_bytes\":%u,\"awake_seconds\":%.1f,\"wear\":%u,"
           "\"erases\":%u,\"flash_bytes\":%llu,\"uptime\":%u}\n",
           (unsigned long long)self->device, (unsigned)node->settings.boot_counter,
           (unsigned)node->made, (unsigned)node->acknowledged, (unsigned)sensor_held(node),
           (unsigned)node->settings.lost, (unsigned)node->refused, (unsigned)self->contacts,
           (unsigned)self->failed_contacts, (unsigned)self->boots,
           (unsigned long long)self->radio_bytes, (unsigned)node->payload_bytes, self->awake,
           (unsigned)sensor_wear(node), (unsigned)self->erases,
           (unsigned long long)self->flash_bytes, (unsigned)host_uptime(self));
    fflush(stdout);
}

static void usage(void) {
    fprintf(
        stderr,
        "usage: sensor --broker HOST:PORT --topic kawamori/v1/STATION/SENSOR --device HEX\n"
        "  --flash FILE     the flash memory; made where it is missing\n"
        "  --blocks N       its size in blocks of 4096 bytes (16)\n"
        "  --key ID:HEX     signs with this key of 32 bytes\n"
        "  --user NAME --password WORD\n"
        "  --calm S --flood S   intervals in seconds (600, 120)\n"
        "  --readings N     ends after so many (0: never)\n"
        "  --speed X        the sensor's seconds pass so much faster (1); it then asks for no time\n"
        "  --listen S       real seconds of quiet after which it sends (1)\n"
        "  --seed N         of the values and the back-off\n");
    exit(64);
}

static void read_key(host *self, const char *text) {
    char *at;
    size_t i;
    unsigned value;
    self->key.id = (uint8_t)strtoul(text, &at, 10);
    if (*at != ':' || strlen(at + 1) != 2 * KAWAMORI_KEY_SIZE) usage();
    for (i = 0; i < KAWAMORI_KEY_SIZE; i++) {
        if (sscanf(at + 1 + 2 * i, "%2x", &value) != 1) usage();
        self->key.bytes[i] = (uint8_t)value;
    }
    self->has_key = 1;
}

static void read_arguments(host *self, int count, char **arguments) {
    static char address[256];
    int i;
    for (i = 1; i < count; i += 2) {
        const char *name = arguments[i];
        const char *value = i + 1 < count ? arguments[i + 1] : NULL;
        if (value == NULL) usage();
        if (strcmp(name, "--broker") == 0) {
            char *colon;
            snprintf(address, sizeof address, "%s", value);
            colon = strrchr(address, ':');
            if (colon == NULL) usage();
            self->port = (int)strtol(colon + 1, NULL, 10);
            *colon = 0;
            self->broker = address;
        } else if (strcmp(name, "--topic") == 0) {
            self->topic = value;
        } else if (strcmp(name, "--device") == 0) {
            self->device = strtoull(value, NULL, 16);
        } else if (strcmp(name, "--flash") == 0) {
            self->flash = value;
        } else if (strcmp(name, "--key") == 0) {
            read_key(self, value);
        } else if (strcmp(name, "--user") == 0) {
            self->user = value;
        } else if (strcmp(name, "--password") == 0) {
            self->password = value;
        } else if (strcmp(name, "--speed") == 0) {
            self->speed = strtod(value, NULL);
        } else if (strcmp(name, "--listen") == 0) {
            self->listen_seconds = strtod(value, NULL);
        } else {
            uint32_t number = (uint32_t)strtoul(value, NULL, 10);
            if (strcmp(name, "--calm") == 0) self->calm = number;
            else if (strcmp(name, "--flood") == 0) self->flood = number;
            else if (strcmp(name, "--readings") == 0) self->readings = number;
            else if (strcmp(name, "--blocks") == 0) self->blocks = number;
            else if (strcmp(name, "--seed") == 0) self->seed = number;
            else usage();
        }
    }
    if (self->broker == NULL || self->topic == NULL || self->device == 0 || self->flash == NULL
        || self->blocks < 4 || self->speed <= 0 || self->calm == 0 || self->flood == 0) {
        usage();
    }
}

static void open_flash(host *self) {
    uint32_t block;
    self->file = fopen(self->flash, "r+b");
    if (self->file != NULL) return;
    self->file = fopen(self->flash, "w+b");
    if (self->file == NULL) flash_failed(self);
    for (block = 0; block < self->blocks; block++) host_erase(self, block);
    self->erases = 0;
}

int main(int count, char **arguments) {
    static host self;
    sensor_board board = {0};
    sensor_configuration configuration = {0};
    struct sigaction action = {0};
    self.speed = 1;
    self.listen_seconds = 1;
    self.calm = 600;
    self.flood = 120;
    self.blocks = 16;
    self.seed = 1;
    read_arguments(&self, count, arguments);
    action.sa_handler = end;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    self.random = self.seed ^ (uint32_t)self.device;
    open_flash(&self);
    mosquitto_lib_init();
    board.context = &self;
    board.block_count = self.blocks;
    board.uptime = host_uptime;
    board.random = host_random;
    board.measure = host_measure;
    board.battery_millivolts = host_battery;
    board.signal_dbm = host_signal;
    board.flash_read = host_read;
    board.flash_write = host_write;
    board.flash_erase = host_erase;
    board.publish = host_publish;
    board.identify = host_identify;
    board.reboot = host_reboot;
    configuration.device_id = self.device;
    configuration.calm_interval = self.calm;
    configuration.flood_interval = self.flood;
    configuration.answer_limit = 30;
    configuration.keys = &self.key;
    configuration.key_count = self.has_key ? 1 : 0;
    configuration.unit = KAWAMORI_UNIT_MILLIMETRE;
    /* A clock that runs ahead of everybody's would only put readings into the future. */
    configuration.wants_time = self.speed <= 1;
    self.started = seconds_now();
    sensor_start(&self.sensor, &board, &configuration);
    while (!ends) {
        double woke;
        while (!ends && (int32_t)(sensor_next_wake(&self.sensor) - host_uptime(&self)) > 0) {
            poll(NULL, 0, self.speed > 1 ? 2 : 200);
        }
        if (ends) break;
        woke = seconds_now();
        do {
            if (self.readings == 0 || self.sensor.made < self.readings) sensor_measure(&self.sensor);
        } while (contact(&self) && !ends);
        self.awake += seconds_now() - woke;
        if (self.readings > 0 && self.sensor.made >= self.readings
            && sensor_held(&self.sensor) == 0) {
            break;
        }
        if (self.reboots) {
            uint32_t made = self.sensor.made, acknowledged = self.sensor.acknowledged;
            uint32_t bytes = self.sensor.payload_bytes, refused = self.sensor.refused;
            self.reboots = 0;
            self.boots++;
            self.started = seconds_now();
            sensor_start(&self.sensor, &board, &configuration);
            self.sensor.made = made;
            self.sensor.acknowledged = acknowledged;
            self.sensor.payload_bytes = bytes;
            self.sensor.refused = refused;
        }
    }
    summarise(&self);
    mosquitto_lib_cleanup();
    fclose(self.file);
    return 0;
}
