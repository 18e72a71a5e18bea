#define _GNU_SOURCE
#include "peer_item.h"

#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// MARK: Two threads

typedef struct {
    int64_t (*body)(void *);
    void *context;
    atomic_int *ready;
    int64_t start, end, wrong;
} side;

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void *run_side(void *pointer) {
    side *self = pointer;
    atomic_fetch_add(self->ready, 1);
    while (atomic_load(self->ready) < 2) peer_pause(1);
    self->start = now();
    self->wrong = self->body(self->context);
    self->end = now();
    return NULL;
}

/// Starts a thread on one core of those that we may use: the first, or the last.
static pthread_t start_side(side *side, bool on_last_core) {
    cpu_set_t allowed, one;
    CPU_ZERO(&one);
    sched_getaffinity(0, sizeof allowed, &allowed);
    int chosen = -1;
    for (int core = 0; core < CPU_SETSIZE; core++)
        if (CPU_ISSET(core, &allowed) && (chosen < 0 || on_last_core)) chosen = core;
    CPU_SET(chosen, &one);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setaffinity_np(&attributes, sizeof one, &one);
    pthread_t thread;
    if (pthread_create(&thread, &attributes, run_side, side) != 0) abort();
    pthread_attr_destroy(&attributes);
    return thread;
}

peer_result peer_run_pair(
    int64_t (*producer)(void *), int64_t (*consumer)(void *), void *context) {
    atomic_int ready = 0;
    side sides[2] = {{producer, context, &ready, 0, 0, 0}, {consumer, context, &ready, 0, 0, 0}};
    pthread_t threads[2] = {start_side(&sides[0], false), start_side(&sides[1], true)};
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    int64_t start = sides[0].start < sides[1].start ? sides[0].start : sides[1].start;
    int64_t end = sides[0].end > sides[1].end ? sides[0].end : sides[1].end;
    return (peer_result){end - start, sides[0].wrong + sides[1].wrong};
}

bool peer_run_in_real_time(void) {
    struct sched_param priority = {.sched_priority = 1};
    return sched_setscheduler(0, SCHED_FIFO, &priority) == 0;
}

void peer_linger(void) {
    const int64_t end = now() + PEER_LINGER_NANOSECONDS;
    while (now() < end) peer_pause(1);
}

// MARK: A copy from core to core

typedef struct {
    _Alignas(128) atomic_int is_full;
} flag;

typedef struct {
    flag *flags;
    peer_item *items;
    int64_t count, buffers, batch;
    peer_patience patience;
} copy;

static int64_t fill_buffers(void *context) {
    copy run = *(copy *)context;
    int64_t buffer = 0;
    for (int64_t number = 0; number < run.count; number += run.batch) {
        atomic_int *is_full = &run.flags[buffer].is_full;
        while (atomic_load_explicit(is_full, memory_order_acquire))
            peer_pause(run.patience);
        peer_item *items = run.items + buffer * run.batch;
        for (int64_t index = 0; index < run.batch; index++)
            peer_fill(items + index, number + index);
        atomic_store_explicit(is_full, 1, memory_order_release);
        if (++buffer == run.buffers) buffer = 0;
    }
    return 0;
}

static int64_t read_buffers(void *context) {
    copy run = *(copy *)context;
    int64_t buffer = 0, wrong = 0;
    for (int64_t number = 0; number < run.count; number += run.batch) {
        atomic_int *is_full = &run.flags[buffer].is_full;
        while (!atomic_load_explicit(is_full, memory_order_acquire))
            peer_pause(run.patience);
        const peer_item *items = run.items + buffer * run.batch;
        for (int64_t index = 0; index < run.batch; index++)
            wrong += peer_is_wrong(items + index, number + index);
        atomic_store_explicit(is_full, 0, memory_order_release);
        if (++buffer == run.buffers) buffer = 0;
    }
    return wrong;
}

