/*
 * Signing and verifying frames of the kawamori firmware protocol: HMAC-SHA-256, of which the first
 * eight bytes travel. C99 and C++, no allocation.
 *
 * SHA-256 is written out here because a header that compiles everywhere cannot ask for a library;
 * firmware on a chip with an accelerator gives `kawamori_signer` its own function instead. It runs
 * in the same time for all keys and messages of one length.
 *
 * Sources: FIPS 180-4 §6.2, RFC 2104. The tests run the vectors of RFC 4231.
 */
#ifndef KAWAMORI_FIRMWARE_AUTH_H
#define KAWAMORI_FIRMWARE_AUTH_H

#include "kawamori_firmware.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KAWAMORI_SHA256_SIZE 32u
/* A device's key: 32 random bytes. */
#define KAWAMORI_KEY_SIZE 32u

/* One key of a device. Two are held while keys are changed. */
typedef struct kawamori_key {
    uint8_t bytes[KAWAMORI_KEY_SIZE];
    uint8_t id;
} kawamori_key;

typedef struct kawamori_sha256 {
    uint64_t length;
    uint32_t state[8];
    uint8_t block[64];
} kawamori_sha256;

static inline uint32_t kawamori_rotate(uint32_t value, unsigned count) {
    return (value >> count) | (value << (32u - count));
}

static inline void kawamori_sha256_block(uint32_t *state, const uint8_t *block) {
    static const uint32_t k[64] = {
        0x428A2F98u, 0x71374491u, 0xB5C0FBCFu, 0xE9B5DBA5u, 0x3956C25Bu, 0x59F111F1u,
        0x923F82A4u, 0xAB1C5ED5u, 0xD807AA98u, 0x12835B01u, 0x243185BEu, 0x550C7DC3u,
        0x72BE5D74u, 0x80DEB1FEu, 0x9BDC06A7u, 0xC19BF174u, 0xE49B69C1u, 0xEFBE4786u,
        0x0FC19DC6u, 0x240CA1CCu, 0x2DE92C6Fu, 0x4A7484AAu, 0x5CB0A9DCu, 0x76F988DAu,
        0x983E5152u, 0xA831C66Du, 0xB00327C8u, 0xBF597FC7u, 0xC6E00BF3u, 0xD5A79147u,
        0x06CA6351u, 0x14292967u, 0x27B70A85u, 0x2E1B2138u, 0x4D2C6DFCu, 0x53380D13u,
        0x650A7354u, 0x766A0ABBu, 0x81C2C92Eu, 0x92722C85u, 0xA2BFE8A1u, 0xA81A664Bu,
        0xC24B8B70u, 0xC76C51A3u, 0xD192E819u, 0xD6990624u, 0xF40E3585u, 0x106AA070u,
        0x19A4C116u, 0x1E376C08u, 0x2748774Cu, 0x34B0BCB5u, 0x391C0CB3u, 0x4ED8AA4Au,
        0x5B9CCA4Fu, 0x682E6FF3u, 0x748F82EEu, 0x78A5636Fu, 0x84C87814u, 0x8CC70208u,
        0x90BEFFFAu, 0xA4506CEBu, 0xBEF9A3F7u, 0xC67178F2u};
    uint32_t w[64], v[8];
    size_t i;
    for (i = 0; i < 16; i++) {
        w[i] = ((uint32_t)block[4 * i] << 24) | ((uint32_t)block[4 * i + 1] << 16)
            | ((uint32_t)block[4 * i + 2] << 8) | block[4 * i + 3];
    }
    for (i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (kawamori_rotate(a, 7) ^ kawamori_rotate(a, 18) ^ (a >> 3)) + w[i - 7]
            + (kawamori_rotate(b, 17) ^ kawamori_rotate(b, 19) ^ (b >> 10));
    }
    for (i = 0; i < 8; i++) v[i] = state[i];
    for (i = 0; i < 64; i++) {
        uint32_t a = v[0], e = v[4];
        uint32_t one = v[7]
            + (kawamori_rotate(e, 6) ^ kawamori_rotate(e, 11) ^ kawamori_rotate(e, 25))
            + ((e & v[5]) ^ (~e & v[6])) + k[i] + w[i];
        uint32_t two = (kawamori_rotate(a, 2) ^ kawamori_rotate(a, 13) ^ kawamori_rotate(a, 22))
            + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
        v[7] = v[6];
        v[6] = v[5];
        v[5] = e;
        v[4] = v[3] + one;
        v[3] = v[2];
        v[2] = v[1];
        v[1] = a;
        v[0] = one + two;
    }
    for (i = 0; i < 8; i++) state[i] += v[i];
}

