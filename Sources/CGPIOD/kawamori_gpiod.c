#include "kawamori_gpiod.h"
