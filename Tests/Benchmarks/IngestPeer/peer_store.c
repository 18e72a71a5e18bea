// The rows that kawamori writes for readings, by SQLite's C functions.
//
// The same as kawamori: the schema (it has made the file), every PRAGMA, one transaction for each
// commit with its look at the ledger's newest row, the 23 columns of `recent`, and for firmware
// devices the row of a device and of its boot, at its first reading and after each 128th.
//
// Not the same: the values are made up here, of the same kinds and lengths; nothing is known of what
// came before, so nothing is looked up, judged or remembered; and the statement is executed row by row
// as it comes, where kawamori gathers a batch first.
#define _GNU_SOURCE
#include "ingest_peer.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

// Readings of a device after which kawamori writes its row again.
enum { READINGS_PER_DEVICE_ROW = 128 };
// The flags of the shipped station file's checks, all of them good.
static const int64_t REPORT = 137726267394;

struct peer_store {
    sqlite3 *database;
    sqlite3_stmt *begin, *commit, *newest_loss, *reading, *device, *forget_track, *track;
    int64_t sensor_count, boot, row, count, waiting;
    bool has_devices;
};

static const char settings[] =
    "PRAGMA foreign_keys = ON;"
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA wal_autocheckpoint = 4096;"
    "PRAGMA journal_size_limit = 16777216;";

static const char insert_reading[] =
    "INSERT INTO recent (row, channel, boot, received_ns, received_ms, clock, device_ms, time_ms,"
    " raw, value, flag, report, error, calibration, identity, id_boot, id_sequence, marks, device,"
    " spread, burst, recalibrations, final_report)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

static const char save_device[] =
    "INSERT INTO device (id, state, adopted_as, places, first_ms, last_ms, boot, sequence,"
    " battery_mv, signal_dbm, key_id, command_counter, frames, duplicates, conflicts,"
    " authentication_failed, quarantined, refused, missing, filled, lost, report)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
    " ON CONFLICT (id) DO UPDATE SET state = excluded.state, adopted_as = excluded.adopted_as,"
    " places = excluded.places, first_ms = excluded.first_ms, last_ms = excluded.last_ms,"
    " boot = excluded.boot, sequence = excluded.sequence, battery_mv = excluded.battery_mv,"
    " signal_dbm = excluded.signal_dbm, key_id = excluded.key_id,"
    " command_counter = excluded.command_counter, frames = excluded.frames,"
    " duplicates = excluded.duplicates, conflicts = excluded.conflicts,"
    " authentication_failed = excluded.authentication_failed,"
    " quarantined = excluded.quarantined, refused = excluded.refused,"
    " missing = excluded.missing, filled = excluded.filled, lost = excluded.lost,"
    " report = excluded.report";

static const char save_track[] =
    "INSERT INTO device_track (device, sensor, boot, place, floor, floor_settled, next, newest_ms,"
    " missing) VALUES (?,?,?,?,?,?,?,?,?)";

static bool refuse(peer_store *store, const char *what, char *why) {
    return peer_fail(why, "%s: %s", what, sqlite3_errmsg(store->database));
}

static sqlite3_stmt *prepare(peer_store *store, const char *sql) {
    sqlite3_stmt *statement = NULL;
    sqlite3_prepare_v3(
        store->database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
    return statement;
}

static bool step(peer_store *store, sqlite3_stmt *statement, char *why) {
    int code = sqlite3_step(statement);
    bool is_done = code == SQLITE_DONE || code == SQLITE_ROW;
    if (!is_done) refuse(store, sqlite3_sql(statement), why);
    sqlite3_reset(statement);
    return is_done;
}

static bool read_number(peer_store *store, const char *sql, int64_t *number) {
    sqlite3_stmt *statement = prepare(store, sql);
    bool is_read = statement != NULL && sqlite3_step(statement) == SQLITE_ROW;
    if (is_read) *number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return is_read;
}

static bool prepare_all(peer_store *store) {
    return (store->begin = prepare(store, "BEGIN IMMEDIATE TRANSACTION")) != NULL
        && (store->commit = prepare(store, "COMMIT TRANSACTION")) != NULL
        && (store->newest_loss = prepare(store, "SELECT max(row) FROM loss")) != NULL
        && (store->reading = prepare(store, insert_reading)) != NULL
        && (store->device = prepare(store, save_device)) != NULL
        && (store->forget_track =
                prepare(store, "DELETE FROM device_track WHERE device = ?")) != NULL
        && (store->track = prepare(store, save_track)) != NULL;
}

peer_store *peer_store_open(
    const char *path, int64_t sensor_count, bool has_devices, char *why) {
    peer_store *store = calloc(1, sizeof *store);
    if (store == NULL) abort();
    store->sensor_count = sensor_count;
    store->has_devices = has_devices;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &store->database, flags, NULL) == SQLITE_OK
        && sqlite3_busy_timeout(store->database, 5000) == SQLITE_OK
        && sqlite3_exec(store->database, settings, NULL, NULL, NULL) == SQLITE_OK
        && read_number(store, "SELECT max(id) FROM boot", &store->boot)
        && read_number(store, "SELECT coalesce(max(row), 0) FROM recent", &store->row)
        && prepare_all(store))
        return store;
    refuse(store, path, why);
    peer_store_close(store);
    return NULL;
}

