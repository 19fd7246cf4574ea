/*
 * Where mutexes and the like were made, for when they get an id, which most never do: of the last few thousand. Read
 * and written without locks; two at a time may mix up what a report says of where a lock was made, and no more.
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_INIT_SITE_H
#define LOCKWATCH_PRELOAD_LOCK_INIT_SITE_H

#include "preload/os/real.h"

#include <stdint.h>

/* A lock was made at this address by the call at `site`. */
void init_site_note(uint64_t address, uint64_t site) HIDDEN;

/* Where the lock at an address was made; 0: not known. */
uint64_t init_site_of(uint64_t address) HIDDEN;

/* It is no more; or whatever was at `size` bytes. */
void init_site_forget(uint64_t address) HIDDEN;
void init_site_forget_within(uint64_t from, uint64_t size) HIDDEN;

#endif
