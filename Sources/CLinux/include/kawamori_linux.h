// What Linux offers and Swift's Glibc module does not show, or shows in a type that another C module
// shows too (struct timespec); and the processor's hints, for which Swift has no words. Nothing else
// belongs here.
#ifndef KAWAMORI_LINUX_H
#define KAWAMORI_LINUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Whether the kernel's clock is being disciplined, by adjtimex(2) without changing anything.
bool kawamori_clock_is_synchronised(void);

/// The greatest error of a synchronised clock in microseconds, as the kernel reckons it; -1 where the
/// clock is not synchronised. By adjtimex(2) without changing anything.
int64_t kawamori_clock_error_microseconds(void);

/// Names the calling thread for top(1) and gdb(1), by pthread_setname_np(3); at most 15 bytes.
void kawamori_name_thread(const char *name);

/// CLOCK_MONOTONIC in nanoseconds, by clock_gettime(2).
int64_t kawamori_monotonic_nanoseconds(void);

/// CLOCK_REALTIME in nanoseconds since 1970, by clock_gettime(2).
int64_t kawamori_realtime_nanoseconds(void);

/// Starts a program by posix_spawn(3); `descriptor` becomes its standard input and output, standard
/// error stays ours, and no other descriptor and no blocked or ignored signal is passed on.
///
/// `arguments` holds `count` texts one after the other, each with its 0, the program's name first; at
/// most 15. Returns the child's number, or -1 with the reason in errno.
int32_t kawamori_spawn(
    const char *path, const char *arguments, size_t count, int32_t descriptor);

/// Waits until a child has ended and takes it off the process table, by waitpid(2). Returns its exit
/// code, or minus the signal that ended it; 128 where somebody else took it.
int32_t kawamori_reap(int32_t child);

/// Has the kernel send `signal` to this process when the thread that started it ends, by prctl(2);
/// returns whether that could be done.
bool kawamori_signal_at_parents_end(int32_t signal);

/// From now on SIGTERM, SIGINT and SIGHUP end nothing, but make the descriptor that is returned
/// readable: one byte, the signal's number. SIGPIPE is ignored. Returns -1 with errno. Once for each
/// process.
int32_t kawamori_catch_ending_signals(void);

/// A counter of the kernel that poll(2) can watch, by eventfd(2): not blocking, closed on exec. Returns
/// the descriptor, or -1 with errno.
int32_t kawamori_eventfd(void);

/// Sleeps while `*word` is `expected`, by futex(2), private to this process, for at most so many
/// nanoseconds; for ever where they are negative. Returns early for a wake-up, a signal, or no reason.
void kawamori_futex_wait(const void *word, uint32_t expected, int64_t timeout_nanoseconds);

/// Wakes one thread that sleeps on `word`, by futex(2).
void kawamori_futex_wake(const void *word);

/// Tells the core that this is a loop that waits for another core: it saves power, lets a sibling
/// thread run, and keeps the core from running ahead with loads that it must throw away.
static inline void kawamori_spin_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    __asm__ volatile("yield" ::: "memory");
#else
    __asm__ volatile("" ::: "memory");
#endif
}

/// Asks for the cache line of an address ahead of time, to write it: the other cores lose their copies.
/// A hint; it changes nothing that a program can see, and any address will do.
static inline void kawamori_prefetch_to_write(const void *address) {
#if defined(__x86_64__)
    // PREFETCHW, which the compiler would use only for processors that it is told of; for older ones
    // it means nothing.
    __asm__ volatile("prefetchw %0" : : "m"(*(const char *)address));
#else
    __builtin_prefetch(address, 1, 3);
#endif
}

#endif
