#define _GNU_SOURCE
#include "ingest_peer.h"

#include <mosquitto.h>
#include <stdlib.h>
#include <string.h>

// So many messages may be unconfirmed while they are sent as fast as the broker takes them.
enum { GREATEST_UNCONFIRMED = 2000, MESSAGES_PER_LOOK = 16 };

typedef struct {
    /// Topic with its 0, then the payload.
    char *bytes;
    size_t topic_size, length;
} message;

struct peer_publisher {
    struct mosquitto *client;
    message *messages;
    int64_t count, room, sent, confirmed;
    bool is_connected;
};

static void connected(struct mosquitto *client, void *context, int code) {
    (void)client;
    ((peer_publisher *)context)->is_connected = code == 0;
}

static void published(struct mosquitto *client, void *context, int number) {
    (void)client, (void)number;
    ((peer_publisher *)context)->confirmed++;
}

/// Reads and writes what is there, and waits for at most so many milliseconds.
static bool look(peer_publisher *publisher, int milliseconds, char *why) {
    int code = mosquitto_loop(publisher->client, milliseconds, 1);
    if (code == MOSQ_ERR_SUCCESS) return true;
    return peer_fail(why, "publish: %s", mosquitto_strerror(code));
}

peer_publisher *peer_publisher_open(uint16_t port, char *why) {
    mosquitto_lib_init();
    peer_publisher *publisher = calloc(1, sizeof *publisher);
    if (publisher == NULL) abort();
    publisher->client = mosquitto_new(NULL, true, publisher);
    if (publisher->client == NULL) abort();
    mosquitto_connect_callback_set(publisher->client, connected);
    mosquitto_publish_callback_set(publisher->client, published);
    mosquitto_int_option(publisher->client, MOSQ_OPT_SEND_MAXIMUM, 0);
    mosquitto_int_option(publisher->client, MOSQ_OPT_TCP_NODELAY, 1);
    int code = mosquitto_connect(publisher->client, "127.0.0.1", port, 60);
    if (code != MOSQ_ERR_SUCCESS) peer_fail(why, "connect: %s", mosquitto_strerror(code));
    bool is_well = code == MOSQ_ERR_SUCCESS;
    for (int turn = 0; is_well && !publisher->is_connected && turn < 1000; turn++)
        is_well = look(publisher, 10, why);
    if (is_well && publisher->is_connected) return publisher;
    if (is_well) peer_fail(why, "the broker on port %d does not answer", port);
    peer_publisher_close(publisher);
    return NULL;
}

bool peer_publisher_add(
    peer_publisher *publisher, const char *topic, const uint8_t *payload, size_t length,
    char *why) {
    if (publisher->count == publisher->room) {
        publisher->room = publisher->room == 0 ? 1024 : 2 * publisher->room;
        publisher->messages =
            realloc(publisher->messages, (size_t)publisher->room * sizeof(message));
        if (publisher->messages == NULL) abort();
    }
    message *new = &publisher->messages[publisher->count];
    new->topic_size = strlen(topic) + 1;
    new->length = length;
    new->bytes = malloc(new->topic_size + length);
    if (new->bytes == NULL) return peer_fail(why, "no memory for a message");
    memcpy(new->bytes, topic, new->topic_size);
    memcpy(new->bytes + new->topic_size, payload, length);
    publisher->count++;
    return true;
}

static bool send_one(peer_publisher *publisher, const message *next, char *why) {
    int code = mosquitto_publish(
        publisher->client, NULL, next->bytes, (int)next->length, next->bytes + next->topic_size,
        1, false);
    if (code != MOSQ_ERR_SUCCESS)
        return peer_fail(why, "publish: %s", mosquitto_strerror(code));
    publisher->sent++;
    return true;
}

bool peer_publisher_send(
    peer_publisher *publisher, int64_t first, int64_t count, int64_t interval_nanoseconds,
    int64_t *published_nanoseconds, char *why) {
    if (first + count > publisher->count) return peer_fail(why, "fewer messages are kept");
    int64_t began = peer_now();
    for (int64_t number = 0; number < count; number++) {
        if (interval_nanoseconds > 0) {
            peer_sleep_until(began + number * interval_nanoseconds);
        }
        if (published_nanoseconds != NULL) published_nanoseconds[number] = peer_now();
        if (!send_one(publisher, &publisher->messages[first + number], why)) return false;
        bool looks = interval_nanoseconds > 0 || number % MESSAGES_PER_LOOK == 0;
        if (looks && !look(publisher, 0, why)) return false;
        while (publisher->sent - publisher->confirmed > GREATEST_UNCONFIRMED)
            if (!look(publisher, 10, why)) return false;
    }
    int64_t end = peer_now() + 30000000000;
    while (publisher->confirmed < publisher->sent) {
        if (peer_now() > end) return peer_fail(why, "the broker does not confirm");
        if (!look(publisher, 10, why)) return false;
    }
    return true;
}

void peer_publisher_close(peer_publisher *publisher) {
    mosquitto_disconnect(publisher->client);
    mosquitto_destroy(publisher->client);
    mosquitto_lib_cleanup();
    for (int64_t number = 0; number < publisher->count; number++)
        free(publisher->messages[number].bytes);
    free(publisher->messages);
    free(publisher);
}
