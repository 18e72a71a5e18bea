/* SwiftPM wants one source file for each C target; all of the codec is in its header. */
#include "kawamori_firmware.h"
