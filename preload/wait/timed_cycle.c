#include "preload/wait/timed_cycle.h"

#include "detect/held.h"
#include "preload/os/clock.h"
#include "preload/os/raw_lock.h"
#include "preload/os/self.h"
#include "preload/store/finding_table.h"
#include "preload/thread/thread.h"

#include <stdatomic.h>
#include <string.h>

enum { SIDES_MOST = 8, THREADS_MOST = 512, NOTES_MOST = 64 };

struct timed_cycle {
    struct side side[SIDES_MOST];
    uint32_t sides;
    uint64_t since; /* when the last of them began to wait */
};

/* Whether one thread holds it until that releases it itself. */
static bool has_holder(const struct want *want)
{
    const struct lock *l = record_lock(&ours, want->lock);
    if (l == NULL || (want->how & WANT_END) != 0)
        return false;
    return want->kind == KIND_MUTEX || want->kind == KIND_RWLOCK ||
           (want->kind == KIND_SEMAPHORE && held_capacity(l) == 1 && (l->traits & TRAIT_POSTED) != 0);
}

/* Whether a thread holds what is wanted, in a mode that keeps the one who wants it out. */
static bool stands_in_the_way(const struct thread *t, const struct want *want)
{
    struct held_walk walk;
    const struct held *h;
    held_begin_thread(&walk, &ours, t);
    while ((h = held_next(&walk)) != NULL)
        if (h->address == want->address)
            return (want->how & WANT_SHARED) == 0 || (h->how & HOW_SHARED) == 0;
    return false;
}

/* A thread that is in the way, and waits itself; rather the calling one. 0: there is none. */
static uint32_t find_next(const struct want *want, uint32_t waiter)
{
    uint32_t used = record_used(&ours, TABLE_THREADS), found = 0;
    for (uint32_t id = 1; id < used && id < THREADS_MOST; id++) {
        const struct thread *t = record_thread(&ours, id);
        if (id == waiter || t->state != THREAD_RUNNING || t->sequence % 2 == 0 || !held_any(t) ||
            !stands_in_the_way(t, want))
            continue;
        found = id;
        if (id == self.id)
            break;
    }
    return found;
}

/* False: it waits for nothing that leads on. */
static bool add_side(struct timed_cycle *c, uint32_t id)
{
    const struct thread *t = record_thread(&ours, id);
    struct side *side = &c->side[c->sides];
    *side = (struct side){.thread = id, .serial = t->serial};
    if (!record_blocked(t, &side->want, &side->sequence) || !has_holder(&side->want) || side->want.path == 0)
        return false;
    side->path = side->want.path;
    side->held = c->sides > 0 ? side[-1].want.lock : 0;
    memcpy(side->name, t->name, sizeof side->name);
    c->since = side->want.since > c->since ? side->want.since : c->since;
    c->sides++;
    return true;
}

/* From the calling thread back to it. */
static bool find_cycle(struct timed_cycle *c)
{
    for (uint32_t id = self.id; c->sides < SIDES_MOST && add_side(c, id);) {
        id = find_next(&c->side[c->sides - 1].want, id);
        if (id == self.id && c->sides > 1) {
            c->side[0].held = c->side[c->sides - 1].want.lock;
            return true;
        }
        for (uint32_t i = 0; i < c->sides; i++)
            if (id == 0 || c->side[i].thread == id)
                return false;
    }
    return false;
}

/* What was read of each was so at one moment. */
static bool stood_still(const struct timed_cycle *c)
{
    atomic_thread_fence(memory_order_seq_cst);
    for (uint32_t i = 0; i < c->sides; i++)
        if (record_thread(&ours, c->side[i].thread)->sequence != c->side[i].sequence)
            return false;
    return true;
}

/* As sides of lock orders are: each was asked for while holding the other, and nobody waits any more. */
static void forget_waits(struct timed_cycle *c)
{
    for (uint32_t i = 0; i < c->sides; i++) {
        c->side[i].sequence = 0;
        c->side[i].want.since = 0;
    }
}

static bool is_like(const struct finding *a, const struct finding *b, uint32_t shift)
{
    for (uint32_t i = 0; i < a->cycle; i++)
        if (a->side[i].want.lock != b->side[(i + shift) % b->cycle].want.lock)
            return false;
    return true;
}

/* Under the raw lock, as it may be written down only once. */
static uint32_t find_note(const struct finding *f, unsigned *notes)
{
    struct finding old;
    for (uint32_t id = record_used(&ours, TABLE_FINDINGS); id-- > 1;) {
        if (!finding_stored(&ours, id, &old) || old.kind != f->kind || old.reason != f->reason)
            continue;
        ++*notes;
        for (uint32_t shift = 0; old.cycle == f->cycle && shift < f->cycle; shift++)
            if (is_like(f, &old, shift))
                return id;
    }
    return 0;
}

static void write_down(const struct finding *f)
{
    unsigned notes = 0;
    struct signals_saved l = raw_lock_acquire();
    uint32_t id = find_note(f, &notes);
    if (id != 0) {
        struct record_finding *known = finding_at(id);
        known->count++;
        known->lasted = f->lasted > known->lasted ? f->lasted : known->lasted;
    } else if (notes < NOTES_MOST) {
        finding_add(f);
    }
    raw_lock_release(l);
}

void timed_cycle_note(void)
{
    struct timed_cycle c = {.sides = 0};
    if (!held_any(self.own) || !find_cycle(&c) || !stood_still(&c))
        return;
    uint64_t now = clock_now();
    forget_waits(&c);
    write_down(&(struct finding){.kind = FINDING_LOCK_ORDER,
                                 .severity = SEVERITY_NOTE,
                                 .reason = REASON_TIMED,
                                 .lasted = now > c.since ? now - c.since : 1,
                                 .sides = c.sides,
                                 .cycle = c.sides,
                                 .side = c.side,
                                 .count = 1});
}