static int64_t civil_milliseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/// Writes the row of the device that has just spoken; its boot has one after its first reading.
static bool write_device(peer_store *store, int64_t sensor, int64_t number, char *why) {
    int64_t id = 0x70b3d57ed0000000 + sensor, now = civil_milliseconds();
    char place[64];
    snprintf(
        place, sizeof place, "bench-%lld.stage-%lld", (long long)(sensor / 20 + 1),
        (long long)(sensor % 20 + 1));
    sqlite3_stmt *device = store->device;
    sqlite3_bind_int64(device, 1, id);
    sqlite3_bind_text(device, 2, "known", -1, SQLITE_STATIC);
    sqlite3_bind_null(device, 3);
    sqlite3_bind_text(device, 4, place, -1, SQLITE_STATIC);
    sqlite3_bind_int64(device, 5, now - 1000);
    sqlite3_bind_int64(device, 6, now);
    sqlite3_bind_int64(device, 7, 2);
    sqlite3_bind_int64(device, 8, number);
    sqlite3_bind_int64(device, 9, 3600);
    sqlite3_bind_int64(device, 10, 0);
    sqlite3_bind_null(device, 11);
    sqlite3_bind_int64(device, 12, 0);
    sqlite3_bind_int64(device, 13, number + 1);
    for (int column = 14; column <= 21; column++) sqlite3_bind_int64(device, column, 0);
    sqlite3_bind_null(device, 22);
    sqlite3_bind_int64(store->forget_track, 1, id);
    if (!step(store, device, why) || !step(store, store->forget_track, why)) return false;
    if (number == 0) return true;
    sqlite3_stmt *track = store->track;
    sqlite3_bind_int64(track, 1, id);
    sqlite3_bind_text(track, 2, place, -1, SQLITE_STATIC);
    sqlite3_bind_int64(track, 3, 2);
    sqlite3_bind_int64(track, 4, 0);
    sqlite3_bind_int64(track, 5, 0);
    sqlite3_bind_int64(track, 6, 1);
    sqlite3_bind_int64(track, 7, number + 1);
    sqlite3_bind_int64(track, 8, now);
    sqlite3_bind_text(track, 9, "", -1, SQLITE_STATIC);
    return step(store, track, why);
}

bool peer_store_insert(peer_store *store, char *why) {
    if (store->waiting == 0 && !step(store, store->begin, why)) return false;
    int64_t sensor = store->count % store->sensor_count;
    int64_t number = store->count / store->sensor_count;
    int64_t now = civil_milliseconds();
    double raw = 2500 + (double)(store->count * 40503 >> 7 & 15);
    sqlite3_stmt *reading = store->reading;
    sqlite3_bind_int64(reading, 1, store->row + 1);
    sqlite3_bind_int64(reading, 2, sensor + 1);
    sqlite3_bind_int64(reading, 3, store->boot);
    sqlite3_bind_int64(reading, 4, peer_now());
    sqlite3_bind_int64(reading, 5, now);
    sqlite3_bind_int64(reading, 6, 2);
    sqlite3_bind_int64(reading, 7, now - 1000);
    sqlite3_bind_int64(reading, 8, now - 1000);
    sqlite3_bind_double(reading, 9, raw);
    sqlite3_bind_double(reading, 10, 3.2 - 0.001 * raw);
    sqlite3_bind_int64(reading, 11, 1);
    sqlite3_bind_int64(reading, 12, REPORT);
    sqlite3_bind_int64(reading, 13, 0);
    sqlite3_bind_int64(reading, 14, 1);
    sqlite3_bind_int64(reading, 15, 1);
    sqlite3_bind_int64(reading, 16, 2);
    sqlite3_bind_int64(reading, 17, number);
    sqlite3_bind_int64(reading, 18, 0);
    if (store->has_devices) {
        sqlite3_bind_int64(reading, 19, 0x70b3d57ed0000000 + sensor);
    } else {
        sqlite3_bind_null(reading, 19);
    }
    for (int column = 20; column <= 23; column++) sqlite3_bind_null(reading, column);
    if (!step(store, reading, why)) return false;
    if (store->has_devices && number % READINGS_PER_DEVICE_ROW == 0
        && !write_device(store, sensor, number, why))
        return false;
    store->row++;
    store->count++;
    store->waiting++;
    return true;
}

bool peer_store_commit(peer_store *store, char *why) {
    if (store->waiting == 0) return true;
    if (!step(store, store->newest_loss, why) || !step(store, store->commit, why)) return false;
    store->waiting = 0;
    return true;
}

int64_t peer_store_waiting(const peer_store *store) { return store->waiting; }

void peer_store_close(peer_store *store) {
    sqlite3_stmt *statements[] = {store->begin,  store->commit,       store->newest_loss,
                                  store->reading, store->device,      store->forget_track,
                                  store->track};
    for (size_t index = 0; index < sizeof statements / sizeof *statements; index++)
        sqlite3_finalize(statements[index]);
    sqlite3_close(store->database);
    free(store);
}
