/*
 * Where mutexes and the like were initialised, for when they get an id, which most never do: of the last few thousand.
 * Read and written without locks; two threads at a time may mix up which site a report names, and no more.
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_INIT_SITE_H
#define LOCKWATCH_PRELOAD_LOCK_INIT_SITE_H

#include "preload/os/real.h"

#include <stdint.h>

/* A lock was initialised at this address by the call at `site`. */
void init_site_note(uint64_t address, uint64_t site) HIDDEN;

/* Where the lock at an address was initialised; 0: not known. */
uint64_t init_site_of(uint64_t address) HIDDEN;

/* It was destroyed; or all that lies among `size` bytes. */
void init_site_forget(uint64_t address) HIDDEN;
void init_site_forget_within(uint64_t from, uint64_t size) HIDDEN;

#endif
