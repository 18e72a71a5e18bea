// Counts heap allocations of the calling thread, by standing in front of glibc's malloc in the test
// program. Under a sanitizer, which stands there itself, nothing is counted.
#ifndef ALLOCATION_COUNT_H
#define ALLOCATION_COUNT_H

#include <stdbool.h>
#include <stdint.h>

/// Whether allocations are counted in this build.
bool allocations_are_counted(void);

/// How often the calling thread has allocated or grown memory on the heap since it began.
uint64_t allocation_count(void);

#endif
