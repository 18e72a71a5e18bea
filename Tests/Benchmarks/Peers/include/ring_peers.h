// What the ring is measured against, and what the measurements share. Every peer runs its whole loop
// here, in its own language, compiled with -O3; see Package.swift.
#ifndef RING_PEERS_H
#define RING_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One item of the peers: the fields of a Sample, in its order; 64 bytes.
typedef struct {
    double raw_value;
    int64_t received_monotonic;
    int64_t received_utc;
    int64_t device_time;
    uint32_t channel;
    uint32_t boot_counter;
    uint32_t sequence;
    uint16_t marks;
    uint16_t error_code;
    uint16_t battery;
    uint16_t quality;
    uint32_t burst;
    uint64_t device_id;
} peer_item;

/// What one run gave.
typedef struct {
    /// From the common start to the end of the later thread.
    int64_t nanoseconds;
    /// Items whose content was not what their number asks for; must be 0.
    int64_t wrong_count;
} peer_result;

/// Runs two bodies on two threads, each on a core of its own where there are two, and times them from
/// the moment both stand ready. The bodies return how many items they found wrong.
peer_result peer_run_pair(
    int64_t (*producer)(void *), int64_t (*consumer)(void *), void *context);

/// Has the kernel prefer this process to all ordinary ones (SCHED_FIFO), so that what the machine does
/// besides does not take the cores away; returns whether that was allowed.
bool peer_run_in_real_time(void);

/// Nanoseconds that `peer_linger` lasts.
enum { PEER_LINGER_NANOSECONDS = 20000 };

/// Keeps the core busy for so long that the other side has certainly fallen asleep.
void peer_linger(void);

/// How a thread waits for the other: so many pauses between two looks.
typedef int64_t peer_patience;

/// Boost.Lockfree's spsc_queue: push, and pop or consume_one, item by item.
peer_result boost_one_by_one(
    int64_t count, int64_t capacity, bool consumes_in_place, peer_patience patience);

/// Boost.Lockfree's spsc_queue: push of an array of `batch` items, and consume_all.
peer_result boost_batches(
    int64_t count, int64_t capacity, int64_t batch, peer_patience patience);

/// Copies from core to core: `buffers` buffers of `batch` items, each with a flag in a cache line of its
/// own. One thread fills a buffer where it lies and hands it over, the other reads it and hands it back.
peer_result copy_buffers(
    int64_t count, int64_t buffers, int64_t batch, peer_patience patience);

/// Two threads pass a number to and fro through one atomic word for each direction.
peer_result atomic_ping_pong(int64_t rounds);

/// The same with threads that sleep on a futex each, and linger before each number.
peer_result futex_ping_pong(int64_t rounds);

/// The same with threads that sleep in poll(2) on an eventfd each, and linger before each number.
peer_result eventfd_ping_pong(int64_t rounds);

#ifdef __cplusplus
}
#endif

#endif
