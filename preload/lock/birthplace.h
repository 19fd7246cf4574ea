/*
 * Who called the function that initialised a lock. A program that initialises all of its locks in one function of its
 * own has one place for all of them; what tells them apart is its callers.
 *
 * The first BIRTHPLACES initialisations of a process are unwound, a few frames each: about 1 µs. Later ones have the
 * place of the call alone, and cost nothing: until then libc's pthread_mutex_init is replaced in the table of real
 * functions, and afterwards that leads to it again.
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_BIRTHPLACE_H
#define LOCKWATCH_PRELOAD_LOCK_BIRTHPLACE_H

#include "preload/lock/init_site.h"

enum { BIRTHPLACES = INIT_SITE_NUMBERS };

/*
 * The site of an initialisation that the thread is in now, with the number of its birthplace if there was room for one:
 * what is to be noted as the init site.
 */
uint64_t birthplace_note(uint64_t site, uint64_t frame) HIDDEN;

static inline uint64_t birthplace_site(uint64_t noted)
{
    return noted & ((1ull << INIT_SITE_BITS) - 1);
}

/* What was noted of the lock at an address; 0: nothing is known. */
uint64_t birthplace_of(uint64_t address) HIDDEN;

/* The stack of such an initialisation. Not under the raw lock. 0: no room, or no site. */
uint32_t birthplace_stack(uint64_t noted) HIDDEN;

/* At start-up. */
void birthplace_start(void) HIDDEN;

#endif