peer_result copy_buffers(
    int64_t count, int64_t buffers, int64_t batch, peer_patience patience) {
    copy run = {
        .flags = aligned_alloc(128, buffers * sizeof(flag)),
        .items = aligned_alloc(128, buffers * batch * sizeof(peer_item)),
        .count = count, .buffers = buffers, .batch = batch, .patience = patience};
    for (int64_t index = 0; index < buffers; index++) atomic_init(&run.flags[index].is_full, 0);
    for (int64_t index = 0; index < buffers * batch; index++) peer_fill(run.items + index, -1);
    peer_result result = peer_run_pair(fill_buffers, read_buffers, &run);
    free(run.flags);
    free(run.items);
    return result;
}

// MARK: To and fro

typedef struct {
    _Alignas(128) _Atomic uint32_t there;
    _Alignas(128) _Atomic uint32_t back;
    _Alignas(128) int64_t rounds;
    int there_descriptor, back_descriptor;
} table;

static inline void spin_until(_Atomic uint32_t *word, uint32_t number) {
    while (atomic_load_explicit(word, memory_order_acquire) != number) peer_pause(1);
}

static int64_t atomic_ping(void *context) {
    table *table = context;
    for (int64_t round = 1; round <= table->rounds; round++) {
        atomic_store_explicit(&table->there, (uint32_t)round, memory_order_release);
        spin_until(&table->back, (uint32_t)round);
    }
    return 0;
}

static int64_t atomic_pong(void *context) {
    table *table = context;
    for (int64_t round = 1; round <= table->rounds; round++) {
        spin_until(&table->there, (uint32_t)round);
        atomic_store_explicit(&table->back, (uint32_t)round, memory_order_release);
    }
    return 0;
}

static void post_futex(_Atomic uint32_t *word, uint32_t number) {
    atomic_store_explicit(word, number, memory_order_release);
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void sleep_until(_Atomic uint32_t *word, uint32_t number) {
    while (atomic_load_explicit(word, memory_order_acquire) != number)
        syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, number - 1, NULL, NULL, 0);
}

static int64_t futex_ping(void *context) {
    table *table = context;
    for (int64_t round = 1; round <= table->rounds; round++) {
        peer_linger();
        post_futex(&table->there, (uint32_t)round);
        sleep_until(&table->back, (uint32_t)round);
    }
    return 0;
}

static int64_t futex_pong(void *context) {
    table *table = context;
    for (int64_t round = 1; round <= table->rounds; round++) {
        sleep_until(&table->there, (uint32_t)round);
        peer_linger();
        post_futex(&table->back, (uint32_t)round);
    }
    return 0;
}

static void post_eventfd(int descriptor) {
    uint64_t one = 1;
    if (write(descriptor, &one, sizeof one) != sizeof one) abort();
}

static void poll_eventfd(int descriptor) {
    struct pollfd entry = {.fd = descriptor, .events = POLLIN};
    uint64_t count;
    while (poll(&entry, 1, -1) != 1) continue;
    if (read(descriptor, &count, sizeof count) != sizeof count) abort();
}

static int64_t eventfd_ping(void *context) {
    table *table = context;
    for (int64_t round = 1; round <= table->rounds; round++) {
        peer_linger();
        post_eventfd(table->there_descriptor);
        poll_eventfd(table->back_descriptor);
    }
    return 0;
}

static int64_t eventfd_pong(void *context) {
    table *table = context;
    for (int64_t round = 1; round <= table->rounds; round++) {
        poll_eventfd(table->there_descriptor);
        peer_linger();
        post_eventfd(table->back_descriptor);
    }
    return 0;
}

peer_result atomic_ping_pong(int64_t rounds) {
    table table = {.rounds = rounds};
    return peer_run_pair(atomic_ping, atomic_pong, &table);
}

peer_result futex_ping_pong(int64_t rounds) {
    table table = {.rounds = rounds};
    return peer_run_pair(futex_ping, futex_pong, &table);
}

peer_result eventfd_ping_pong(int64_t rounds) {
    table table = {
        .rounds = rounds, .there_descriptor = eventfd(0, EFD_NONBLOCK),
        .back_descriptor = eventfd(0, EFD_NONBLOCK)};
    peer_result result = peer_run_pair(eventfd_ping, eventfd_pong, &table);
    close(table.there_descriptor);
    close(table.back_descriptor);
    return result;
}
