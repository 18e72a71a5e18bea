#include "codec_peers.h"

#include "kawamori_firmware.h"

uint64_t codec_peer_small(const uint8_t *frames, size_t frame_size, size_t count) {
    uint64_t sum = 0;
    size_t i;
    for (i = 0; i < count; i++, frames += frame_size) {
        kawamori_data data;
        kawamori_seal seal;
        if (kawamori_decode_data(frames, frame_size, &data, &seal) != KAWAMORI_OK) continue;
        sum += (uint64_t)(int64_t)kawamori_reading_at(frames, 0).value;
    }
    return sum;
}
