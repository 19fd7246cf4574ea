/*
 * The functions behind the intercepted names: libc's own, or those of whoever else stands between.
 *
 * The mutex calls are good from the first instruction on: other libraries' constructors, and a malloc of the program's
 * own, lock before ours has run. The rest is found once, by real_find.
 */
#ifndef LOCKWATCH_PRELOAD_REAL_H
#define LOCKWATCH_PRELOAD_REAL_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <sys/types.h>
#include <threads.h>
#include <time.h>

#define HIDDEN __attribute__((visibility("hidden")))
#define EXPORT __attribute__((visibility("default")))

struct real {
#define CALL(result, name, parameters) result(*name) parameters;
#include "preload/calls.def"
#undef CALL
};

extern struct real real HIDDEN;

/* Find them all; cheap when that was done. Called at start-up, and by wrappers that are called even earlier. */
void real_find(void) HIDDEN;

#endif
