/*
 * Where mutexes and the like were made, for when they get an id, which most never do: of the last few thousand. Read
 * and written without locks; two at a time may mix up what a report says of where a lock was made, and no more.
 */
#ifndef LOCKWATCH_PRELOAD_BIRTH_H
#define LOCKWATCH_PRELOAD_BIRTH_H

#include "preload/real.h"

#include <stdint.h>

/* A lock was made at this address by the call at `site`. */
void birth_note(uint64_t address, uint64_t site) HIDDEN;

/* Where the lock at an address was made; 0: not known. */
uint64_t birth_site(uint64_t address) HIDDEN;

/* It is no more; or whatever was at `size` bytes. */
void birth_forget(uint64_t address) HIDDEN;
void birth_forget_within(uint64_t from, uint64_t size) HIDDEN;

#endif
