/*
 * The reference firmware on an ESP32 with the Arduino core and PubSubClient: a sketch to begin with.
 * Copy sensor.c, sensor.h, board.h and the two protocol headers beside it. It has not been run on a
 * board here; what follows is the thin layer only, and all rules live in sensor.c.
 *
 * The partition table needs a data partition named "ring" of at least four blocks of 4096 bytes.
 */
#include <Arduino.h>
#include <PubSubClient.h>
#include <WiFi.h>
#include <esp_partition.h>
#include <esp_random.h>
#include <esp_timer.h>

extern "C" {
#include "sensor.h"
}

static const char *const network = "river";
static const char *const network_password = "";
static const char *const broker = "192.168.4.1";
static const char *const topic = "kawamori/v1/pole-1/level";
static const uint64_t device_id = 0x70B3D57ED0061234ULL;
static const int trigger_pin = 5, echo_pin = 18, led_pin = 2;

static WiFiClient link;
static PubSubClient client(link);
static const esp_partition_t *ring;
static sensor node;
static sensor_board wiring;
static uint32_t heard;

static uint32_t board_uptime(void *) { return (uint32_t)(esp_timer_get_time() / 1000000); }
static uint32_t board_random(void *) { return esp_random(); }
static uint16_t board_battery(void *) { return 0; }
static int8_t board_signal(void *) { return (int8_t)WiFi.RSSI(); }

/* Twenty pings of an ultrasonic ranger, 200 ms apart: their median, and how far they scatter. */
static void board_measure(void *, kawamori_reading *reading) {
    int32_t values[20], distances[20];
    uint8_t count = 0;
    for (uint8_t i = 0; i < 20; i++, delay(200)) {
        digitalWrite(trigger_pin, HIGH);
        delayMicroseconds(20);
        digitalWrite(trigger_pin, LOW);
        unsigned long echo = pulseIn(echo_pin, HIGH, 60000);
        /* The speed of sound at 20 degrees: 0.1716 mm for each microsecond, there and back. */
        if (echo > 0) values[count++] = (int32_t)((uint64_t)echo * 1716 / 10000);
    }
    reading->ping_count = 20;
    reading->valid_count = count;
    if (count == 0) {
        reading->error = KAWAMORI_ERROR_NO_ECHO;
        return;
    }
    auto sort = [](int32_t *all, uint8_t n) {
        for (uint8_t i = 1; i < n; i++) {
            for (uint8_t j = i; j > 0 && all[j - 1] > all[j]; j--) {
                int32_t kept = all[j];
                all[j] = all[j - 1];
                all[j - 1] = kept;
            }
        }
    };
    sort(values, count);
    reading->value = values[count / 2];
    for (uint8_t i = 0; i < count; i++) distances[i] = abs(values[i] - reading->value);
    sort(distances, count);
    reading->spread = (uint32_t)distances[count / 2] * 14826u / 10000u;
}

static void board_read(void *, uint32_t at, uint8_t *bytes, uint32_t length) {
    ESP_ERROR_CHECK(esp_partition_read(ring, at, bytes, length));
}

static void board_write(void *, uint32_t at, const uint8_t *bytes, uint32_t length) {
    ESP_ERROR_CHECK(esp_partition_write(ring, at, bytes, length));
}

static void board_erase(void *, uint32_t block) {
    ESP_ERROR_CHECK(esp_partition_erase_range(ring, block * BOARD_BLOCK_SIZE, BOARD_BLOCK_SIZE));
}

static int board_publish(
    void *, board_channel channel, const uint8_t *bytes, size_t length, int is_retained) {
    static const char *const channels[] = {"data", "ack", "cmd", "reply", "status"};
    String to = String(topic) + "/" + channels[channel];
    return client.publish(to.c_str(), bytes, length, is_retained != 0);
}

static void board_identify(void *, uint32_t seconds) {
    for (uint32_t i = 0; i < 5 * seconds; i++, delay(200)) digitalWrite(led_pin, i % 2);
}

static void board_reboot(void *) { ESP.restart(); }

static void received(char *name, uint8_t *bytes, unsigned length) {
    heard = millis();
    bool is_ack = String(name).endsWith("/ack");
    sensor_receive(&node, is_ack ? BOARD_ACK : BOARD_COMMAND, bytes, length);
}

static int contact() {
    WiFi.begin(network, network_password);
    for (int i = 0; i < 100 && WiFi.status() != WL_CONNECTED; i++) delay(100);
    int again = 0;
    client.setServer(broker, 1883);
    client.setCallback(received);
    client.setBufferSize(512);
    /* PubSubClient takes a will of text only, and a status has zeros in it: this port leaves none.
     * Nor does it tell whether the broker kept the session: the ring's own timer covers that. */
    if (client.connect("kawamori-pole-1", NULL, NULL, NULL, 0, false, NULL, false)) {
        client.subscribe((String(topic) + "/ack").c_str(), 1);
        client.subscribe((String(topic) + "/cmd").c_str(), 1);
        sensor_connected(&node, 1);
        uint32_t began = heard = millis();
        while (millis() - heard < 1000 && millis() - began < 3000) client.loop();
        again = sensor_send(&node);
        sensor_sleep(&node);
        client.disconnect();
    }
    WiFi.disconnect(true);
    return again;
}

void setup() {
    pinMode(trigger_pin, OUTPUT);
    pinMode(echo_pin, INPUT);
    pinMode(led_pin, OUTPUT);
    ring = esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, "ring");
    configASSERT(ring != NULL);
    wiring.block_count = ring->size / BOARD_BLOCK_SIZE;
    wiring.uptime = board_uptime;
    wiring.random = board_random;
    wiring.measure = board_measure;
    wiring.battery_millivolts = board_battery;
    wiring.signal_dbm = board_signal;
    wiring.flash_read = board_read;
    wiring.flash_write = board_write;
    wiring.flash_erase = board_erase;
    wiring.publish = board_publish;
    wiring.identify = board_identify;
    wiring.reboot = board_reboot;
    sensor_configuration configuration = {};
    configuration.device_id = device_id;
    configuration.calm_interval = 600;
    configuration.flood_interval = 120;
    configuration.answer_limit = 30;
    configuration.unit = KAWAMORI_UNIT_MILLIMETRE;
    configuration.wants_time = 1;
    sensor_start(&node, &wiring, &configuration);
}

void loop() {
    int32_t left = (int32_t)(sensor_next_wake(&node) - board_uptime(NULL));
    if (left > 0) {
        /* Light sleep keeps memory and the timer; deep sleep would be a boot of its own. */
        esp_sleep_enable_timer_wakeup((uint64_t)left * 1000000ULL);
        esp_light_sleep_start();
    }
    do {
        sensor_measure(&node);
    } while (contact());
}
