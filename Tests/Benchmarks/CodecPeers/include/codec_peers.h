/* The C codec over many frames: the sum of their first readings' values. */
#ifndef CODEC_PEERS_H
#define CODEC_PEERS_H

#include <stddef.h>
#include <stdint.h>

/* With the table of 64 bytes that the header brings. */
uint64_t codec_peer_small(const uint8_t *frames, size_t frame_size, size_t count);
/* With eight tables of 1 KiB, as the Swift codec has them. */
uint64_t codec_peer_large(const uint8_t *frames, size_t frame_size, size_t count);

#endif
