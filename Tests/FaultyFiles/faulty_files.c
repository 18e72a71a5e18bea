#define _GNU_SOURCE
#include "faulty_files.h"

#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer) || !defined(__GLIBC__)

bool faulty_files_work(void) { return false; }
void faulty_files_begin(const char *folder) { (void)folder; }
void faulty_files_end(void) {}
uint64_t faulty_files_change_count(void) { return 0; }
void faulty_files_die_after(uint64_t count) { (void)count; }
bool faulty_files_are_dead(void) { return false; }
void faulty_files_die(void) {}
void faulty_files_fail_after(uint64_t count, uint64_t times, int error) {
    (void)count;
    (void)times;
    (void)error;
}
void faulty_files_set_room(int64_t bytes) { (void)bytes; }
void faulty_files_forget_folder_syncs(bool forgets) { (void)forgets; }
void faulty_files_revive(void) {}
void faulty_files_cut_power(uint64_t seed) { (void)seed; }

#else

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define SECTOR 512
#define DESCRIPTORS 65536

/* An unsynced change of a file: bytes at an offset, or a new length where there are none. */
typedef struct change {
    struct change *next;
    off_t offset;
    size_t length;
    unsigned char *bytes;
} change;

/* A file, or the folder itself, whatever its names are. */
typedef struct node {
    struct node *next;
    bool is_folder;
    char path[PATH_MAX];
    unsigned char *safe;
    size_t safe_length;
    off_t length;
    change *first, *last;
} node;

/* A name and what it means. */
typedef struct entry {
    struct entry *next;
    char name[PATH_MAX];
    node *node;
} entry;

/* An unsynced change of a folder: `name` means `node`, or nothing. */
typedef struct naming {
    struct naming *next;
    char name[PATH_MAX];
    node *node;
    /* Whether it happens together with the one before, as the two of a rename. */
    bool is_second;
} naming;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX];
static size_t root_length;
static node *nodes;
static entry *names, *safe_names;
static naming *first_naming, *last_naming;
static node *open_nodes[DESCRIPTORS];
static uint64_t change_count, death, failure, failure_count;
static int failure_error;
static int64_t room;
static bool is_watching, is_dead, forgets_folder_syncs;
static uint64_t lot;

#define REAL(type, name, ...)                                                                      \
    static type (*real)(__VA_ARGS__);                                                              \
    if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, #name)

bool faulty_files_work(void) { return true; }

