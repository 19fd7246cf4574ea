#include "detect/mistakes.h"

#include "detect/held.h"
#include "detect/pages.h"

#include <string.h>

/* Of places, and of steps along paths: a damaged record must not take for ever. */
enum { PLACES_MOST = 4096, BUCKETS = 2 * PLACES_MOST, STEPS_MOST = 1 << 26 };

/* Where a mistake was made: all of one kind at one place are one finding. */
struct mistake_place {
    uint64_t site; /* of the call that acquired what was held at the end, or that blocks */
    uint64_t spin; /* where the spinlock was acquired */
    enum finding_kind kind;
    enum finding_severity severity;
    uint16_t lock; /* enum lock_kind */
    uint32_t count;
    struct side side;
};

struct mistakes {
    const struct record *record;
    struct pages pages;
    uint64_t steps;
    uint32_t places;
    struct mistake_place place[PLACES_MOST];
    uint16_t bucket[BUCKETS]; /* place + 1 */
};

/* --- places --- */

static bool is_same(const struct mistake_place *a, const struct mistake_place *b)
{
    return a->kind == b->kind && a->severity == b->severity && a->lock == b->lock && a->site == b->site &&
           a->spin == b->spin;
}

static void add_mistake(struct mistakes *m, const struct mistake_place *p)
{
    uint64_t hash = ((p->site ^ p->spin << 20) + (uint64_t)p->kind + p->lock) * 0x9E3779B97F4A7C15u;
    uint32_t at = (uint32_t)(hash >> 32) % BUCKETS;
    while (m->bucket[at] != 0 && !is_same(&m->place[m->bucket[at] - 1], p))
        at = (at + 1) % BUCKETS;
    if (m->bucket[at] != 0) {
        m->place[m->bucket[at] - 1].count++;
        return;
    }
    if (m->places == PLACES_MOST)
        return;
    m->place[m->places] = *p;
    m->place[m->places].count = 1;
    m->bucket[at] = (uint16_t)++m->places;
}

/* --- threads that ended while holding a lock --- */

/* Whether another thread holds this, too: then the lock has changed hands since. */
static bool is_held_by_another(struct mistakes *m, uint32_t thread, uint64_t address)
{
    struct held_walk walk;
    const struct held *h;
    uint32_t used = record_used(m->record, TABLE_THREADS);
    for (uint32_t id = 1; id < used && m->steps < STEPS_MOST; id++) {
        const struct thread *t = record_thread(m->record, id);
        if (id == thread || t->state == THREAD_NONE)
            continue;
        held_begin_thread(&walk, m->record, t);
        while ((h = held_next(&walk)) != NULL && h->address != address)
            ;
        m->steps += walk.steps + 1;
        if (h != NULL)
            return true;
    }
    return false;
}

/*
 * Whether a thread that ends should have released it. A semaphore must be used as a mutex, posted by the threads that
 * waited for it; and even then a thread may have left its unit to another. Once it is destroyed the unit is not missed.
 */
static bool should_be_released(struct mistakes *m, uint32_t thread, const struct held *h, const struct lock *l)
{
    if (held_capacity(l) != 1 || kind_is_once(l->kind))
        return false;
    return l->kind != KIND_SEMAPHORE ||
           ((l->traits & (TRAIT_POSTED | TRAIT_ENDED)) == TRAIT_POSTED && !is_held_by_another(m, thread, h->address));
}

static bool is_of_program(const struct record *r, uint64_t address)
{
    const struct module *m = record_item(r, TABLE_MODULES, record_module_of(r, address));
    const char *program = record_text(r, r->header->executable);
    return m == NULL || program[0] == 0 || strcmp(record_text(r, m->path), program) == 0;
}

/*
 * Whether the program itself has a part in it: the start routine of the thread, or a function on the stack that
 * acquired the lock. Else it is a matter of some library with a thread of its own: HotSpot's VM thread ends while
 * holding a lock on purpose, so that no other passes it while the process ends (VMThread::run).
 */
static bool is_programs_doing(const struct record *r, const struct thread *t, const struct held *h)
{
    uint32_t depth;
    const uint64_t *frames = record_frames(r, h->stack, &depth);
    bool any = t->routine == 0 || is_of_program(r, t->routine) || is_of_program(r, h->site);
    for (uint32_t i = 0; frames != NULL && i < depth && !any; i++)
        any = is_of_program(r, frames[i] - 1);
    return any;
}

