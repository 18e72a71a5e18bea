#include "kawamori_gpiod.h"

#include <errno.h>
#include <fcntl.h>
#include <gpiod.h>
#include <stdlib.h>
#include <string.h>

// What both generations share.

enum { least_event_buffer = 16 };

static void copy_text(char *target, const char *source) {
    if (source == NULL) source = "";
    size_t length = strnlen(source, KAWAMORI_GPIO_NAME_BYTES - 1);
    memcpy(target, source, length);
    target[length] = 0;
}

// An empty read must come back at once: whoever reads decides how to wait.
static int make_nonblocking(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    return flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

// Makes a failed read that only found nothing a success.
static int edge_count(int result) {
    return result < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : result;
}

#ifdef GPIOD_LINE_BULK_MAX_LINES

// libgpiod 1.6. A line belongs to its chip's handle and dies with it, so that each line that we
// hold opens the chip once more.

struct kawamori_gpio_chip {
    struct gpiod_chip *chip;
    char *path;
};

struct kawamori_gpio_line {
    struct gpiod_chip *chip;
    struct gpiod_line *line;
    int descriptor;
};

int kawamori_gpio_generation(void) { return 1; }

const char *kawamori_gpio_version(void) { return gpiod_version_string(); }

size_t kawamori_gpio_buffer_limit(void) { return least_event_buffer; }

kawamori_gpio_chip *kawamori_gpio_chip_open(const char *path) {
    kawamori_gpio_chip *chip = calloc(1, sizeof *chip);
    if (chip == NULL) return NULL;
    chip->path = strdup(path);
    if (chip->path != NULL) chip->chip = gpiod_chip_open(path);
    if (chip->chip == NULL) {
        int error = errno;
        free(chip->path);
        free(chip);
        errno = error;
        return NULL;
    }
    return chip;
}

void kawamori_gpio_chip_close(kawamori_gpio_chip *chip) {
    gpiod_chip_close(chip->chip);
    free(chip->path);
    free(chip);
}

int kawamori_gpio_chip_describe(kawamori_gpio_chip *chip, kawamori_gpio_chip_info *info) {
    copy_text(info->name, gpiod_chip_name(chip->chip));
    copy_text(info->label, gpiod_chip_label(chip->chip));
    info->line_count = gpiod_chip_num_lines(chip->chip);
    return 0;
}

int kawamori_gpio_line_describe(
    kawamori_gpio_chip *chip, uint32_t offset, kawamori_gpio_line_info *info) {
    // It asks the kernel anew each time.
    struct gpiod_line *line = gpiod_chip_get_line(chip->chip, offset);
    if (line == NULL) return -1;
    copy_text(info->name, gpiod_line_name(line));
    copy_text(info->consumer, gpiod_line_consumer(line));
    info->is_used = gpiod_line_is_used(line);
    info->is_output = gpiod_line_direction(line) == GPIOD_LINE_DIRECTION_OUTPUT;
    info->is_active_low = gpiod_line_active_state(line) == GPIOD_LINE_ACTIVE_STATE_LOW;
    return 0;
}

static int bias_flag(kawamori_gpio_bias bias) {
    switch (bias) {
        case KAWAMORI_GPIO_BIAS_DISABLED: return GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE;
        case KAWAMORI_GPIO_BIAS_PULL_UP: return GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP;
        case KAWAMORI_GPIO_BIAS_PULL_DOWN: return GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN;
        case KAWAMORI_GPIO_BIAS_AS_IS: break;
    }
    return 0;
}

static kawamori_gpio_line *request(
    const kawamori_gpio_chip *chip, uint32_t offset,
    const struct gpiod_line_request_config *config, int level) {
    kawamori_gpio_line *line = calloc(1, sizeof *line);
    if (line == NULL) return NULL;
    line->descriptor = -1;
    line->chip = gpiod_chip_open(chip->path);
    if (line->chip != NULL) line->line = gpiod_chip_get_line(line->chip, offset);
    if (line->line != NULL && gpiod_line_request(line->line, config, level) == 0) {
        if (config->request_type == GPIOD_LINE_REQUEST_DIRECTION_OUTPUT) return line;
        line->descriptor = gpiod_line_event_get_fd(line->line);
        if (line->descriptor >= 0 && make_nonblocking(line->descriptor) == 0) return line;
    }
    int error = errno;
    kawamori_gpio_line_release(line);
    errno = error;
    return NULL;
}

kawamori_gpio_line *kawamori_gpio_request_input(
    kawamori_gpio_chip *chip, uint32_t offset, const kawamori_gpio_settings *settings) {
    if (settings->debounce_microseconds != 0) {
        errno = ENOTSUP;
        return NULL;
    }
    const struct gpiod_line_request_config config = {
        .consumer = settings->consumer,
        .request_type = GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES,
        .flags = bias_flag(settings->bias)
            | (settings->is_active_low ? (int)GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0),
    };
    return request(chip, offset, &config, 0);
}

kawamori_gpio_line *kawamori_gpio_request_output(
    kawamori_gpio_chip *chip, uint32_t offset, const kawamori_gpio_settings *settings) {
    const struct gpiod_line_request_config config = {
        .consumer = settings->consumer,
        .request_type = GPIOD_LINE_REQUEST_DIRECTION_OUTPUT,
        .flags = (settings->is_open_drain ? (int)GPIOD_LINE_REQUEST_FLAG_OPEN_DRAIN : 0)
            | (settings->is_active_low ? (int)GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0),
    };
    return request(chip, offset, &config, settings->is_initially_active ? 1 : 0);
}

void kawamori_gpio_line_release(kawamori_gpio_line *line) {
    // Closing the chip releases its lines.
    if (line->chip != NULL) gpiod_chip_close(line->chip);
    free(line);
}

int kawamori_gpio_line_level(kawamori_gpio_line *line) { return gpiod_line_get_value(line->line); }

int kawamori_gpio_line_set(kawamori_gpio_line *line, bool is_active) {
    return gpiod_line_set_value(line->line, is_active ? 1 : 0);
}

size_t kawamori_gpio_line_capacity(const kawamori_gpio_line *line) {
    return line->descriptor < 0 ? 0 : least_event_buffer;
}

int kawamori_gpio_line_read(kawamori_gpio_line *line, kawamori_gpio_edge *edges, size_t capacity) {
    struct gpiod_line_event events[least_event_buffer];
    if (capacity > least_event_buffer) capacity = least_event_buffer;
    int count = edge_count(
        gpiod_line_event_read_fd_multiple(line->descriptor, events, (unsigned int)capacity));
    for (int index = 0; index < count; index++) {
        const struct timespec *time = &events[index].ts;
        edges[index] = (kawamori_gpio_edge){
            .nanoseconds = (int64_t)time->tv_sec * 1000000000 + time->tv_nsec,
            .sequence = 0,
            .is_active = events[index].event_type == GPIOD_LINE_EVENT_RISING_EDGE,
        };
    }
    return count;
}

#else

// libgpiod 2. One request per line: its own descriptor, its own numbers, its own buffer.

enum { greatest_event_buffer = 1024 };

struct kawamori_gpio_chip {
    struct gpiod_chip *chip;
};

struct kawamori_gpio_line {
    struct gpiod_line_request *request;
    /// Where the library puts a read; NULL on an output.
    struct gpiod_edge_event_buffer *buffer;
    unsigned int offset;
    int descriptor;
};

int kawamori_gpio_generation(void) { return 2; }

const char *kawamori_gpio_version(void) { return gpiod_api_version(); }

size_t kawamori_gpio_buffer_limit(void) { return greatest_event_buffer; }

kawamori_gpio_chip *kawamori_gpio_chip_open(const char *path) {
    kawamori_gpio_chip *chip = calloc(1, sizeof *chip);
    if (chip == NULL) return NULL;
    chip->chip = gpiod_chip_open(path);
    if (chip->chip == NULL) {
        int error = errno;
        free(chip);
        errno = error;
        return NULL;
    }
    return chip;
}

void kawamori_gpio_chip_close(kawamori_gpio_chip *chip) {
    gpiod_chip_close(chip->chip);
    free(chip);
}

int kawamori_gpio_chip_describe(kawamori_gpio_chip *chip, kawamori_gpio_chip_info *info) {
    struct gpiod_chip_info *found = gpiod_chip_get_info(chip->chip);
    if (found == NULL) return -1;
    copy_text(info->name, gpiod_chip_info_get_name(found));
    copy_text(info->label, gpiod_chip_info_get_label(found));
    info->line_count = (uint32_t)gpiod_chip_info_get_num_lines(found);
    gpiod_chip_info_free(found);
    return 0;
}

int kawamori_gpio_line_describe(
    kawamori_gpio_chip *chip, uint32_t offset, kawamori_gpio_line_info *info) {
    struct gpiod_line_info *found = gpiod_chip_get_line_info(chip->chip, offset);
    if (found == NULL) return -1;
    copy_text(info->name, gpiod_line_info_get_name(found));
    copy_text(info->consumer, gpiod_line_info_get_consumer(found));
    info->is_used = gpiod_line_info_is_used(found);
    info->is_output = gpiod_line_info_get_direction(found) == GPIOD_LINE_DIRECTION_OUTPUT;
    info->is_active_low = gpiod_line_info_is_active_low(found);
    gpiod_line_info_free(found);
    return 0;
}

static enum gpiod_line_bias line_bias(kawamori_gpio_bias bias) {
    switch (bias) {
        case KAWAMORI_GPIO_BIAS_DISABLED: return GPIOD_LINE_BIAS_DISABLED;
        case KAWAMORI_GPIO_BIAS_PULL_UP: return GPIOD_LINE_BIAS_PULL_UP;
        case KAWAMORI_GPIO_BIAS_PULL_DOWN: return GPIOD_LINE_BIAS_PULL_DOWN;
        case KAWAMORI_GPIO_BIAS_AS_IS: break;
    }
    return GPIOD_LINE_BIAS_AS_IS;
}

// The kernel rounds up to a power of two; knowing its true size tells a full read from others.
static size_t event_buffer_size(uint32_t wish) {
    size_t size = least_event_buffer;
    while (size < wish && size < greatest_event_buffer) size *= 2;
    return size;
}

static int set_input(
    struct gpiod_line_settings *line_settings, const kawamori_gpio_settings *settings) {
    gpiod_line_settings_set_debounce_period_us(line_settings, settings->debounce_microseconds);
    if (gpiod_line_settings_set_direction(line_settings, GPIOD_LINE_DIRECTION_INPUT) < 0) return -1;
    if (gpiod_line_settings_set_edge_detection(line_settings, GPIOD_LINE_EDGE_BOTH) < 0) return -1;
    if (gpiod_line_settings_set_bias(line_settings, line_bias(settings->bias)) < 0) return -1;
    return gpiod_line_settings_set_event_clock(line_settings, GPIOD_LINE_CLOCK_MONOTONIC);
}

static int set_output(
    struct gpiod_line_settings *line_settings, const kawamori_gpio_settings *settings) {
    enum gpiod_line_drive drive =
        settings->is_open_drain ? GPIOD_LINE_DRIVE_OPEN_DRAIN : GPIOD_LINE_DRIVE_PUSH_PULL;
    enum gpiod_line_value level =
        settings->is_initially_active ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE;
    if (gpiod_line_settings_set_drive(line_settings, drive) < 0) return -1;
    if (gpiod_line_settings_set_output_value(line_settings, level) < 0) return -1;
    return gpiod_line_settings_set_direction(line_settings, GPIOD_LINE_DIRECTION_OUTPUT);
}

static kawamori_gpio_line *request(
    kawamori_gpio_chip *chip, uint32_t offset, const kawamori_gpio_settings *settings,
    bool is_input) {
    kawamori_gpio_line *line = calloc(1, sizeof *line);
    struct gpiod_line_settings *line_settings = gpiod_line_settings_new();
    struct gpiod_line_config *config = gpiod_line_config_new();
    struct gpiod_request_config *request_config = gpiod_request_config_new();
    bool is_made = false;
    if (line == NULL || line_settings == NULL || config == NULL || request_config == NULL) goto end;
    line->offset = offset;
    line->descriptor = -1;
    gpiod_line_settings_set_active_low(line_settings, settings->is_active_low);
    gpiod_request_config_set_consumer(request_config, settings->consumer);
    if ((is_input ? set_input : set_output)(line_settings, settings) < 0) goto end;
    if (is_input) {
        size_t size = event_buffer_size(settings->event_buffer_size);
        gpiod_request_config_set_event_buffer_size(request_config, size);
        line->buffer = gpiod_edge_event_buffer_new(size);
        if (line->buffer == NULL) goto end;
    }
    if (gpiod_line_config_add_line_settings(config, &line->offset, 1, line_settings) < 0) goto end;
    line->request = gpiod_chip_request_lines(chip->chip, request_config, config);
    if (line->request == NULL) goto end;
    if (is_input) line->descriptor = gpiod_line_request_get_fd(line->request);
    is_made = !is_input || make_nonblocking(line->descriptor) == 0;

end:;
    int error = errno;
    if (line_settings != NULL) gpiod_line_settings_free(line_settings);
    if (config != NULL) gpiod_line_config_free(config);
    if (request_config != NULL) gpiod_request_config_free(request_config);
    if (!is_made && line != NULL) {
        kawamori_gpio_line_release(line);
        line = NULL;
    }
    errno = error;
    return line;
}

kawamori_gpio_line *kawamori_gpio_request_input(
    kawamori_gpio_chip *chip, uint32_t offset, const kawamori_gpio_settings *settings) {
    return request(chip, offset, settings, true);
}

kawamori_gpio_line *kawamori_gpio_request_output(
    kawamori_gpio_chip *chip, uint32_t offset, const kawamori_gpio_settings *settings) {
    return request(chip, offset, settings, false);
}

void kawamori_gpio_line_release(kawamori_gpio_line *line) {
    if (line->request != NULL) gpiod_line_request_release(line->request);
    if (line->buffer != NULL) gpiod_edge_event_buffer_free(line->buffer);
    free(line);
}

int kawamori_gpio_line_level(kawamori_gpio_line *line) {
    return gpiod_line_request_get_value(line->request, line->offset);
}

int kawamori_gpio_line_set(kawamori_gpio_line *line, bool is_active) {
    return gpiod_line_request_set_value(
        line->request, line->offset,
        is_active ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE);
}

size_t kawamori_gpio_line_capacity(const kawamori_gpio_line *line) {
    return line->buffer == NULL ? 0 : gpiod_edge_event_buffer_get_capacity(line->buffer);
}

int kawamori_gpio_line_read(kawamori_gpio_line *line, kawamori_gpio_edge *edges, size_t capacity) {
    int count = edge_count(
        gpiod_line_request_read_edge_events(line->request, line->buffer, capacity));
    for (int index = 0; index < count; index++) {
        struct gpiod_edge_event *event =
            gpiod_edge_event_buffer_get_event(line->buffer, (unsigned long)index);
        edges[index] = (kawamori_gpio_edge){
            .nanoseconds = (int64_t)gpiod_edge_event_get_timestamp_ns(event),
            .sequence = (uint32_t)gpiod_edge_event_get_line_seqno(event),
            .is_active = gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE,
        };
    }
    return count;
}

#endif

int kawamori_gpio_line_descriptor(const kawamori_gpio_line *line) { return line->descriptor; }
