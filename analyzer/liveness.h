/*
 * Whether the process of a record still runs, and else how it ended, as far as the record or the kernel knows.
 */
#ifndef LOCKWATCH_ANALYZER_LIVENESS_H
#define LOCKWATCH_ANALYZER_LIVENESS_H

#include "record/reader.h"

/* Whether the process of a record runs now, not another one with its pid. A zombie does not run. */
bool liveness_runs(const struct record *r);

/* Whether it runs, and no signal is about to end it: then its threads no longer are where they stood. */
bool liveness_stays(const struct record *r);

/* Whether a process that runs is stopped, by a signal or a debugger. */
bool liveness_stopped(const struct record *r);

/*
 * Asks the kernel in which system call each thread of a running process is that is not blocked by its record, and notes
 * it in this copy of the record: struct kernel_word, and THREAD_ASLEEP for what sleeps in a futex call. True: there are
 * some of these; then confirm with `later`, a copy made afterwards, which shows those that were just about to record
 * their wait. Where the kernel does not answer, what the library has noted stays. A process that is stopped was not
 * seen: nothing of it moves.
 */
bool liveness_look(const struct record *r, uint64_t now);
void liveness_confirm_asleep(const struct record *r, const struct record *later);

/* Writes what liveness_look has noted to the file that the copy is of, for who reads it when the process is gone. */
void liveness_keep(const struct record_file *f, const char *path);

/* The number of runs in a merged record; 0: it is not merged. */
uint32_t liveness_merged(const struct record *r);

/* "running", "exit 0", "signal 9", "unknown", as in JSON. */
void liveness_end(const struct record *r, bool runs, char *text, size_t size);

#endif
