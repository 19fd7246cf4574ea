/*
 * The locks of the loader itself, inside _rtld_global (glibc, sysdeps/generic/ldsodefs.h), found by what such a mutex
 * looks like: who has one of them while it waits for us must not be waited for. With musl none is known.
 */
#ifndef LOCKWATCH_PRELOAD_OS_LOADER_H
#define LOCKWATCH_PRELOAD_OS_LOADER_H

#include <stdbool.h>

/*
 * Whether another thread than `tid` (0: any) has one of the loader's locks just now: who calls what takes them would
 * wait for that thread, perhaps for ever. False also where they were not found.
 */
bool loader_is_busy(unsigned tid);

/* The same of the one of the list of objects alone, for which dl_iterate_phdr waits. */
bool loader_is_busy_with_list(unsigned tid);

/* The same of the one that pthread_create needs. */
bool loader_is_busy_for_threads(unsigned tid);

/*
 * In the child of a fork: releases what threads of the parent held. glibc does so but for the list of objects, for
 * which a child would wait for ever when a thread of the parent, perhaps one of our own looks, was in dl_iterate_phdr.
 */
void loader_in_child(void);

/* dladdr, or 0 while loader_is_busy. */
int loader_name(const void *address, void *info);

/* Whether a word is one of the loader's. */
bool loader_owns(const void *address);

#endif
