#include "detect/mistakes.h"

#include "detect/held.h"

#include <string.h>
#include <sys/mman.h>

/* So many places at most, and so many steps along paths: a damaged record must not keep us for ever. */
enum { PLACES = 4096, BUCKETS = 2 * PLACES, STEPS = 1 << 26 };

/* Where a mistake was made: all of the same kind in one place are one finding. */
struct place {
    uint64_t site, spin; /* of the call that took what was held at the end, or that blocks; of taking the spinlock */
    enum finding_kind kind;
    enum finding_severity severity;
    uint16_t lock; /* enum lock_kind */
    uint32_t count;
    struct side side;
};

struct mistakes {
    const struct record *record;
    uint64_t steps;
    uint32_t places;
    struct place place[PLACES];
    uint16_t bucket[BUCKETS]; /* place + 1 */
};

/* --- places --- */

static bool is_same(const struct place *a, const struct place *b)
{
    return a->kind == b->kind && a->severity == b->severity && a->lock == b->lock && a->site == b->site &&
           a->spin == b->spin;
}

static void add(struct mistakes *m, const struct place *p)
{
    uint64_t hash = ((p->site ^ p->spin << 20) + (uint64_t)p->kind + p->lock) * 0x9E3779B97F4A7C15u;
    uint32_t at = (uint32_t)(hash >> 32) % BUCKETS;
    while (m->bucket[at] != 0 && !is_same(&m->place[m->bucket[at] - 1], p))
        at = (at + 1) % BUCKETS;
    if (m->bucket[at] != 0) {
        m->place[m->bucket[at] - 1].count++;
        return;
    }
    if (m->places == PLACES)
        return;
    m->place[m->places] = *p;
    m->place[m->places].count = 1;
    m->bucket[at] = (uint16_t)++m->places;
}

/* --- threads that ended with something held --- */

/* Whether another thread holds this, too: then it is a lock that has gone from hand to hand since. */
static bool has_other(struct mistakes *m, uint32_t thread, uint64_t address)
{
    struct held_walk holding;
    const struct held *h;
    uint32_t used = record_used(m->record, TABLE_THREADS);
    for (uint32_t id = 1; id < used && m->steps < STEPS; id++) {
        const struct thread *t = record_thread(m->record, id);
        if (id == thread || t->state == THREAD_NONE)
            continue;
        held_begin_thread(&holding, m->record, t);
        while ((h = held_next(&holding)) != NULL && h->address != address)
            ;
        m->steps += holding.steps + 1;
        if (h != NULL)
            return true;
    }
    return false;
}

/*
 * A semaphore must be one that is released by whoever took it, a mutex by its use; and even then a thread that took a
 * unit may have left it to another. Once it is destroyed nobody misses the unit.
 */
static bool is_kept(struct mistakes *m, uint32_t thread, const struct held *h, const struct lock *l)
{
    const uint32_t own = TRAIT_POSTED | TRAIT_VALUE_KNOWN;
    if (l->kind != KIND_SEMAPHORE)
        return l->kind == KIND_MUTEX || l->kind == KIND_RWLOCK || l->kind == KIND_SPINLOCK;
    return (l->traits & (own | TRAIT_EVENT | TRAIT_ENDED)) == own && l->value == 1 && !has_other(m, thread, h->address);
}

static bool is_of_program(const struct record *r, uint64_t address)
{
    const struct module *m = record_item(r, TABLE_MODULES, record_module_of(r, address));
    const char *program = record_text(r, r->header->executable);
    return m == NULL || program[0] == 0 || strcmp(record_text(r, m->path), program) == 0;
}

/*
 * Whether the program itself has a part in it: the routine of the thread, or a function on the way to the call that
 * took the lock. Else it is an affair of some library, with a thread of its own: HotSpot's VM thread ends with a lock
 * in hand on purpose, so that nobody goes past it while the process ends (VMThread::run).
 */
static bool has_program(const struct record *r, const struct thread *t, const struct held *h)
{
    uint32_t depth;
    const uint64_t *frames = record_frames(r, h->stack, &depth);
    bool any = t->routine == 0 || is_of_program(r, t->routine) || is_of_program(r, h->site);
    for (uint32_t i = 0; frames != NULL && i < depth && !any; i++)
        any = is_of_program(r, frames[i] - 1);
    return any;
}

static void look_at_thread(struct mistakes *m, uint32_t id, const struct thread *t)
{
    struct held_walk holding;
    const struct held *h;
    held_begin_thread(&holding, m->record, t);
    while ((h = held_next(&holding)) != NULL && m->steps + holding.steps < STEPS) {
        const struct lock *l = record_lock(m->record, h->lock);
        const struct lock noted = {.kind = (uint16_t)t->outer_as};
        if (!is_kept(m, id, h, l != NULL ? l : &noted))
            continue;
        struct place p = {.kind = FINDING_EXIT_HOLDING, .site = h->site, .lock = l != NULL ? l->kind : noted.kind};
        bool robust = l != NULL && (l->traits & TRAIT_ROBUST) != 0;
        p.severity = robust || !has_program(m->record, t, h) ? SEVERITY_NOTE : SEVERITY_WARNING;
        p.side = (struct side){.thread = id, .serial = t->serial, .path = t->path};
        p.side.want = (struct want){.address = h->address,
                                    .site = h->site,
                                    .lock = h->lock,
                                    .stack = h->stack,
                                    .kind = p.lock,
                                    .how = (h->how & HOW_SHARED) != 0 ? WANT_SHARED : 0,
                                    .path = t->path};
        memcpy(p.side.name, t->name, sizeof p.side.name);
        if (p.lock == KIND_SEMAPHORE)
            p.severity = SEVERITY_NOTE; /* it has no owner: anybody may give the unit back, as CPython's locks allow */
        add(m, &p);
    }
    m->steps += holding.steps;
}

