/*
 * A process that runs, read by way of /proc and process_vm_readv. Nothing is written to it and, unless it is asked for,
 * nothing is stopped: a thread that does not run between two looks has had its registers, its stack and its system call
 * as they were read in between. With --stop all threads are stopped by ptrace for as long as reading them takes.
 */
#ifndef LOCKWATCH_ANALYZER_ATTACH_PROCESS_H
#define LOCKWATCH_ANALYZER_ATTACH_PROCESS_H

#include "analyzer/attach/target.h"

#include <sys/types.h>

/* Opens a process: what it is, its mappings and threads. False: `error` says why not. Close in both cases. */
bool process_open(struct target *t, uint32_t pid);

/* A second look: marks the threads that have run since, or whose system call is another one, as moved. False: the
 * process has ended. */
bool process_look_again(struct target *t);

/* What a thread does now, without a mark that it has moved. False: it has ended. */
bool process_ask(const struct target *t, struct target_thread *of);

/*
 * Stops all threads, and reads their registers; a thread that is somewhere else by now has moved. False: one cannot be
 * stopped, and `error` says why. Then, too, they have to go on.
 */
bool process_stop(struct target *t);
void process_continue(const struct target *t);

bool process_read(struct target *t, uint64_t address, void *to, size_t size);

/* Whether a tid that is not the target's is one of another process in the same pid namespace. */
bool process_has_tid(const struct target *t, uint32_t tid);

/* What /proc/PID/NAME has, with a NUL behind it, up to a bound; NULL: nothing. To be freed. */
char *process_file(uint32_t pid, const char *name, size_t *size);

#endif
