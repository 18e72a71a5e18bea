// The program itself: libmosquitto driven by one loop, as kawamori drives it. What the library wants
// to write waits until everything that was read is on disk; at half the in-flight window, or when the
// oldest message has waited for the commit window, the loop stops reading and commits.
//
// End-to-end acknowledgements go out after the commit by a connection and thread of their own: one of
// 28 bytes for each device of the commit, as many as kawamori sends.
#define _GNU_SOURCE
#include "ingest_peer.h"

#include <mosquitto.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { KEEP_ALIVE_SECONDS = 180, ACKNOWLEDGEMENT_SIZE = 28 };

static volatile sig_atomic_t is_stopped;

static void stop(int signal) {
    (void)signal;
    is_stopped = 1;
}

typedef struct {
    const peer_settings *settings;
    peer_store *store;
    struct mosquitto *session, *speaker;
    bool is_connected, is_subscribed, has_failed;
    /// When the oldest message was read that is not on disk.
    int64_t oldest;
    int64_t stored_count;
    char *why;
} program;

static void connected(struct mosquitto *session, void *context, int code) {
    (void)session;
    ((program *)context)->is_connected = code == 0;
}

static void subscribed(
    struct mosquitto *session, void *context, int message, int count, const int *granted) {
    (void)session, (void)message;
    ((program *)context)->is_subscribed = count == 1 && granted[0] == 1;
}

static void received(
    struct mosquitto *session, void *context, const struct mosquitto_message *message) {
    (void)session, (void)message;
    program *self = context;
    if (self->has_failed) return;
    if (peer_store_waiting(self->store) == 0) self->oldest = peer_now();
    self->has_failed = !peer_store_insert(self->store, self->why);
}

static bool acknowledge(program *self, int64_t count) {
    int64_t sensors = self->settings->sensor_count;
    char topic[64];
    unsigned char frame[ACKNOWLEDGEMENT_SIZE] = {'k', 2};
    for (int64_t number = 0; number < count && number < sensors; number++) {
        int64_t sensor = (self->stored_count + number) % sensors;
        snprintf(
            topic, sizeof topic, "kawamori/v1/bench-%lld/stage-%lld/ack",
            (long long)(sensor / 20 + 1), (long long)(sensor % 20 + 1));
        int code = mosquitto_publish(
            self->speaker, NULL, topic, sizeof frame, frame, 1, false);
        if (code != MOSQ_ERR_SUCCESS)
            return peer_fail(self->why, "acknowledge: %s", mosquitto_strerror(code));
    }
    return true;
}

static bool commit(program *self) {
    int64_t count = peer_store_waiting(self->store);
    if (!peer_store_commit(self->store, self->why)) return false;
    if (self->settings->has_devices && !acknowledge(self, count)) return false;
    self->stored_count += count;
    return true;
}

static bool check(program *self, int code, const char *what) {
    if (code == MOSQ_ERR_SUCCESS) return true;
    return peer_fail(self->why, "%s: %s", what, mosquitto_strerror(code));
}

static bool open_clients(program *self) {
    mosquitto_lib_init();
    self->session = mosquitto_new("kawamori-peer", false, self);
    self->speaker = mosquitto_new("kawamori-peer-publisher", true, NULL);
    if (self->session == NULL || self->speaker == NULL)
        return peer_fail(self->why, "no memory for two clients");
    mosquitto_threaded_set(self->session, true);
    mosquitto_connect_callback_set(self->session, connected);
    mosquitto_subscribe_callback_set(self->session, subscribed);
    mosquitto_message_callback_set(self->session, received);
    int port = self->settings->port;
    return check(
               self,
               mosquitto_connect(self->session, "127.0.0.1", port, KEEP_ALIVE_SECONDS),
               "connect")
        && check(self, mosquitto_loop_start(self->speaker), "start the speaker")
        && check(
               self,
               mosquitto_connect_async(self->speaker, "127.0.0.1", port, KEEP_ALIVE_SECONDS),
               "connect the speaker");
}

/// Sleeps until the socket or the clock has something to say, and reads what has come.
static bool wait_and_read(program *self, bool is_settled, int64_t deadline) {
    struct pollfd descriptor = {
        .fd = mosquitto_socket(self->session), .events = POLLIN};
    if (descriptor.fd < 0) return peer_fail(self->why, "the connection is closed");
    if (is_settled && mosquitto_want_write(self->session)) descriptor.events |= POLLOUT;
    int64_t left = deadline - peer_now() + 999999;
    poll(&descriptor, 1, left > 0 ? (int)(left / 1000000) : 0);
    if ((descriptor.revents & (POLLIN | POLLERR | POLLHUP)) == 0) return true;
    if (!check(self, mosquitto_loop_read(self->session, 1), "read") || self->has_failed)
        return false;
    if (!self->is_connected) return true;
    self->is_connected = false;
    return check(
        self, mosquitto_subscribe(self->session, NULL, "kawamori/v1/+/+/data", 1),
        "subscribe");
}

static bool serve(program *self) {
    const peer_settings *settings = self->settings;
    int64_t pause_count = settings->inflight_window / 2 > 1 ? settings->inflight_window / 2 : 1;
    int64_t next_misc = peer_now() + 1000000000;
    while (!is_stopped) {
        int64_t now = peer_now(), waiting = peer_store_waiting(self->store);
        int64_t due = self->oldest + settings->commit_window_nanoseconds;
        if (waiting >= pause_count || (waiting > 0 && now >= due)) {
            if (!commit(self)) return false;
            waiting = 0;
        }
        bool is_settled = waiting == 0;
        if (is_settled && mosquitto_want_write(self->session)
            && !check(self, mosquitto_loop_write(self->session, 1), "write"))
            return false;
        int64_t deadline = !is_settled && due < next_misc ? due : next_misc;
        if (!wait_and_read(self, is_settled, deadline)) return false;
        if (self->is_subscribed) {
            self->is_subscribed = false;
            puts("ready");
            fflush(stdout);
        }
        if (peer_now() < next_misc) continue;
        next_misc += 1000000000;
        if (!check(self, mosquitto_loop_misc(self->session), "keep alive")) return false;
    }
    return commit(self);
}

bool peer_serve(const peer_settings *settings, char *why) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = stop;
    sigaction(SIGTERM, &action, NULL);
    program self = {.settings = settings, .why = why};
    self.store = peer_store_open(
        settings->database, settings->sensor_count, settings->has_devices, why);
    if (self.store == NULL) return false;
    bool is_well = open_clients(&self) && serve(&self);
    if (self.speaker != NULL) {
        mosquitto_disconnect(self.speaker);
        mosquitto_loop_stop(self.speaker, true);
        mosquitto_destroy(self.speaker);
    }
    mosquitto_destroy(self.session);
    mosquitto_lib_cleanup();
    peer_store_close(self.store);
    return is_well;
}
