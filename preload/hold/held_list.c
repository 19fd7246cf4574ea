#include "preload/hold/held_list.h"

#include "preload/hold/trie.h"
#include "preload/os/arena.h"
#include "preload/os/fork_zeroed.h"
#include "preload/os/raw_lock.h"
#include "preload/os/self.h"

#include <string.h>

enum { MOST = 1024 };
struct held_list {
    void *free; /* the pool's */
    uint32_t count;
    struct held_item item[MOST];
};

const char held_list_mark;
static void *pool FORK_ZEROED;

static bool begin(void)
{
    if (self.held_list == NULL) {
        struct signals_saved l = raw_lock_acquire();
        self.held_list = arena_pool_get(&pool, sizeof(struct held_list));
        raw_lock_release(l);
    }
    return self.held_list != NULL;
}

bool held_list_take(uint32_t path, uint32_t without)
{
    uint32_t left = path != 0 ? hold_at(path)->depth - 1 : 0;
    if (left > MOST || !begin())
        return false;
    self.held_list->count = left;
    for (uint32_t id = path; id != 0; id = hold_at(id)->parent) {
        const struct hold *h = hold_at(id);
        if (id != without && left > 0)
            self.held_list->item[--left] =
                (struct held_item){.address = h->address,
                                   .site = record_site(&ours, h->stack),
                                   .as = HOLD_AS(lock_at(h->lock)->kind, h->how | HOW_REBUILT),
                                   .stack = h->stack};
    }
    return true;
}

uint32_t held_list_count(void)
{
    return self.held_list->count;
}

struct held_item held_list_at(uint32_t i)
{
    return self.held_list->item[i];
}

void held_list_add(struct held_item item)
{
    struct held_list *l = self.held_list;
    if (l->count < MOST)
        l->item[l->count++] = item;
}

bool held_list_remove(uint64_t address)
{
    struct held_list *l = self.held_list;
    uint32_t i = l->count;
    while (i > 0 && l->item[i - 1].address != address)
        i--;
    if (i == 0)
        return false;
    memmove(&l->item[i - 1], &l->item[i], (--l->count - (i - 1)) * sizeof l->item[0]);
    return true;
}

void held_list_clear(void)
{
    self.held_list->count = 0;
}

void held_list_end(void)
{
    if (self.held_list == NULL)
        return;
    struct signals_saved l = raw_lock_acquire();
    arena_pool_put(&pool, self.held_list);
    self.held_list = NULL;
    raw_lock_release(l);
}
