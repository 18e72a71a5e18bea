/* SwiftPM wants one source file for each C target; all of the codec is in its headers. */
#include "kawamori_firmware.h"
#include "kawamori_firmware_auth.h"
