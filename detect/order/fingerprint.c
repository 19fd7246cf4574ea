#include "detect/order/fingerprint.h"

#include "detect/rotation.h"

uint64_t fingerprint_mix(uint64_t hash, uint64_t value)
{
    uint64_t z = (hash ^ value) * 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    return z ^ z >> 27;
}

bool fingerprints_begin(struct fingerprints *f, const struct orders_world *w, struct pages *p)
{
    *f = (struct fingerprints){.world = w, .locks = record_used(w->record, TABLE_LOCKS)};
    f->lock = pages_get(p, f->locks, sizeof *f->lock);
    return f->lock != NULL;
}

static uint64_t likeness_of(const struct orders_world *w, uint32_t lock)
{
    const struct lock *l = record_lock(w->record, lock);
    if (w->likeness != NULL)
        return w->likeness(w->context, lock);
    uint64_t site = l == NULL || l->created == 0 ? 0 : record_site(w->record, l->created);
    return site == 0 ? fingerprint_mix(1, lock) : fingerprint_mix(fingerprint_mix(2, l->kind), site);
}

static uint64_t lock_fingerprint(struct fingerprints *f, uint32_t lock)
{
    if (lock >= f->locks)
        return 1;
    if (f->lock[lock] == 0)
        f->lock[lock] = likeness_of(f->world, lock) | 1;
    return f->lock[lock];
}

static uint64_t site_of(const struct fingerprints *f, uint32_t hold)
{
    const struct hold *h = record_hold(f->world->record, hold);
    return h == NULL ? 0 : record_site(f->world->record, h->stack);
}

uint64_t fingerprint_side(struct fingerprints *f, uint32_t held, uint32_t hold, uint32_t wanted, uint32_t node)
{
    uint64_t hash = fingerprint_mix(lock_fingerprint(f, held), site_of(f, hold));
    return fingerprint_mix(fingerprint_mix(hash, lock_fingerprint(f, wanted)), site_of(f, node)) | 1;
}

uint64_t fingerprint_cycle(const uint64_t *side, uint32_t n)
{
    size_t first = rotation_least(side, n);
    uint64_t hash = n;
    for (uint32_t i = 0; i < n; i++)
        hash = fingerprint_mix(hash, side[(first + i) % n]);
    return hash;
}
