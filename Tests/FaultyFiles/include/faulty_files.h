#ifndef KAWAMORI_FAULTY_FILES_H
#define KAWAMORI_FAULTY_FILES_H

#include <stdbool.h>
#include <stdint.h>

/* A disk that forgets, tears, fills up and fails as a test decides.
 *
 * It stands between the process and glibc: every change of a file under one folder, SQLite's and our
 * own alike, is carried out and also noted. What was synced is the disk's; the rest is in a volatile
 * cache, names included, which are safe only once their folder was synced. Files whose name ends in
 * `-shm` are memory and not watched. */

/* Whether the functions of this library stand in front of glibc's here. */
bool faulty_files_work(void);

/* Watches a folder from now on; what is in it counts as synced. One folder at a time. */
void faulty_files_begin(const char *folder);

/* Watches nothing any more and forgets every fault. */
void faulty_files_end(void);

/* Changes, syncs among them, since `begin`. */
uint64_t faulty_files_change_count(void);

/* The process dies instead of making the change after `count` more: every change fails from then on and
 * none is made. 0 never. */
void faulty_files_die_after(uint64_t count);
bool faulty_files_are_dead(void);
void faulty_files_die(void);

/* After `count` more changes, `times` of them fail with this error. A failed sync loses each unsynced
 * sector or not, by lot, as Linux does; see fsyncgate. */
void faulty_files_fail_after(uint64_t count, uint64_t times, int error);

/* So many bytes may still be added to files; negative: no limit. */
void faulty_files_set_room(int64_t bytes);

/* A known bug, for tests of the tests: names count as safe only by chance, whatever syncs a folder. */
void faulty_files_forget_folder_syncs(bool forgets);

/* The process was killed: what it wrote is there, and a new one may begin. No descriptor is open. */
void faulty_files_revive(void);

/* The power was cut: of every unsynced change only what the lot of `seed` leaves is there. No
 * descriptor is open. */
void faulty_files_cut_power(uint64_t seed);

#endif
