/*
 * What the wrappers of toolkits have in common. A wrapper is: find the copy of the toolkit that was called, close the
 * recursion guard, the toolkit's own call, and what that changes in the locks held. So what the toolkit does inside is
 * not watched: a GRecMutex is a mutex of pthreads there, and would be a second lock.
 *
 * Nothing in a toolkit's lock says who holds it. The record alone does.
 */
#ifndef LOCKWATCH_PRELOAD_HOOKS_TOOLKIT_H
#define LOCKWATCH_PRELOAD_HOOKS_TOOLKIT_H

#include "preload/hold/hold.h"
#include "preload/lock/birthplace.h"
#include "preload/misuse/misuse.h"
#include "preload/os/toolkit.h"
#include "preload/thread/thread.h"
#include "preload/wait/wait.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* The toolkit's call to lock, unlock, or wait for this object alone; and one that tries. */
typedef void toolkit_call(void *object);
typedef int toolkit_try(void *object);

struct toolkit_step {
    toolkit_call *really;
    void *object;
};

/* What the toolkit calls in order to wait is no wait of its own. A handler that interrupts it is not watched. */
ALWAYS_INLINE void toolkit_closed(toolkit_call *really, void *object)
{
    self.slot = NULL;
    really(object);
    self.slot = self.own;
}

int toolkit_block(void *step) HIDDEN;

ALWAYS_INLINE void toolkit_acquired(const struct call *c, uint32_t how)
{
    if (self_watched() != NULL)
        hold_acquire(self.slot, (const void *)(uintptr_t)c->address, HOLD_AS(c->kind, how), c->site, c->frame);
}

/* The thread is watched. `try` may be NULL: then `busy` says whether it seems to have to wait. */
ALWAYS_INLINE void toolkit_lock(const struct call *c, uint32_t how, toolkit_try *try, toolkit_call *lock, bool busy)
{
    void *object = (void *)(uintptr_t)c->address;
    if (try != NULL) {
        self.slot = NULL;
        busy = !try(object);
        self.slot = self.own;
    }
    if (busy) {
        struct toolkit_step step = {lock, object};
        const struct wait w = {
            .call = *c, .how = (how & HOW_SHARED) != 0 ? WANT_SHARED : 0, .block = toolkit_block, .argument = &step};
        wait_run(&w);
    } else if (try == NULL)
        toolkit_closed(lock, object);
    toolkit_acquired(c, how);
}

/* Whether it was locked. */
ALWAYS_INLINE int toolkit_trylock(const struct call *c, uint32_t how, toolkit_try *try)
{
    self.slot = NULL;
    int locked = try((void *)(uintptr_t)c->address);
    self.slot = self.own;
    if (locked)
        toolkit_acquired(c, how | HOW_TRIED);
    return locked;
}

/* Before the toolkit's call. `free`: the lock says so itself. */
ALWAYS_INLINE void toolkit_releases(const struct call *c, bool free)
{
    if (!hold_release(self.slot, (const void *)(uintptr_t)c->address) || unlikely(free))
        misuse_unlock_toolkit(c, free);
}

/* After the toolkit's call: another lock begins here. */
void toolkit_initialised(const struct call *c) HIDDEN;

/*
 * Locks that a thread may acquire again: the number of times beyond the first. Of what it has so acquired more often
 * than can be counted here, the last release is not seen as such; then the lock has no owner.
 */
bool toolkit_again(uint64_t address) HIDDEN;    /* it holds it: count one more. False: it does not hold it */
bool toolkit_not_last(uint64_t address) HIDDEN; /* it is released, but not for the last time */

#endif
