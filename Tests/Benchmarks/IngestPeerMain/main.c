// The C program that `kawamori-ingest-bench` measures the gateway against.
#include "ingest_peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int count, char **arguments) {
    if (count != 7) {
        fputs(
            "usage: kawamori-ingest-peer DATABASE PORT SENSORS frames|values WINDOW SECONDS\n",
            stderr);
        return 64;
    }
    peer_settings settings = {
        .database = arguments[1],
        .port = (uint16_t)atoi(arguments[2]),
        .sensor_count = atoll(arguments[3]),
        .has_devices = strcmp(arguments[4], "frames") == 0,
        .inflight_window = atoll(arguments[5]),
        .commit_window_nanoseconds = (int64_t)(atof(arguments[6]) * 1e9),
    };
    char why[PEER_WHY_SIZE] = "";
    if (peer_serve(&settings, why)) return 0;
    fprintf(stderr, "%s\n", why);
    return 70;
}
