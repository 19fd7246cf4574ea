/*
 * What the C11 calls share with those of pthreads, which they are in glibc but for their error numbers. Each is the
 * whole wrapper; `site` and `frame` are those of the program's call.
 */
#ifndef LOCKWATCH_PRELOAD_HOOKS_HOOKS_H
#define LOCKWATCH_PRELOAD_HOOKS_HOOKS_H

#include "preload/os/real.h"

#include <stdint.h>

int hook_mutex_lock(pthread_mutex_t *m, uint64_t site, uint64_t frame) HIDDEN;
int hook_mutex_trylock(pthread_mutex_t *m, uint64_t site, uint64_t frame) HIDDEN;
int hook_mutex_timedlock(pthread_mutex_t *m, const struct timespec *time, uint64_t site, uint64_t frame) HIDDEN;
int hook_mutex_unlock(pthread_mutex_t *m, uint64_t frame) HIDDEN;

int hook_cond_wait(pthread_cond_t *c, pthread_mutex_t *m, const struct timespec *time, uint64_t site,
                   uint64_t frame) HIDDEN;
int hook_cond_signal(pthread_cond_t *c, bool all, uint64_t site, uint64_t frame) HIDDEN;
int hook_cond_destroy(pthread_cond_t *c, uint64_t site, uint64_t frame) HIDDEN;

int hook_join(pthread_t thread, void **value, uint64_t site, uint64_t frame) HIDDEN;
int hook_detach(pthread_t thread) HIDDEN;

#endif