static void look_at_threads(struct mistakes *m)
{
    uint32_t used = record_used(m->record, TABLE_THREADS);
    for (uint32_t id = 1; id < used && m->steps < STEPS; id++) {
        const struct thread *t = record_thread(m->record, id);
        if (t->state == THREAD_ENDED && (t->traits & THREAD_NOT_FORKED) == 0)
            look_at_thread(m, id, t);
    }
}

/* --- blocking calls with a spinlock held --- */

static bool is_spinlock(const struct record *r, uint32_t lock)
{
    const struct lock *l = record_lock(r, lock);
    return l != NULL && l->kind == KIND_SPINLOCK;
}

enum above { ABOVE_UNKNOWN, ABOVE_NONE, ABOVE_SPIN };

/* Whether a spinlock was taken on the way to hold `id`, itself included; each node is gone by once. */
static bool has_spin(const struct record *r, uint8_t *above, uint32_t used, uint32_t id)
{
    uint32_t at = id, steps = 0;
    const struct hold *h;
    uint8_t found = ABOVE_NONE;
    while (at != 0 && at < used && steps++ < used) {
        if (above[at] != ABOVE_UNKNOWN) {
            found = above[at];
            break;
        }
        h = record_hold(r, at);
        if (is_spinlock(r, h->lock)) {
            found = ABOVE_SPIN;
            break;
        }
        at = h->parent;
    }
    for (at = id; at != 0 && at < used && above[at] == ABOVE_UNKNOWN && steps-- > 0; at = record_hold(r, at)->parent)
        above[at] = found;
    return found == ABOVE_SPIN;
}

static bool may_block(const struct record *r, const struct hold *h)
{
    const struct lock *l = record_lock(r, h->lock);
    if (l == NULL || (h->how & (HOW_TRIED | HOW_REBUILT)) != 0)
        return false;
    return (h->how & HOW_WAIT) != 0 || l->kind == KIND_MUTEX || l->kind == KIND_RWLOCK || l->kind == KIND_SEMAPHORE;
}

/* Who did it, as far as that was noted. */
static bool find_thread(const struct record *r, const struct hold *h, struct side *side)
{
    const struct acquisition *taking = record_item(r, TABLE_ACQUISITIONS, h->first_acquisition);
    const struct epoch *e = taking != NULL ? record_item(r, TABLE_EPOCHS, taking->epoch) : NULL;
    if (e == NULL)
        return false;
    side->thread = e->thread;
    side->serial = e->serial;
    memcpy(side->name, e->name, sizeof side->name);
    return true;
}

static void look_at_hold(struct mistakes *m, const struct hold *h)
{
    struct held_walk holding;
    const struct held *spin;
    uint16_t kind = record_lock(m->record, h->lock)->kind;
    struct place p = {.kind = FINDING_SPIN_BLOCKED, .severity = SEVERITY_NOTE, .lock = kind};
    p.site = record_site(m->record, h->stack);
    p.side.path = h->parent;
    p.side.times = h->count;
    p.side.want = (struct want){.address = h->address,
                                .site = p.site,
                                .lock = h->lock,
                                .stack = h->stack,
                                .kind = kind,
                                .how = ((h->how & HOW_SHARED) != 0 ? WANT_SHARED : 0) |
                                       ((h->how & HOW_TIMED) != 0 ? WANT_TIMED : 0),
                                .path = h->parent};
    if (!find_thread(m->record, h, &p.side))
        return;
    held_begin(&holding, m->record, h->parent);
    while ((spin = held_next(&holding)) != NULL && m->steps + holding.steps < STEPS)
        if (is_spinlock(m->record, spin->lock)) {
            p.spin = spin->site;
            p.side.held = spin->lock;
            add(m, &p);
        }
    m->steps += holding.steps;
}

static void look_at_holds(struct mistakes *m)
{
    uint32_t locks = record_used(m->record, TABLE_LOCKS), used = record_used(m->record, TABLE_HOLDS), lock = 1;
    while (lock < locks && !is_spinlock(m->record, lock))
        lock++;
    uint8_t *above = lock < locks ? mmap(NULL, used, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) : NULL;
    if (above == NULL || above == MAP_FAILED)
        return;
    for (uint32_t id = 1; id < used && m->steps < STEPS; id++) {
        const struct hold *h = record_hold(m->record, id);
        if (may_block(m->record, h) && has_spin(m->record, above, used, h->parent))
            look_at_hold(m, h);
    }
    munmap(above, used);
}

/* --- all of them --- */

unsigned mistakes_judge(const struct record *r, mistakes_found *found, void *context)
{
    unsigned count = 0;
    struct mistakes *m = mmap(NULL, sizeof *m, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (m == MAP_FAILED)
        return 0;
    m->record = r;
    look_at_threads(m);
    look_at_holds(m);
    for (bool more = true; more && count < m->places; count++) {
        const struct place *p = &m->place[count];
        const struct finding f = {
            .kind = p->kind, .severity = p->severity, .sides = 1, .side = &p->side, .count = p->count};
        more = found(context, &f);
    }
    munmap(m, sizeof *m);
    return count;
}