static inline void kawamori_sha256_begin(kawamori_sha256 *hash) {
    static const uint32_t initial[8] = {0x6A09E667u, 0xBB67AE85u, 0x3C6EF372u, 0xA54FF53Au,
                                        0x510E527Fu, 0x9B05688Cu, 0x1F83D9ABu, 0x5BE0CD19u};
    size_t i;
    hash->length = 0;
    for (i = 0; i < 8; i++) hash->state[i] = initial[i];
}

static inline void kawamori_sha256_add(
    kawamori_sha256 *hash, const uint8_t *bytes, size_t length) {
    size_t i;
    for (i = 0; i < length; i++) {
        hash->block[hash->length & 63u] = bytes[i];
        hash->length++;
        if ((hash->length & 63u) == 0) kawamori_sha256_block(hash->state, hash->block);
    }
}

static inline void kawamori_sha256_end(kawamori_sha256 *hash, uint8_t *digest) {
    static const uint8_t one = 0x80, zero = 0;
    uint64_t bit_count = hash->length * 8u;
    uint8_t size[8];
    size_t i;
    kawamori_sha256_add(hash, &one, 1);
    while ((hash->length & 63u) != 56u) kawamori_sha256_add(hash, &zero, 1);
    for (i = 0; i < 8; i++) size[i] = (uint8_t)((bit_count >> (56u - 8u * i)) & 0xFFu);
    kawamori_sha256_add(hash, size, 8);
    for (i = 0; i < 32; i++) {
        digest[i] = (uint8_t)((hash->state[i / 4] >> (24u - 8u * (i % 4))) & 0xFFu);
    }
}

/* HMAC-SHA-256 with a key of any length. */
static inline void kawamori_hmac_sha256(
    const uint8_t *key, size_t key_length, const uint8_t *bytes, size_t length, uint8_t *digest) {
    kawamori_sha256 hash;
    uint8_t pad[64] = {0};
    size_t i;
    if (key_length > sizeof pad) {
        kawamori_sha256_begin(&hash);
        kawamori_sha256_add(&hash, key, key_length);
        kawamori_sha256_end(&hash, pad);
    } else {
        for (i = 0; i < key_length; i++) pad[i] = key[i];
    }
    for (i = 0; i < sizeof pad; i++) pad[i] ^= 0x36u;
    kawamori_sha256_begin(&hash);
    kawamori_sha256_add(&hash, pad, sizeof pad);
    kawamori_sha256_add(&hash, bytes, length);
    kawamori_sha256_end(&hash, digest);
    for (i = 0; i < sizeof pad; i++) pad[i] ^= 0x36u ^ 0x5Cu;
    kawamori_sha256_begin(&hash);
    kawamori_sha256_add(&hash, pad, sizeof pad);
    kawamori_sha256_add(&hash, digest, KAWAMORI_SHA256_SIZE);
    kawamori_sha256_end(&hash, digest);
}

/* What `kawamori_signer.write_tag` calls; `context` is a kawamori_key. */
static inline void kawamori_write_tag(
    const void *context, const uint8_t *bytes, size_t length, uint8_t *tag) {
    const kawamori_key *key = (const kawamori_key *)context;
    uint8_t digest[KAWAMORI_SHA256_SIZE];
    size_t i;
    kawamori_hmac_sha256(key->bytes, KAWAMORI_KEY_SIZE, bytes, length, digest);
    for (i = 0; i < KAWAMORI_TAG_SIZE; i++) tag[i] = digest[i];
}

static inline kawamori_signer kawamori_signer_of(const kawamori_key *key) {
    kawamori_signer signer;
    signer.write_tag = kawamori_write_tag;
    signer.context = key;
    signer.key_id = key->id;
    return signer;
}

/* Whether one of the keys has signed this decoded frame: KAWAMORI_OK, KAWAMORI_TAG_MISSING,
 * KAWAMORI_UNKNOWN_KEY or KAWAMORI_TAG_MISMATCH. Tags are compared whole, whatever differs. */
static inline kawamori_status kawamori_verify(
    const uint8_t *bytes, const kawamori_seal *seal, const kawamori_key *keys, size_t key_count) {
    size_t i, j;
    if (seal->signed_length == 0) return KAWAMORI_TAG_MISSING;
    for (i = 0; i < key_count; i++) {
        uint8_t tag[KAWAMORI_TAG_SIZE];
        unsigned difference = 0;
        if (keys[i].id != seal->key_id) continue;
        kawamori_write_tag(&keys[i], bytes, seal->signed_length, tag);
        for (j = 0; j < KAWAMORI_TAG_SIZE; j++) {
            difference |= (unsigned)(tag[j] ^ bytes[seal->signed_length + j]);
        }
        return difference == 0 ? KAWAMORI_OK : KAWAMORI_TAG_MISMATCH;
    }
    return KAWAMORI_UNKNOWN_KEY;
}

#ifdef __cplusplus
}
#endif

#endif
