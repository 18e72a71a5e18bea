// libgpiod 1.6 and 2.x behind one small interface, chosen when this module is compiled. gpiod.h is
// included by the .c file alone: whoever imports this header is the same for both.
//
// Every function that can fail returns -1 or NULL and leaves the reason in errno.
#ifndef KAWAMORI_GPIOD_H
#define KAWAMORI_GPIOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The library's generation that this was compiled for: 1 or 2.
int kawamori_gpio_generation(void);

/// The library's own version at run time, such as "1.6.3".
const char *kawamori_gpio_version(void);

/// The most events that the kernel can be asked to keep for one line until they are read: 16 with
/// generation 1, 1024 with generation 2.
size_t kawamori_gpio_buffer_limit(void);

#define KAWAMORI_GPIO_NAME_BYTES 64

/// A chip, as the kernel describes it. Texts end with 0.
typedef struct {
    char name[KAWAMORI_GPIO_NAME_BYTES];
    char label[KAWAMORI_GPIO_NAME_BYTES];
    uint32_t line_count;
} kawamori_gpio_chip_info;

/// A line, as the kernel describes it; its name and consumer are empty where it has none.
typedef struct {
    char name[KAWAMORI_GPIO_NAME_BYTES];
    char consumer[KAWAMORI_GPIO_NAME_BYTES];
    bool is_used;
    bool is_output;
    bool is_active_low;
} kawamori_gpio_line_info;

typedef struct kawamori_gpio_chip kawamori_gpio_chip;

/// Opens a chip by its path, such as /dev/gpiochip0; ENOTTY, ENODEV or EISDIR where it is no chip.
kawamori_gpio_chip *kawamori_gpio_chip_open(const char *path);
void kawamori_gpio_chip_close(kawamori_gpio_chip *chip);
int kawamori_gpio_chip_describe(kawamori_gpio_chip *chip, kawamori_gpio_chip_info *info);
/// EINVAL where the chip has no such line, ENODEV where the chip is gone.
int kawamori_gpio_line_describe(
    kawamori_gpio_chip *chip, uint32_t offset, kawamori_gpio_line_info *info);

typedef enum {
    KAWAMORI_GPIO_BIAS_AS_IS = 0,
    KAWAMORI_GPIO_BIAS_DISABLED = 1,
    KAWAMORI_GPIO_BIAS_PULL_UP = 2,
    KAWAMORI_GPIO_BIAS_PULL_DOWN = 3,
} kawamori_gpio_bias;

/// How a line is asked for.
typedef struct {
    /// Who holds it, as gpioinfo(1) shows; at most 31 bytes count.
    const char *consumer;
    bool is_active_low;
    /// Input: the resistor in the pin.
    kawamori_gpio_bias bias;
    /// Input: the kernel's debounce in microseconds, 0 for none. Generation 1 has none and fails
    /// with ENOTSUP for anything else.
    uint32_t debounce_microseconds;
    /// Input: events that the kernel is to keep. Generation 2 keeps the next power of two from 16
    /// to 1024; generation 1 always keeps 16.
    uint32_t event_buffer_size;
    /// Output: the first level, and whether the driver pulls to ground only.
    bool is_initially_active;
    bool is_open_drain;
} kawamori_gpio_settings;

/// One line that we hold. It outlives the chip handle that it was asked from.
typedef struct kawamori_gpio_line kawamori_gpio_line;

/// Asks for a line with both edges; EBUSY where somebody else holds it, ENXIO or ENODEV where the
/// pin has no interrupt.
kawamori_gpio_line *kawamori_gpio_request_input(
    kawamori_gpio_chip *chip, uint32_t offset, const kawamori_gpio_settings *settings);

/// Asks for a line as output.
kawamori_gpio_line *kawamori_gpio_request_output(
    kawamori_gpio_chip *chip, uint32_t offset, const kawamori_gpio_settings *settings);

/// Gives the line back.
void kawamori_gpio_line_release(kawamori_gpio_line *line);

/// What poll(2) watches on an input: readable when edges wait, POLLERR or POLLHUP when the chip is
/// gone. An older kernel does not wake a sleeping poll when the chip goes, so that a poll needs a
/// time limit. -1 on an output.
int kawamori_gpio_line_descriptor(const kawamori_gpio_line *line);

/// The logical level: 1 active, 0 inactive, -1 error.
int kawamori_gpio_line_level(kawamori_gpio_line *line);

/// Sets an output's logical level.
int kawamori_gpio_line_set(kawamori_gpio_line *line, bool is_active);

/// The most edges that wait on an input, and that one read gives: 16 with generation 1. A read that
/// gives as many may have come after a loss.
size_t kawamori_gpio_line_capacity(const kawamori_gpio_line *line);

/// One edge.
typedef struct {
    /// CLOCK_MONOTONIC (Linux 5.7 and newer).
    int64_t nanoseconds;
    /// The edge's number on its line, from 1; 0 with generation 1.
    uint32_t sequence;
    /// Whether the line became active.
    bool is_active;
} kawamori_gpio_edge;

/// Reads waiting edges of an input, oldest first, without blocking, by one read of the library; 0
/// where none wait, ENODEV where the chip is gone.
int kawamori_gpio_line_read(kawamori_gpio_line *line, kawamori_gpio_edge *edges, size_t capacity);

#endif
