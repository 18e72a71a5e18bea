// The content of an item, and its check: the same fields and the same arithmetic as in BenchSample.swift.
#ifndef PEER_ITEM_H
#define PEER_ITEM_H

#include "ring_peers.h"

static inline void peer_fill(peer_item *item, int64_t number) {
    item->raw_value = (double)number;
    item->received_monotonic = number * 11;
    item->received_utc = 1500;
    item->device_time = -1500;
    item->channel = 7;
    item->boot_counter = ~(uint32_t)number;
    item->sequence = (uint32_t)number;
    item->marks = 2;
    item->error_code = (uint16_t)number;
    item->battery = (uint16_t)(number >> 4);
    item->quality = 0;
    item->burst = 0;
    item->device_id = (uint64_t)number ^ UINT64_C(0x9E3779B97F4A7C15);
}

/// Whether the content is not that of the number.
static inline int64_t peer_is_wrong(const peer_item *item, int64_t number) {
    return !((item->raw_value == (double)number) & (item->received_monotonic == number * 11)
             & (item->received_utc == 1500) & (item->device_time == -1500)
             & (item->channel == 7) & (item->boot_counter == ~(uint32_t)number)
             & (item->sequence == (uint32_t)number) & (item->marks == 2)
             & (item->error_code == (uint16_t)number)
             & (item->battery == (uint16_t)(number >> 4)) & (item->quality == 0)
             & (item->burst == 0)
             & (item->device_id == ((uint64_t)number ^ UINT64_C(0x9E3779B97F4A7C15))));
}

static inline void peer_pause(peer_patience patience) {
    for (peer_patience index = 0; index < patience; index++) {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        __asm__ volatile("yield" ::: "memory");
#endif
    }
}

#endif
