#include "../../firmware-protocol/firmware/sensor.c"
