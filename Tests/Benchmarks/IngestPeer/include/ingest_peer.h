// What the gateway is measured against: a C program on libmosquitto and SQLite that acknowledges after
// the same commits and writes the same rows, but neither decodes what comes nor judges it. Beside it,
// what a measurement needs: a publisher, an eye on a database, and one request to a web server.
//
// Every function that can fail writes its reason into `why`, a text of PEER_WHY_SIZE bytes.
#ifndef INGEST_PEER_H
#define INGEST_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PEER_WHY_SIZE = 256 };

// MARK: Rows

/// A database that kawamori has made, open for writing with kawamori's settings.
typedef struct peer_store peer_store;

/// Opens the database; NULL on failure. `sensor_count` sensors speak in turn, on the channels from 1
/// on. With `has_devices` their readings are those of firmware devices, which have rows of their own.
peer_store *peer_store_open(
    const char *path, int64_t sensor_count, bool has_devices, char *why);

/// Writes the next reading; begins a transaction where none is open.
bool peer_store_insert(peer_store *store, char *why);

/// Makes everything durable that was written since the last commit.
bool peer_store_commit(peer_store *store, char *why);

/// Readings that were written and not committed.
int64_t peer_store_waiting(const peer_store *store);

/// Gives everything back; what was not committed is gone.
void peer_store_close(peer_store *store);

// MARK: The program

typedef struct {
    const char *database;
    uint16_t port;
    int64_t sensor_count;
    bool has_devices;
    /// The broker's in-flight window; at half of it the program commits.
    int64_t inflight_window;
    /// How long a message may wait for its commit, in nanoseconds.
    int64_t commit_window_nanoseconds;
} peer_settings;

/// Serves until SIGTERM, and says `ready` on standard output once the broker has granted the
/// subscription. Returns whether all went well.
bool peer_serve(const peer_settings *settings, char *why);

// MARK: A publisher

typedef struct peer_publisher peer_publisher;

/// Connects to a broker on 127.0.0.1; NULL on failure.
peer_publisher *peer_publisher_open(uint16_t port, char *why);

/// Keeps a copy of a message for sending.
bool peer_publisher_add(
    peer_publisher *publisher, const char *topic, const uint8_t *payload, size_t length,
    char *why);

/// Sends `count` of the kept messages from `first` on with QoS 1, one each `interval_nanoseconds`, or
/// as fast as the broker takes them where that is 0, and waits for all confirmations. Where
/// `published_nanoseconds` is not NULL, the monotonic time of each goes there.
bool peer_publisher_send(
    peer_publisher *publisher, int64_t first, int64_t count, int64_t interval_nanoseconds,
    int64_t *published_nanoseconds, char *why);

/// Disconnects.
void peer_publisher_close(peer_publisher *publisher);

// MARK: An eye on a database

typedef struct peer_reader peer_reader;

/// Opens a database for reading, with one question that is answered by one number; NULL on failure.
peer_reader *peer_reader_open(const char *path, const char *sql, char *why);

/// The answer now: 0 where it is NULL, -1 on failure.
int64_t peer_reader_number(peer_reader *reader, char *why);

/// Asks every `interval_nanoseconds` until the answer is `first` + `count` or more, and notes for each
/// number from `first` + 1 on the monotonic time at which it was first reached; nothing where
/// `seen_nanoseconds` is NULL. Fails after `limit_nanoseconds`.
bool peer_reader_watch(
    peer_reader *reader, int64_t first, int64_t count, int64_t interval_nanoseconds,
    int64_t limit_nanoseconds, int64_t *seen_nanoseconds, char *why);

/// Gives the connection back.
void peer_reader_close(peer_reader *reader);

// MARK: A request

/// Asks a web server on 127.0.0.1 for `path`, with `token` as bearer where it is not NULL. The body
/// goes into `body`, which holds `capacity` bytes, as far as it fits, and its whole length into
/// `*length`. Returns the status, or -1.
int peer_get(
    uint16_t port, const char *path, const char *token, char *body, size_t capacity,
    size_t *length, char *why);

// MARK: Shared by the parts

/// CLOCK_MONOTONIC in nanoseconds.
int64_t peer_now(void);

/// How long the calling thread has been on a core, in nanoseconds.
int64_t peer_thread_nanoseconds(void);

/// Sleeps until a moment of CLOCK_MONOTONIC.
void peer_sleep_until(int64_t nanoseconds);

/// Whether a file or folder lies on a file system in memory.
bool peer_is_in_memory(const char *path);

/// Writes a reason and gives back false.
__attribute__((format(printf, 2, 3))) bool peer_fail(char *why, const char *format, ...);

#endif