static void judge_ended_thread(struct mistakes *m, uint32_t id, const struct thread *t)
{
    struct held_walk walk;
    const struct held *h;
    held_begin_thread(&walk, m->record, t);
    while ((h = held_next(&walk)) != NULL && m->steps + walk.steps < STEPS_MOST) {
        const struct lock *l = record_lock(m->record, h->lock);
        const struct lock noted = {.kind = h->kind};
        if (!should_be_released(m, id, h, l != NULL ? l : &noted))
            continue;
        struct mistake_place p = {
            .kind = FINDING_EXIT_HOLDING, .site = h->site, .lock = l != NULL ? l->kind : noted.kind};
        bool robust = l != NULL && (l->traits & TRAIT_ROBUST) != 0;
        p.severity = robust || !is_programs_doing(m->record, t, h) ? SEVERITY_NOTE : SEVERITY_WARNING;
        p.side = (struct side){.thread = id, .serial = t->serial, .path = held_path(t)};
        p.side.want = (struct want){.address = h->address,
                                    .site = h->site,
                                    .lock = h->lock,
                                    .stack = h->stack,
                                    .kind = p.lock,
                                    .how = (h->how & HOW_SHARED) != 0 ? WANT_SHARED : 0,
                                    .path = held_path(t)};
        memcpy(p.side.name, t->name, sizeof p.side.name);
        if (p.lock == KIND_SEMAPHORE)
            p.severity = SEVERITY_NOTE; /* it has no owner: any thread may post it, as CPython's locks allow */
        add_mistake(m, &p);
    }
    m->steps += walk.steps;
}

static void find_exit_holding(struct mistakes *m)
{
    uint32_t used = record_used(m->record, TABLE_THREADS);
    for (uint32_t id = 1; id < used && m->steps < STEPS_MOST; id++) {
        const struct thread *t = record_thread(m->record, id);
        if (t->state == THREAD_ENDED && (t->traits & THREAD_NOT_FORKED) == 0)
            judge_ended_thread(m, id, t);
    }
}

/* --- blocking calls with a spinlock held --- */

static bool is_spinlock(const struct record *r, uint32_t lock)
{
    const struct lock *l = record_lock(r, lock);
    return l != NULL && l->kind == KIND_SPINLOCK;
}

enum above { ABOVE_UNKNOWN, ABOVE_NONE, ABOVE_SPIN };

/* Whether a spinlock is held on the path `id`; what was found is kept in above[], so that each node is passed once. */
static bool has_spinlock(const struct record *r, uint8_t *above, uint32_t used, uint32_t id)
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
    if (l == NULL || (h->how & (HOW_TRIED | HOW_REBUILT | HOW_IGNORED | HOW_DECLARED)) != 0)
        return false;
    return (h->how & HOW_WAIT) != 0 || l->kind == KIND_MUTEX || l->kind == KIND_RWLOCK || l->kind == KIND_SEMAPHORE;
}

/* The thread that did it, if that was recorded. */
static bool set_thread(const struct record *r, const struct hold *h, struct side *side)
{
    const struct acquisition *acquisition = record_item(r, TABLE_ACQUISITIONS, h->first_acquisition);
    const struct epoch *e = acquisition != NULL ? record_item(r, TABLE_EPOCHS, acquisition->epoch) : NULL;
    if (e == NULL)
        return false;
    side->thread = e->thread;
    side->serial = e->serial;
    memcpy(side->name, e->name, sizeof side->name);
    return true;
}

static void judge_blocking_hold(struct mistakes *m, const struct hold *h)
{
    struct held_walk walk;
    const struct held *spin;
    uint16_t kind = record_lock(m->record, h->lock)->kind;
    struct mistake_place p = {.kind = FINDING_SPIN_BLOCKED, .severity = SEVERITY_NOTE, .lock = kind};
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
    if (!set_thread(m->record, h, &p.side))
        return;
    held_begin(&walk, m->record, h->parent);
    while ((spin = held_next(&walk)) != NULL && m->steps + walk.steps < STEPS_MOST)
        if (is_spinlock(m->record, spin->lock)) {
            p.spin = spin->site;
            p.side.held = spin->lock;
            add_mistake(m, &p);
        }
    m->steps += walk.steps;
}

static void find_spin_blocked(struct mistakes *m)
{
    uint32_t locks = record_used(m->record, TABLE_LOCKS), used = record_used(m->record, TABLE_HOLDS), lock = 1;
    while (lock < locks && !is_spinlock(m->record, lock))
        lock++;
    uint8_t *above = lock < locks ? pages_get(&m->pages, used, sizeof *above) : NULL;
    if (above == NULL)
        return;
    for (uint32_t id = 1; id < used && m->steps < STEPS_MOST; id++) {
        const struct hold *h = record_hold(m->record, id);
        if (may_block(m->record, h) && has_spinlock(m->record, above, used, h->parent))
            judge_blocking_hold(m, h);
    }
    pages_drop(&m->pages, above);
}

/* --- both --- */

unsigned mistakes_judge(const struct record *r, mistakes_found *found, void *context)
{
    unsigned count = 0;
    struct pages pages = {0};
    struct mistakes *m = pages_get(&pages, 1, sizeof *m);
    if (m == NULL)
        return 0;
    m->record = r;
    find_exit_holding(m);
    find_spin_blocked(m);
    for (bool more = true; more && count < m->places; count++) {
        const struct mistake_place *p = &m->place[count];
        const struct finding f = {
            .kind = p->kind, .severity = p->severity, .sides = 1, .side = &p->side, .count = p->count};
        more = found(context, &f);
    }
    pages_free(&m->pages);
    pages_free(&pages);
    return count;
}