static uint64_t draw(void) {
    uint64_t z = lot += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* ---- names ---------------------------------------------------------------------------------- */

/* The path below the folder, or NULL where it is none of ours. */
static const char *below(const char *path) {
    size_t length;
    if (!is_watching || path == NULL || strncmp(path, root, root_length) != 0) return NULL;
    if (path[root_length] != '/' && path[root_length] != 0) return NULL;
    length = strlen(path);
    if (length > 4 && strcmp(path + length - 4, "-shm") == 0) return NULL;
    return path[root_length] == 0 ? "" : path + root_length + 1;
}

static entry **find(entry **list, const char *name) {
    for (; *list != NULL; list = &(*list)->next) {
        if (strcmp((*list)->name, name) == 0) break;
    }
    return list;
}

static void set_name(entry **list, const char *name, node *meaning) {
    entry **place = find(list, name);
    if (meaning == NULL) {
        entry *old = *place;
        if (old != NULL) {
            *place = old->next;
            free(old);
        }
        return;
    }
    if (*place == NULL) {
        *place = calloc(1, sizeof(entry));
        strncpy((*place)->name, name, PATH_MAX - 1);
    }
    (*place)->node = meaning;
}

static void rename_later(const char *name, node *meaning, bool is_second) {
    naming *step = calloc(1, sizeof(naming));
    strncpy(step->name, name, PATH_MAX - 1);
    step->node = meaning;
    step->is_second = is_second;
    if (last_naming != NULL) last_naming->next = step;
    else first_naming = step;
    last_naming = step;
    set_name(&names, name, meaning);
}

static node *make_node(void) {
    node *made = calloc(1, sizeof(node));
    made->next = nodes;
    nodes = made;
    return made;
}

/* Whether `name` lies directly in `folder`; both below the root, which is "". */
static bool lies_in(const char *name, const char *folder) {
    const char *slash = strrchr(name, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - name);
    return strlen(folder) == length && strncmp(name, folder, length) == 0;
}

static void sync_folder(const char *folder) {
    naming **step = &first_naming;
    if (forgets_folder_syncs) return;
    last_naming = NULL;
    while (*step != NULL) {
        naming *done = *step;
        if (lies_in(done->name, folder)) {
            set_name(&safe_names, done->name, done->node);
            *step = done->next;
            free(done);
        } else {
            last_naming = done;
            step = &done->next;
        }
    }
}

/* ---- content -------------------------------------------------------------------------------- */

static void put(node *file, off_t offset, const unsigned char *bytes, size_t length) {
    size_t end = (size_t)offset + length;
    if (end > file->safe_length) {
        file->safe = realloc(file->safe, end);
        memset(file->safe + file->safe_length, 0, end - file->safe_length);
        file->safe_length = end;
    }
    memcpy(file->safe + offset, bytes, length);
}

static void set_length(node *file, size_t length) {
    if (length > file->safe_length) {
        file->safe = realloc(file->safe, length);
        memset(file->safe + file->safe_length, 0, length - file->safe_length);
    }
    file->safe_length = length;
}

static void note(node *file, off_t offset, const void *bytes, size_t length) {
    change *step = calloc(1, sizeof(change));
    step->offset = offset;
    if (bytes != NULL) {
        step->length = length;
        step->bytes = malloc(length > 0 ? length : 1);
        memcpy(step->bytes, bytes, length);
    }
    if (file->last != NULL) file->last->next = step;
    else file->first = step;
    file->last = step;
}

/* Brings what is unsynced to the disk: all of it, or of each sector what the lot says. */
static void settle(node *file, bool is_whole) {
    unsigned chance = is_whole ? 2 : (unsigned)(draw() % 3);
    while (file->first != NULL) {
        change *step = file->first;
        if (step->bytes == NULL) {
            if (chance == 2 || (chance == 1 && (draw() & 1))) {
                set_length(file, (size_t)step->offset);
            }
        } else {
            size_t at = 0;
            while (at < step->length) {
                size_t part = SECTOR - ((size_t)step->offset + at) % SECTOR;
                if (part > step->length - at) part = step->length - at;
                if (chance == 2 || (chance == 1 && (draw() & 1))) {
                    put(file, step->offset + (off_t)at, step->bytes + at, part);
                }
                at += part;
            }
        }
        file->first = step->next;
        free(step->bytes);
        free(step);
    }
    file->last = NULL;
}

/* ---- faults --------------------------------------------------------------------------------- */

/* Called with the lock held before every change; the error that it fails with, or 0. */
static int fault(void) {
    if (is_dead) return EIO;
    change_count++;
    if (death > 0 && --death == 0) {
        is_dead = true;
        return EIO;
    }
    if (failure_count > 0) {
        if (failure > 0) {
            failure--;
        } else {
            failure_count--;
            return failure_error;
        }
    }
    return 0;
}

/* Takes room for a file that grows to `end`; false where there is none. */
static bool grow(node *file, off_t end) {
    if (end <= file->length) return true;
    if (room >= 0) {
        if (end - file->length > room) return false;
        room -= end - file->length;
    }
    file->length = end;
    return true;
}

static int refuse(int error) {
    pthread_mutex_unlock(&lock);
    errno = error;
    return -1;
}

static node *node_of(int descriptor) {
    if (!is_watching || descriptor < 0 || descriptor >= DESCRIPTORS) return NULL;
    return open_nodes[descriptor];
}

/* ---- the folder's life ---------------------------------------------------------------------- */

static void forget(void) {
    while (names != NULL) set_name(&names, names->name, NULL);
    while (safe_names != NULL) set_name(&safe_names, safe_names->name, NULL);
    while (first_naming != NULL) {
        naming *step = first_naming;
        first_naming = step->next;
        free(step);
    }
    last_naming = NULL;
    while (nodes != NULL) {
        node *file = nodes;
        nodes = file->next;
        while (file->first != NULL) {
            change *step = file->first;
            file->first = step->next;
            free(step->bytes);
            free(step);
        }
        free(file->safe);
        free(file);
    }
    memset(open_nodes, 0, sizeof open_nodes);
}

static void forget_faults(void) {
    death = failure = failure_count = 0;
    is_dead = false;
}

void faulty_files_begin(const char *folder) {
    pthread_mutex_lock(&lock);
    forget();
    forget_faults();
    strncpy(root, folder, PATH_MAX - 1);
    root_length = strlen(root);
    room = -1;
    change_count = 0;
    forgets_folder_syncs = false;
    is_watching = true;
    pthread_mutex_unlock(&lock);
}

void faulty_files_end(void) {
    pthread_mutex_lock(&lock);
    is_watching = false;
    forget();
    forget_faults();
    pthread_mutex_unlock(&lock);
}

uint64_t faulty_files_change_count(void) { return change_count; }

void faulty_files_die_after(uint64_t count) {
    pthread_mutex_lock(&lock);
    death = count;
    pthread_mutex_unlock(&lock);
}

bool faulty_files_are_dead(void) { return is_dead; }

void faulty_files_die(void) {
    pthread_mutex_lock(&lock);
    is_dead = true;
    pthread_mutex_unlock(&lock);
}

void faulty_files_fail_after(uint64_t count, uint64_t times, int error) {
    pthread_mutex_lock(&lock);
    failure = count;
    failure_count = times;
    failure_error = error;
    pthread_mutex_unlock(&lock);
}

void faulty_files_set_room(int64_t bytes) {
    pthread_mutex_lock(&lock);
    room = bytes;
    pthread_mutex_unlock(&lock);
}

void faulty_files_forget_folder_syncs(bool forgets) { forgets_folder_syncs = forgets; }

void faulty_files_revive(void) {
    pthread_mutex_lock(&lock);
    forget_faults();
    memset(open_nodes, 0, sizeof open_nodes);
    pthread_mutex_unlock(&lock);
}

static void write_real(const char *name, const node *file) {
    char path[2 * PATH_MAX];
    size_t at = 0;
    int descriptor;
    REAL(int, open, const char *, int, ...);
    strcpy(path, root);
    strcat(path, "/");
    strcat(path, name);
    descriptor = real(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) abort();
    {
        REAL(ssize_t, write, int, const void *, size_t);
        while (at < file->safe_length) {
            ssize_t count = real(descriptor, file->safe + at, file->safe_length - at);
            if (count <= 0) abort();
            at += (size_t)count;
        }
    }
    {
        REAL(int, close, int);
        real(descriptor);
    }
}

void faulty_files_cut_power(uint64_t seed) {
    uint64_t kept = 0;
    bool is_kept = false;
    naming *step;
    entry *name;
    node *file;
    pthread_mutex_lock(&lock);
    lot = seed;
    forget_faults();
    memset(open_nodes, 0, sizeof open_nodes);
    for (name = names; name != NULL; name = name->next) {
        char path[2 * PATH_MAX];
        REAL(int, unlink, const char *);
        strcpy(path, root);
        strcat(path, "/");
        strcat(path, name->name);
        real(path);
        strcat(path, "-shm");
        real(path);
    }
    while (names != NULL) set_name(&names, names->name, NULL);
    /* Names reach the disk in their order, up to some point. */
    for (step = first_naming; step != NULL; step = step->next) kept += !step->is_second;
    kept = draw() % (kept + 1);
    while (first_naming != NULL) {
        step = first_naming;
        if (!step->is_second) is_kept = kept > 0 && kept-- > 0;
        if (is_kept) set_name(&safe_names, step->name, step->node);
        first_naming = step->next;
        free(step);
    }
    last_naming = NULL;
    for (file = nodes; file != NULL; file = file->next) {
        settle(file, false);
        file->length = (off_t)file->safe_length;
    }
    for (name = safe_names; name != NULL; name = name->next) {
        set_name(&names, name->name, name->node);
        write_real(name->name, name->node);
    }
    pthread_mutex_unlock(&lock);
}

/* Takes a file up that stood there before: it counts as synced. */
static void adopt(const char *name, node *file, const char *path) {
    unsigned char part[4096];
    ssize_t count;
    int descriptor;
    REAL(int, open, const char *, int, ...);
    descriptor = real(path, O_RDONLY | O_CLOEXEC);
    while (descriptor >= 0 && (count = read(descriptor, part, sizeof part)) > 0) {
        put(file, (off_t)file->safe_length, part, (size_t)count);
    }
    if (descriptor >= 0) {
        REAL(int, close, int);
        real(descriptor);
    }
    file->length = (off_t)file->safe_length;
    set_name(&names, name, file);
    set_name(&safe_names, name, file);
}

/* ---- in front of glibc ---------------------------------------------------------------------- */

static int open_at(
    const char *path, int flags, mode_t mode, int (*real)(const char *, int, ...)) {
    const char *name;
    entry *known;
    node *file;
    struct stat facts;
    int descriptor, error = 0;
    bool changes, existed;
    pthread_mutex_lock(&lock);
    name = below(path);
    if (name == NULL) {
        pthread_mutex_unlock(&lock);
        return real(path, flags, mode);
    }
    known = *find(&names, name);
    existed = stat(path, &facts) == 0;
    changes = (!existed && (flags & O_CREAT) != 0) || (flags & O_TRUNC) != 0;
    if (is_dead) return refuse(EIO);
    if (changes && (error = fault()) != 0) return refuse(error);
    if (!existed && (flags & O_CREAT) != 0 && room == 0) return refuse(ENOSPC);
    descriptor = real(path, flags, mode);
    if (descriptor >= 0 && descriptor < DESCRIPTORS) {
        file = known != NULL ? known->node : NULL;
        fstat(descriptor, &facts);
        if (file == NULL && S_ISDIR(facts.st_mode)) {
            file = make_node();
            file->is_folder = true;
            strncpy(file->path, name, PATH_MAX - 1);
        } else if (file == NULL) {
            file = make_node();
            if (existed) adopt(name, file, path);
            else rename_later(name, file, false);
        }
        if (!file->is_folder && (flags & O_TRUNC) != 0) {
            if (room >= 0) room += file->length;
            file->length = 0;
            note(file, 0, NULL, 0);
        }
        open_nodes[descriptor] = file;
    }
    error = errno;
    pthread_mutex_unlock(&lock);
    errno = error;
    return descriptor;
}

#define MODE_OF(flags)                                                                             \
    mode_t mode = 0;                                                                               \
    if (((flags) & O_CREAT) != 0) {                                                                \
        va_list list;                                                                              \
        va_start(list, flags);                                                                     \
        mode = va_arg(list, mode_t);                                                               \
        va_end(list);                                                                              \
    }

int open(const char *path, int flags, ...) {
    MODE_OF(flags)
    REAL(int, open, const char *, int, ...);
    return open_at(path, flags, mode, real);
}

int open64(const char *path, int flags, ...) {
    MODE_OF(flags)
    REAL(int, open64, const char *, int, ...);
    return open_at(path, flags, mode, real);
}

int close(int descriptor) {
    REAL(int, close, int);
    if (is_watching && descriptor >= 0 && descriptor < DESCRIPTORS) {
        pthread_mutex_lock(&lock);
        open_nodes[descriptor] = NULL;
        pthread_mutex_unlock(&lock);
    }
    return real(descriptor);
}

static ssize_t write_at(
    int descriptor, const void *bytes, size_t length, off_t offset, bool is_placed) {
    REAL(ssize_t, pwrite, int, const void *, size_t, off_t);
    node *file;
    ssize_t count;
    int error;
    pthread_mutex_lock(&lock);
    file = node_of(descriptor);
    if (file == NULL) {
        pthread_mutex_unlock(&lock);
        if (is_placed) return real(descriptor, bytes, length, offset);
        {
            REAL(ssize_t, write, int, const void *, size_t);
            return real(descriptor, bytes, length);
        }
    }
    if ((error = fault()) != 0) return refuse(error);
    if (!is_placed) offset = lseek(descriptor, 0, SEEK_CUR);
    if (!grow(file, offset + (off_t)length)) return refuse(ENOSPC);
    count = real(descriptor, bytes, length, offset);
    if (count > 0) {
        note(file, offset, bytes, (size_t)count);
        if (!is_placed) lseek(descriptor, offset + count, SEEK_SET);
    }
    error = errno;
    pthread_mutex_unlock(&lock);
    errno = error;
    return count;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset) {
    return write_at(descriptor, bytes, length, offset, true);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off64_t offset) {
    return write_at(descriptor, bytes, length, offset, true);
}

ssize_t write(int descriptor, const void *bytes, size_t length) {
    if (!is_watching) {
        REAL(ssize_t, write, int, const void *, size_t);
        return real(descriptor, bytes, length);
    }
    return write_at(descriptor, bytes, length, 0, false);
}

int ftruncate(int descriptor, off_t length) {
    REAL(int, ftruncate, int, off_t);
    node *file;
    int result, error;
    pthread_mutex_lock(&lock);
    file = node_of(descriptor);
    if (file == NULL) {
        pthread_mutex_unlock(&lock);
        return real(descriptor, length);
    }
    if ((error = fault()) != 0) return refuse(error);
    if (length < file->length && room >= 0) room += file->length - length;
    if (length < file->length) file->length = length;
    if (!grow(file, length)) return refuse(ENOSPC);
    result = real(descriptor, length);
    if (result == 0) note(file, length, NULL, 0);
    error = errno;
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

int ftruncate64(int descriptor, off64_t length) { return ftruncate(descriptor, length); }

/* Blocks that are taken hold zeroes: for the disk it is a longer file. */
int posix_fallocate(int descriptor, off_t offset, off_t length) {
    REAL(int, posix_fallocate, int, off_t, off_t);
    node *file;
    struct stat facts;
    pthread_mutex_lock(&lock);
    file = node_of(descriptor);
    pthread_mutex_unlock(&lock);
    if (file == NULL) return real(descriptor, offset, length);
    if (fstat(descriptor, &facts) != 0) return errno;
    if (facts.st_size >= offset + length) return 0;
    return ftruncate(descriptor, offset + length) == 0 ? 0 : errno;
}

int posix_fallocate64(int descriptor, off64_t offset, off64_t length) {
    return posix_fallocate(descriptor, offset, length);
}

/* Nothing is truly synced: only what is noted decides, and the tests need not wait for a disk. */
int fsync(int descriptor) {
    REAL(int, fsync, int);
    node *file;
    int error;
    pthread_mutex_lock(&lock);
    file = node_of(descriptor);
    if (file == NULL) {
        pthread_mutex_unlock(&lock);
        return real(descriptor);
    }
    if ((error = fault()) != 0) {
        if (!is_dead && !file->is_folder) settle(file, false);
        return refuse(error);
    }
    if (file->is_folder) sync_folder(file->path);
    else settle(file, true);
    pthread_mutex_unlock(&lock);
    return 0;
}

int fdatasync(int descriptor) { return fsync(descriptor); }

int unlink(const char *path) {
    REAL(int, unlink, const char *);
    const char *name;
    entry *known;
    int result, error;
    pthread_mutex_lock(&lock);
    name = below(path);
    if (name == NULL) {
        pthread_mutex_unlock(&lock);
        return real(path);
    }
    if ((error = fault()) != 0) return refuse(error);
    result = real(path);
    error = errno;
    known = *find(&names, name);
    if (result == 0 && known != NULL) {
        if (room >= 0) room += known->node->length;
        rename_later(name, NULL, false);
    }
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

int rename(const char *from, const char *to) {
    REAL(int, rename, const char *, const char *);
    const char *old_name, *new_name;
    entry *known;
    int result, error;
    pthread_mutex_lock(&lock);
    old_name = below(from);
    new_name = below(to);
    if (old_name == NULL || new_name == NULL) {
        pthread_mutex_unlock(&lock);
        return real(from, to);
    }
    if ((error = fault()) != 0) return refuse(error);
    result = real(from, to);
    error = errno;
    known = *find(&names, old_name);
    if (result == 0 && known != NULL) {
        /* One step of the journal: the old name goes with the new one's coming. */
        node *meaning = known->node;
        entry *replaced = *find(&names, new_name);
        if (room >= 0 && replaced != NULL) room += replaced->node->length;
        rename_later(new_name, meaning, false);
        rename_later(old_name, NULL, true);
    }
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

int statvfs(const char *path, struct statvfs *facts) {
    REAL(int, statvfs, const char *, struct statvfs *);
    int result = real(path, facts);
    pthread_mutex_lock(&lock);
    if (result == 0 && below(path) != NULL && room >= 0) {
        facts->f_bavail = facts->f_bfree = (fsblkcnt_t)room / facts->f_frsize;
    }
    pthread_mutex_unlock(&lock);
    return result;
}

#endif
