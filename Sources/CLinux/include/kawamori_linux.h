// What Linux offers and Swift's Glibc module does not show, or shows in a type that another C module
// shows too (struct timespec). Nothing else belongs here.
#ifndef KAWAMORI_LINUX_H
#define KAWAMORI_LINUX_H

#include <stdbool.h>
#include <stdint.h>

/// Whether the kernel's clock is being disciplined, by adjtimex(2) without changing anything.
bool kawamori_clock_is_synchronised(void);

/// Names the calling thread for top(1) and gdb(1), by pthread_setname_np(3); at most 15 bytes.
void kawamori_name_thread(const char *name);

/// CLOCK_MONOTONIC in nanoseconds, by clock_gettime(2).
int64_t kawamori_monotonic_nanoseconds(void);

/// CLOCK_REALTIME in nanoseconds since 1970, by clock_gettime(2).
int64_t kawamori_realtime_nanoseconds(void);

#endif
