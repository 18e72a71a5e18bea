#include "ingest_peer.h"

#include <sqlite3.h>
#include <stdlib.h>

struct peer_reader {
    sqlite3 *database;
    sqlite3_stmt *question;
};

peer_reader *peer_reader_open(const char *path, const char *sql, char *why) {
    peer_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) abort();
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &reader->database, flags, NULL) == SQLITE_OK
        && sqlite3_busy_timeout(reader->database, 5000) == SQLITE_OK
        && sqlite3_prepare_v2(reader->database, sql, -1, &reader->question, NULL) == SQLITE_OK)
        return reader;
    peer_fail(why, "%s: %s", path, sqlite3_errmsg(reader->database));
    peer_reader_close(reader);
    return NULL;
}

int64_t peer_reader_number(peer_reader *reader, char *why) {
    int64_t number = -1;
    if (sqlite3_step(reader->question) == SQLITE_ROW) {
        number = sqlite3_column_int64(reader->question, 0);
    } else {
        peer_fail(
            why, "%s: %s", sqlite3_sql(reader->question), sqlite3_errmsg(reader->database));
    }
    sqlite3_reset(reader->question);
    return number;
}

bool peer_reader_watch(
    peer_reader *reader, int64_t first, int64_t count, int64_t interval_nanoseconds,
    int64_t limit_nanoseconds, int64_t *seen_nanoseconds, char *why) {
    int64_t next = peer_now(), end = next + limit_nanoseconds, seen = 0;
    while (seen < count) {
        int64_t number = peer_reader_number(reader, why), now = peer_now();
        if (number < 0) return false;
        int64_t reached = number - first < count ? number - first : count;
        for (; seen < reached; seen++)
            if (seen_nanoseconds != NULL) seen_nanoseconds[seen] = now;
        if (seen == count) return true;
        if (now > end)
            return peer_fail(
                why, "%lld of %lld rows came in time", (long long)seen, (long long)count);
        next += interval_nanoseconds;
        if (next < now) next = now;
        peer_sleep_until(next);
    }
    return true;
}

void peer_reader_close(peer_reader *reader) {
    sqlite3_finalize(reader->question);
    sqlite3_close(reader->database);
    free(reader);
}
