/*
 * Whether this process is the one whose record is mapped. The child of a fork that ran no handlers (clone or fork as a
 * bare system call) goes on in a copy of our memory but in its parent's record, which is shared: it must not write a
 * word there, nor read what its parent may have added where nothing is mapped here. So the recursion guard, which every
 * wrapper tests (self_watched), depends on a word that the kernel clears in such a child (MADV_WIPEONFORK, Linux 4.14).
 * Slot and word are tested by one instruction.
 *
 * A child of fork or _Fork sets it again, once it has left its parent's record. Any other child is not watched, nor is
 * what it forks, until it executes something.
 */
#ifndef LOCKWATCH_PRELOAD_OS_FORK_GUARD_H
#define LOCKWATCH_PRELOAD_OS_FORK_GUARD_H

#include "arch/arch.h"
#include "preload/os/real.h"

#include <stdint.h>

/* What a toolkit's locks are seen to be, so that the common case need not call it. */
enum fork_guard_toolkit {
    GUARD_FUTEXES,   /* GMutex: a futex */
    GUARD_RECURSIVE, /* GRecMutex: a pointer to a recursive mutex of pthreads */
    GUARD_RWLOCKS,   /* GRWLock: a pointer to a reader-writer lock of pthreads */
    GUARD_TOOLKIT,
};

/* On a page of its own. */
union fork_guard {
    struct {
        uint64_t open;                   /* all ones; 0: nobody is watched here */
        uint64_t inlined;                /* likewise; 0: nothing of preload/os/inlined.h may be used */
        uint64_t toolkit[GUARD_TOOLKIT]; /* likewise; 0: nothing of such locks may be done without the toolkit */
        uint64_t shut_in; /* this process has entered a sandbox (preload/os/sandbox.h), and shut it for good */
    };
    char page[ARCH_PAGE_MOST];
};

extern union fork_guard fork_guard HIDDEN;
extern bool fork_guard_started HIDDEN;
extern bool fork_guard_inlines HIDDEN; /* decided at start-up, before fork_guard_start */

/* A bit for each enum fork_guard_toolkit: what all copies of toolkits have been seen to be. */
void fork_guard_allow(uint32_t toolkit) HIDDEN;

/* From now on nothing is inlined, as every acquisition is to be looked at. */
void fork_guard_observe(void) HIDDEN;

/* Whether this is a child that stands aside. What is not called by a wrapper asks before it uses the
 * record. */
static inline bool fork_guard_is_foreign(void)
{
    return fork_guard.open == 0 && fork_guard_started;
}

/* At the start, and in a child that begins anew. */
void fork_guard_start(void) HIDDEN;
void fork_guard_open(void) HIDDEN;

#endif
