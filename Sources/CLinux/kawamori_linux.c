#define _GNU_SOURCE
#include "kawamori_linux.h"

#include <pthread.h>
#include <sys/timex.h>
#include <time.h>

bool kawamori_clock_is_synchronised(void) {
    struct timex request = {.modes = 0};
    int state = adjtimex(&request);
    // A refused call (EPERM under ProtectClock=) tells nothing: the clock counts as unknown.
    return state >= 0 && state != TIME_ERROR && (request.status & STA_UNSYNC) == 0;
}

void kawamori_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

static int64_t nanoseconds(clockid_t clock) {
    struct timespec time;
    // Every Linux has these clocks and the address is good, so that the call cannot fail.
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t kawamori_monotonic_nanoseconds(void) { return nanoseconds(CLOCK_MONOTONIC); }

int64_t kawamori_realtime_nanoseconds(void) { return nanoseconds(CLOCK_REALTIME); }
