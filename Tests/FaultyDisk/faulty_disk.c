/* A disk that fails on demand, for tests: a library that is put before the C library (LD_PRELOAD).
 *
 * Every call that would change something below FAULTY_DISK_FOLDER fails with the errno whose number
 * stands in the file FAULTY_DISK_ERRNO; where that file is missing the disk works. Reading always
 * works. It changes nothing else, so the program under test is the one that is shipped.
 *
 *     cc -shared -fPIC -O1 faulty_disk.c -ldl -o faulty_disk.so
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The errno to fail with; 0 where the disk works. Only raw system calls: the library's own are ours. */
static int fault(void) {
    const char *file = getenv("FAULTY_DISK_ERRNO");
    if (!file) return 0;
    int saved = errno;
    int descriptor = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDONLY | O_CLOEXEC, 0);
    int number = 0;
    if (descriptor >= 0) {
        char text[16] = {0};
        if (syscall(SYS_read, descriptor, text, sizeof text - 1) > 0) number = atoi(text);
        syscall(SYS_close, descriptor);
    }
    errno = saved;
    return number;
}

static int concerns_path(const char *path) {
    const char *folder = getenv("FAULTY_DISK_FOLDER");
    return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static int concerns_descriptor(int descriptor) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return concerns_path(path);
}

#define FAIL_PATH(path)                                                          \
    do {                                                                         \
        int number = concerns_path(path) ? fault() : 0;                          \
        if (number) {                                                            \
            errno = number;                                                      \
            return -1;                                                           \
        }                                                                        \
    } while (0)
#define FAIL_DESCRIPTOR(descriptor)                                              \
    do {                                                                         \
        int number = concerns_descriptor(descriptor) ? fault() : 0;              \
        if (number) {                                                            \
            errno = number;                                                      \
            return -1;                                                           \
        }                                                                        \
    } while (0)
#define NEXT(type, name) type next = (type)dlsym(RTLD_NEXT, name)

typedef int (*open_type)(const char *, int, ...);
typedef int (*openat_type)(int, const char *, int, ...);

#define OPEN(name)                                                               \
    int name(const char *path, int flags, ...) {                                 \
        va_list rest;                                                            \
        va_start(rest, flags);                                                   \
        mode_t mode = va_arg(rest, mode_t);                                      \
        va_end(rest);                                                            \
        if ((flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT)) FAIL_PATH(path); \
        NEXT(open_type, #name);                                                  \
        return next(path, flags, mode);                                          \
    }
#define OPENAT(name)                                                             \
    int name(int folder, const char *path, int flags, ...) {                     \
        va_list rest;                                                            \
        va_start(rest, flags);                                                   \
        mode_t mode = va_arg(rest, mode_t);                                      \
        va_end(rest);                                                            \
        if ((flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT)) FAIL_PATH(path); \
        NEXT(openat_type, #name);                                                \
        return next(folder, path, flags, mode);                                  \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int descriptor, const void *bytes, size_t count) {
    FAIL_DESCRIPTOR(descriptor);
    return syscall(SYS_write, descriptor, bytes, count);
}

#define PWRITE(name, offset_type)                                                \
    ssize_t name(int descriptor, const void *bytes, size_t count, offset_type offset) { \
        typedef ssize_t (*pwrite_type)(int, const void *, size_t, offset_type);  \
        FAIL_DESCRIPTOR(descriptor);                                             \
        NEXT(pwrite_type, #name);                                                \
        return next(descriptor, bytes, count, offset);                           \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define ON_DESCRIPTOR(name)                                                      \
    int name(int descriptor) {                                                   \
        typedef int (*sync_type)(int);                                           \
        FAIL_DESCRIPTOR(descriptor);                                             \
        NEXT(sync_type, #name);                                                  \
        return next(descriptor);                                                 \
    }
ON_DESCRIPTOR(fsync)
ON_DESCRIPTOR(fdatasync)

#define TRUNCATE(name, offset_type)                                              \
    int name(int descriptor, offset_type length) {                               \
        typedef int (*truncate_type)(int, offset_type);                          \
        FAIL_DESCRIPTOR(descriptor);                                             \
        NEXT(truncate_type, #name);                                              \
        return next(descriptor, length);                                         \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

int mkdir(const char *path, mode_t mode) {
    FAIL_PATH(path);
    return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int unlink(const char *path) {
    FAIL_PATH(path);
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int rename(const char *old, const char *new) {
    FAIL_PATH(old);
    return (int)syscall(SYS_renameat2, AT_FDCWD, old, AT_FDCWD, new, 0);
}
