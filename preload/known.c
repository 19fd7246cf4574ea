#include "preload/known.h"

#include "preload/arena.h"
#include "preload/latch.h"

#include <string.h>

static struct arena_pool pool = {.size = KNOWN * sizeof(struct known)};

bool known_ready(void)
{
    if (self.known != NULL)
        return true;
    struct latched l = latch_take();
    self.known = arena_pool_get(&pool);
    latch_release(l);
    if (self.known == NULL)
        record_mark_incomplete(&ours, INCOMPLETE_HOLDS);
    return self.known != NULL;
}

void known_end(void)
{
    if (self.known == NULL)
        return;
    struct latched l = latch_take();
    arena_pool_put(&pool, self.known);
    self.known = NULL;
    latch_release(l);
}

void known_reset(void)
{
    pool.free = NULL; /* another thread may have been at it */
    if (self.known != NULL)
        memset(self.known, 0, pool.size);
}
