#include "codec_peers.h"

/* Slicing by eight; Sources/WireFormats/CRC32C.swift tells where it comes from. */
static uint32_t tables[8][256];

static void make_tables(void) {
    uint32_t byte, table;
    for (byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        int bit;
        for (bit = 0; bit < 8; bit++) crc = (crc & 1u) == 0 ? crc >> 1 : (crc >> 1) ^ 0x82F63B78u;
        tables[0][byte] = crc;
    }
    for (table = 1; table < 8; table++) {
        for (byte = 0; byte < 256; byte++) {
            uint32_t before = tables[table - 1][byte];
            tables[table][byte] = (before >> 8) ^ tables[0][before & 0xFFu];
        }
    }
}

static inline uint32_t little_endian(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline uint32_t large_crc32c(const uint8_t *bytes, size_t length) {
    uint32_t crc = 0xFFFFFFFFu;
    for (; length >= 8; length -= 8, bytes += 8) {
        uint32_t low = little_endian(bytes) ^ crc;
        uint32_t high = little_endian(bytes + 4);
        crc = tables[7][low & 0xFFu] ^ tables[6][(low >> 8) & 0xFFu] ^ tables[5][(low >> 16) & 0xFFu]
            ^ tables[4][low >> 24] ^ tables[3][high & 0xFFu] ^ tables[2][(high >> 8) & 0xFFu]
            ^ tables[1][(high >> 16) & 0xFFu] ^ tables[0][high >> 24];
    }
    for (; length > 0; length--) crc = (crc >> 8) ^ tables[0][(crc ^ *bytes++) & 0xFFu];
    return crc ^ 0xFFFFFFFFu;
}

#define KAWAMORI_CRC32C(bytes, length) large_crc32c(bytes, length)
#include "kawamori_firmware.h"

uint64_t codec_peer_large(const uint8_t *frames, size_t frame_size, size_t count) {
    uint64_t sum = 0;
    size_t i;
    if (tables[0][1] == 0) make_tables();
    for (i = 0; i < count; i++, frames += frame_size) {
        kawamori_data data;
        kawamori_seal seal;
        if (kawamori_decode_data(frames, frame_size, &data, &seal) != KAWAMORI_OK) continue;
        sum += (uint64_t)(int64_t)kawamori_reading_at(frames, 0).value;
    }
    return sum;
}
