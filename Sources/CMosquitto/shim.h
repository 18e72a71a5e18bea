// Gives Swift the C API of libmosquitto, and the one call that its cancelled threads make needful.
// Constants that are plain macros arrive by themselves.
#pragma once
#include <mosquitto.h>
#include <pthread.h>

// Puts off, or allows again, the cancellation of the calling thread; returns what was the case.
// Swift's Glibc module leaves pthread_setcancelstate out.
static inline bool kawamori_set_cancellable(bool is_cancellable)
{
    int before;
    pthread_setcancelstate(is_cancellable ? PTHREAD_CANCEL_ENABLE : PTHREAD_CANCEL_DISABLE,
                           &before);
    return before == PTHREAD_CANCEL_ENABLE;
}
