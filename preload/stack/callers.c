#include "preload/stack/callers.h"

#include "preload/os/self.h"
#include "preload/stack/stack.h"

#include <stdatomic.h>

/* By call site: the site if its frame pointers can be believed, else the site | BAD; 0: not known yet. */
enum { SITES = 1024, OURS = 3 };
static _Atomic uint64_t sites[SITES];
static const uint64_t BAD = 1ull << 63;

static bool try_it(const struct callers *c, uint64_t site, uint64_t frame, _Atomic uint64_t *known)
{
    int error = self_enter();
    bool good = stack_agrees(site, frame, c);
    atomic_store_explicit(known, good ? site : site | BAD, memory_order_relaxed);
    self_leave(error);
    return good;
}

/* Two sites that share a place: the second one goes without. */
static bool is_good(const struct callers *c, uint64_t site, uint64_t frame)
{
    _Atomic uint64_t *known = &sites[site * 0x9E3779B97F4A7C15u >> 54];
    uint64_t is = atomic_load_explicit(known, memory_order_relaxed);
    return is == site || (is == 0 && try_it(c, site, frame, known));
}

void callers_walk(struct callers *c, uint64_t site, uint64_t frame, const uint64_t *own)
{
    const uint64_t *at = own;
    for (int hops = 0; hops < CALLERS + OURS && c->count < CALLERS && callers_near(at) && *at % 8 == 0; hops++) {
        at = (const uint64_t *)(uintptr_t)*at;
        if ((uint64_t)(uintptr_t)at < frame)
            continue; /* still one of ours */
        c->above[c->count] = (uint64_t)(uintptr_t)(at + 2);
        c->at[c->count++] = at[1];
    }
    if (c->count == 0 || !is_good(c, site, frame)) {
        c->count = 0;
        return;
    }
    uint64_t key = site;
    for (uint32_t i = 0; i < c->count; i++)
        key = (key << 7 | key >> 57) ^ c->at[i];
    c->key = (key ^ key >> 48) & 0xffffffffffff;
}
