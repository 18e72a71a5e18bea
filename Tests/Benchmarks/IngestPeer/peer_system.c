#define _GNU_SOURCE
#include "ingest_peer.h"

#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/vfs.h>
#include <time.h>

static int64_t nanoseconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t peer_now(void) { return nanoseconds(CLOCK_MONOTONIC); }

int64_t peer_thread_nanoseconds(void) { return nanoseconds(CLOCK_THREAD_CPUTIME_ID); }

void peer_sleep_until(int64_t nanoseconds) {
    struct timespec time = {
        .tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) != 0) {
    }
}

bool peer_fail(char *why, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, PEER_WHY_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

bool peer_is_in_memory(const char *path) {
    struct statfs facts;
    return statfs(path, &facts) == 0
        && (facts.f_type == TMPFS_MAGIC || facts.f_type == RAMFS_MAGIC);
}
