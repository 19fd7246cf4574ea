#include "preload/epoch.h"

#include "preload/known.h"
#include "preload/latch.h"

#include <string.h>

static struct epoch *epoch_at(uint32_t id)
{
    return record_at(&ours, TABLE_EPOCHS, id, sizeof(struct epoch), record_first_shift[TABLE_EPOCHS]);
}

static uint32_t newest(void)
{
    return self.own->epoch != 0 ? self.own->epoch : self.own->born;
}

uint32_t epoch_now(void)
{
    if (self.epoch != 0)
        return self.epoch;
    struct thread *t = self.own;
    uint32_t id = record_reserve(&ours, TABLE_EPOCHS, 1);
    if (id == 0) {
        record_mark_incomplete(&ours, INCOMPLETE_SPACE);
        return 0;
    }
    struct epoch *e = epoch_at(id);
    *e = (struct epoch){.serial = t->serial,
                        .thread = self.id,
                        .before = newest(),
                        .joined = {self.joined[0], self.joined[1]},
                        .tid = t->tid,
                        .routine = t->routine,
                        .stage = t->stage};
    memcpy(e->name, t->name, sizeof e->name);
    record_commit(&ours, TABLE_EPOCHS, id, 1);
    self.joined[0] = self.joined[1] = 0;
    t->epoch = self.epoch = id;
    return id;
}

static uint32_t open(void)
{
    struct latched l = latch_take();
    uint32_t id = epoch_now();
    latch_release(l);
    return id;
}

uint32_t epoch_point(void)
{
    if (self.epoch == 0 && self.joined[0] != 0)
        open();
    return newest();
}

/* What the thread's cache says it noted, it noted in the epoch that ends. */
void epoch_part(void)
{
    if (self.epoch != 0)
        known_forget();
    self.epoch = 0;
}

void epoch_join(uint32_t last)
{
    if (last == 0 || last == newest() || epoch_at(last)->serial == self.own->serial)
        return;
    epoch_part();
    if (self.joined[1] != 0) {
        open();
        self.epoch = 0;
    }
    self.joined[self.joined[0] != 0] = last;
}
