#include "peer_item.h"

#include <vector>

#include <boost/lockfree/spsc_queue.hpp>

namespace {

static_assert(sizeof(peer_item) == 64, "an item is one cache line, as a sample is");

using Queue = boost::lockfree::spsc_queue<peer_item>;

struct Run {
    Queue queue;
    int64_t count;
    int64_t batch;
    bool consumes_in_place;
    peer_patience patience;
};

int64_t push_singly(void *context) {
    auto &run = *static_cast<Run *>(context);
    const int64_t count = run.count;
    for (int64_t number = 0; number < count; number++) {
        peer_item item;
        peer_fill(&item, number);
        while (!run.queue.push(item)) peer_pause(run.patience);
    }
    return 0;
}

int64_t take_singly(void *context) {
    auto &run = *static_cast<Run *>(context);
    const int64_t count = run.count;
    int64_t wrong = 0;
    if (run.consumes_in_place) {
        for (int64_t number = 0; number < count; number++)
            while (!run.queue.consume_one(
                [&](const peer_item &item) { wrong += peer_is_wrong(&item, number); }))
                peer_pause(run.patience);
        return wrong;
    }
    for (int64_t number = 0; number < count; number++) {
        peer_item item;
        while (!run.queue.pop(item)) peer_pause(run.patience);
        wrong += peer_is_wrong(&item, number);
    }
    return wrong;
}

int64_t push_batches(void *context) {
    auto &run = *static_cast<Run *>(context);
    const int64_t count = run.count, batch = run.batch;
    std::vector<peer_item> items(batch);
    for (int64_t number = 0; number < count; number += batch) {
        for (int64_t index = 0; index < batch; index++) peer_fill(&items[index], number + index);
        const peer_item *next = items.data(), *end = next + batch;
        while ((next = run.queue.push(next, end)) != end) peer_pause(run.patience);
    }
    return 0;
}

int64_t take_batches(void *context) {
    auto &run = *static_cast<Run *>(context);
    const int64_t count = run.count;
    int64_t number = 0, wrong = 0;
    while (number < count) {
        const size_t taken = run.queue.consume_all(
            [&](const peer_item &item) { wrong += peer_is_wrong(&item, number++); });
        if (taken == 0) peer_pause(run.patience);
    }
    return wrong;
}

}  // namespace

peer_result boost_one_by_one(
    int64_t count, int64_t capacity, bool consumes_in_place, peer_patience patience) {
    Run run{Queue(capacity), count, 1, consumes_in_place, patience};
    return peer_run_pair(push_singly, take_singly, &run);
}

peer_result boost_batches(
    int64_t count, int64_t capacity, int64_t batch, peer_patience patience) {
    Run run{Queue(capacity), count, batch, true, patience};
    return peer_run_pair(push_batches, take_batches, &run);
}
