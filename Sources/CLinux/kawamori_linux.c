#define _GNU_SOURCE
#include "kawamori_linux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

bool kawamori_clock_is_synchronised(void) {
    struct timex request = {.modes = 0};
    int state = adjtimex(&request);
    // A refused call (EPERM under ProtectClock=) tells nothing: the clock counts as unknown.
    return state >= 0 && state != TIME_ERROR && (request.status & STA_UNSYNC) == 0;
}

int64_t kawamori_clock_error_microseconds(void) {
    struct timex request = {.modes = 0};
    int state = adjtimex(&request);
    if (state < 0 || state == TIME_ERROR || (request.status & STA_UNSYNC) != 0) return -1;
    return request.maxerror;
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

int32_t kawamori_spawn(
    const char *path, const char *arguments, size_t count, int32_t descriptor) {
    char *list[16] = {NULL};
    if (count == 0 || count > 15) {
        errno = EINVAL;
        return -1;
    }
    for (size_t index = 0; index < count; index++) {
        // posix_spawn(3) writes to none of them; its type is older than const.
        list[index] = (char *)arguments;
        arguments += strlen(arguments) + 1;
    }
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    int error = posix_spawnattr_init(&attributes);
    if (error != 0) {
        errno = error;
        return -1;
    }
    error = posix_spawn_file_actions_init(&actions);
    if (error != 0) {
        posix_spawnattr_destroy(&attributes);
        errno = error;
        return -1;
    }
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    error = posix_spawn_file_actions_adddup2(&actions, descriptor, 0);
    if (error == 0) error = posix_spawn_file_actions_adddup2(&actions, descriptor, 1);
    // libmosquitto's sockets, for one, are not close-on-exec.
    if (error == 0) error = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    pid_t child = -1;
    if (error == 0) error = posix_spawn(&child, path, &actions, &attributes, list, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    errno = error;
    return error == 0 ? child : -1;
}

int32_t kawamori_reap(int32_t child) {
    int status = 0;
    pid_t ended;
    do ended = waitpid(child, &status, 0);
    while (ended < 0 && errno == EINTR);
    if (ended != child) return 128;
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

bool kawamori_signal_at_parents_end(int32_t signal) {
    return prctl(PR_SET_PDEATHSIG, (unsigned long)signal, 0, 0, 0) == 0;
}

static int ending_descriptor = -1;

static void tell_ending(int number) {
    int error = errno;
    char byte = (char)number;
    // A full pipe holds a byte already, which says enough.
    ssize_t ignored = write(ending_descriptor, &byte, 1);
    (void)ignored;
    errno = error;
}

int32_t kawamori_catch_ending_signals(void) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
    ending_descriptor = ends[1];
    struct sigaction action = {.sa_handler = tell_ending};
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    return ends[0];
}

int32_t kawamori_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void kawamori_futex_wait(const void *word, uint32_t expected, int64_t timeout_nanoseconds) {
    struct timespec timeout = {
        .tv_sec = timeout_nanoseconds / 1000000000, .tv_nsec = timeout_nanoseconds % 1000000000};
    // Whatever ends the sleep (a wake-up, a changed word, the time, a signal), the caller looks again.
    syscall(
        SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, timeout_nanoseconds < 0 ? NULL : &timeout,
        NULL, 0);
}

void kawamori_futex_wake(const void *word) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
