/* The reference firmware, for tests that run it inside their own process. */
#include "../../../firmware-protocol/firmware/sensor.h"
