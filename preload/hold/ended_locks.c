#include "preload/hold/ended_locks.h"

#include "detect/held.h"
#include "preload/lock/recent_locks.h"
#include "preload/os/arena.h"
#include "preload/os/fork_zeroed.h"
#include "preload/store/store.h"

#include <string.h>

static void *pool FORK_ZEROED;

/* As for others that are woken: what counts is what it took since it last woke somebody, or made a thread. */
struct ended_locks *ended_locks_keep(const struct thread *ended)
{
    uint64_t acquired[ENDED_LOCKS];
    uint32_t count = 0;
    if (recent_locks_none())
        return NULL;
    for (int i = 0; i < RECENT_LOCKS && count < ENDED_LOCKS; i++) {
        uint64_t entry = self.recent_locks[i], address = recent_locks_address(entry);
        if (address != 0 && !recent_locks_is_event(entry) && recent_locks_is_unparted(entry) &&
            recent_locks_is_after(recent_locks_clock(entry), self.woke) && !held_by_thread(&ours, ended, address))
            acquired[count++] = entry;
    }
    struct ended_locks *e = count > 0 ? arena_pool_get(&pool, sizeof *e) : NULL;
    if (e == NULL)
        return NULL;
    e->count = count;
    memcpy(e->acquired, acquired, count * sizeof acquired[0]);
    return e;
}

void ended_locks_free(struct ended_locks *e)
{
    if (e != NULL)
        arena_pool_put(&pool, e);
}
