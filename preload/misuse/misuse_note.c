#include "preload/misuse/misuse_note.h"
#include "preload/os/glibc.h"
#include "preload/store/recording.h"

#include "detect/held.h"
#include "preload/hold/hold.h"
#include "preload/os/raw_lock.h"
#include "preload/stack/stack.h"
#include "preload/store/finding_table.h"
#include "preload/thread/thread.h"

#include <stdatomic.h>
#include <string.h>

/* Count it once more, if it was stored before; else false. */
static bool count_again(const struct misuse_note *m)
{
    struct finding f;
    uint32_t used = record_used(&ours, TABLE_FINDINGS);
    for (uint32_t id = 1; id < used; id++) {
        if (!finding_stored(&ours, id, &f) || f.kind != m->kind || f.side->want.site != m->call.site ||
            f.side->want.kind != m->call.kind)
            continue;
        struct record_finding *stored = record_item(&ours, TABLE_FINDINGS, id);
        if (stored->count < UINT32_MAX / 2)
            atomic_fetch_add_explicit(&stored->count, 1, memory_order_relaxed);
        return true;
    }
    return false;
}

static uint32_t lock_id(uint64_t address, uint16_t kind, uint64_t site)
{
    struct lock_traits what = {.kind = kind, .site = site};
    if (kind == KIND_MUTEX)
        what.traits = glibc_mutex_traits((const pthread_mutex_t *)(uintptr_t)address);
    else if (kind == KIND_RWLOCK)
        what.traits = glibc_rwlock_traits((const pthread_rwlock_t *)(uintptr_t)address);
    return lock_get(address, &what);
}

/*
 * The path of another thread. Where only its list says what it holds, that becomes nodes here, which do not count as
 * acquisitions, as their stacks are not known: of the locks that have an id, and the one that this is about.
 */
static uint32_t path_of_other(const struct thread *t, uint64_t address)
{
    enum { MOST = 16 };
    struct held held[MOST];
    struct held_walk walk;
    const struct held *h;
    uint32_t count = 0, path = held_path(t);
    if (path != 0)
        return path;
    held_begin_thread(&walk, &ours, t);
    while (count < MOST && (h = held_next(&walk)) != NULL)
        if (h->address == address || lock_find(h->address) != 0)
            held[count++] = *h;
    while (count-- > 0) {
        h = &held[count];
        path = hold_path(path, h->address, HOLD_AS(h->kind, h->how | HOW_REBUILT), h->site,
                         h->stack != 0 ? h->stack : stack_of_site(h->site));
    }
    return path;
}

static struct side other_side(uint32_t id, uint64_t address)
{
    const struct thread *t = thread_at(id);
    struct side side = {.thread = id, .serial = t->serial};
    if (!record_blocked(t, &side.want, &side.sequence))
        side.want = (struct want){.kind = KIND_NONE};
    side.path = path_of_other(t, address);
    memcpy(side.name, t->name, sizeof side.name);
    return side;
}

static struct side own_side(const struct misuse_note *m)
{
    const struct thread *t = self.own;
    struct side side = {
        .thread = self.id, .serial = t->serial, .path = t->path, .sequence = t->sequence, .times = m->times};
    side.want = (struct want){.address = m->call.address,
                              .site = m->call.site,
                              .since = m->since,
                              .lock = lock_id(m->call.address, m->call.kind, m->call.site),
                              .kind = m->call.kind,
                              .how = m->how,
                              .path = t->path,
                              .stack = m->stack != 0 ? m->stack : stack_of_call(m->call.site, m->call.frame, NULL)};
    if (m->cond_mutex != 0)
        side.want.cond_mutex = lock_id(m->cond_mutex, kind_of_cond_mutex(m->call.kind), m->call.site);
    memcpy(side.name, t->name, sizeof side.name);
    return side;
}

/* Its name, and what it runs, are to be there when it has ended. */
static void keep_thread(const struct side *side)
{
    struct thread *t = thread_at(side->thread);
    if (t->serial == side->serial && t->state != THREAD_NONE)
        atomic_fetch_or(&t->traits, THREAD_MISTAKEN);
}

static void write_down(const struct misuse_note *m)
{
    struct side side[2];
    bool note = m->kind == FINDING_STARVATION || m->kind == FINDING_LONG_HOLD;
    struct finding f = {.kind = m->kind,
                        .severity = note ? SEVERITY_NOTE : SEVERITY_WARNING,
                        .lasted = m->lasted,
                        .sides = 1,
                        .side = side,
                        .count = 1};
    uint32_t before = self.own->path;
    hold_complete_path(self.own);
    uint32_t prunings = ours.header->prunings;
    side[0] = own_side(m);
    if (m->other != 0)
        side[f.sides++] = other_side(m->other, m->cond_mutex != 0 ? m->cond_mutex : m->call.address);
    struct signals_saved l = raw_lock_acquire();
    if (ours.header->prunings != prunings)
        side[1].path = 0; /* the node may have been pruned and used for another one */
    if (!count_again(m)) {
        finding_add(&f);
        for (uint32_t i = 0; i < f.sides; i++)
            keep_thread(&side[i]);
    }
    raw_lock_release(l);
    hold_set_path(self.own, before);
}

/* From a wrapper, or from within the library: the recursion guard is left as it was. */
void misuse_record(const struct misuse_note *m)
{
    bool outside = self.slot != NULL;
    int error = self_enter();
    if (self.own != NULL && self.ignores == 0 && recording_ready() && !count_again(m))
        write_down(m);
    if (outside)
        self_leave(error);
    errno = error;
}
