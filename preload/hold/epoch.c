#include "preload/hold/epoch.h"

#include "preload/hold/known_paths.h"
#include "preload/lock/lock_index.h"
#include "preload/os/raw_lock.h"

#include <stdatomic.h>
#include <string.h>

static uint32_t newest(void)
{
    return self.own->epoch != 0 ? self.own->epoch : self.own->born;
}

/* Under the raw lock. */
static uint32_t add(struct thread *t, uint32_t slot, const uint32_t joined[2])
{
    uint32_t id = record_reserve(&ours, TABLE_EPOCHS, 1);
    if (id == 0) {
        record_mark_incomplete(&ours, INCOMPLETE_SPACE);
        return 0;
    }
    struct epoch *e = epoch_at(id);
    *e = (struct epoch){.serial = t->serial,
                        .thread = slot,
                        .before = t->epoch != 0 ? t->epoch : t->born,
                        .joined = {joined[0], joined[1]},
                        .tid = t->tid,
                        .routine = t->routine,
                        .phase = t->phase};
    memcpy(e->name, t->name, sizeof e->name);
    record_commit(&ours, TABLE_EPOCHS, id, 1);
    t->epoch = id;
    return id;
}

uint32_t epoch_now(void)
{
    uint32_t id = self.epoch != 0 ? self.epoch : add(self.own, self.id, self.joined);
    if (self.epoch == 0 && id != 0) {
        self.joined[0] = self.joined[1] = 0;
        self.epoch = id;
    }
    return id;
}

uint32_t epoch_of(struct thread *t, uint32_t id)
{
    return t->epoch != 0 ? t->epoch : add(t, id, (const uint32_t[2]){0, 0});
}

static uint32_t epoch_opened(void)
{
    struct signals_saved l = raw_lock_acquire();
    uint32_t id = epoch_now();
    raw_lock_release(l);
    return id;
}

uint32_t epoch_point(void)
{
    if (self.epoch == 0 && self.joined[0] != 0)
        epoch_opened();
    return newest();
}

/* What the thread's cache says it noted, it noted in the epoch that ends. */
void epoch_part(void)
{
    if (self.epoch != 0)
        known_paths_clear(self.own);
    self.epoch = 0;
}

void epoch_join(uint32_t last)
{
    if (last == 0 || last == newest() || epoch_at(last)->serial == self.own->serial)
        return;
    epoch_part();
    if (self.joined[1] != 0) {
        epoch_opened();
        self.epoch = 0;
    }
    self.joined[self.joined[0] != 0] = last;
}

void epoch_spanned(const struct thread *ended, uint32_t lock)
{
    enum { STEPS = 256 };
    uint32_t id = lock != 0 ? ended->epoch : 0;
    for (int i = 0; i < STEPS && id != 0 && epoch_at(id)->serial == ended->serial; i++, id = epoch_at(id)->before) {
        epoch_at(id)->spanned_generation = lock_at(lock)->generation;
        epoch_at(id)->spanned_creator = self.own->serial;
        atomic_store_explicit(&epoch_at(id)->spanned_by, lock, memory_order_release);
    }
}
