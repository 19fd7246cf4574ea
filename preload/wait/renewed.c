#include "preload/wait/renewed.h"

#include "preload/hold/held_list.h"
#include "preload/lock/lock.h"
#include "preload/os/arena.h"
#include "preload/os/clock.h"
#include "preload/os/fork_zeroed.h"
#include "preload/os/glibc.h"
#include "preload/os/raw_lock.h"
#include "preload/stack/stack.h"
#include "preload/store/recording.h"
#include "preload/thread/thread.h"
#include "preload/wait/recheck.h"

#include <string.h>

enum {
    FAILED_LEAST = 10, /* so often in a row before it counts */
    SECOND = 1000000000,
};

/* In held_lock.frame, which every acquisition writes anew: a stack pointer is a multiple of 8. */
enum { HELD_MARK = 1, FREE_MARK = 2 };

/* What the calling thread failed at last. */
struct series {
    uint64_t address, site, held, now; /* `held`: a hash; `now`: self.now */
    uint32_t end;                      /* thread.held_end after the call */
    uint32_t failed;
    uint64_t since, asked;
    bool intact; /* of a condition: nothing had happened when the thread began to wait once more */
};
static __thread struct series series;

/* What others may read of it. Changed by its thread alone; odd while it does. */
struct renewed {
    _Atomic uint32_t version;
    uint32_t id, serial;
    uint32_t end;
    uint64_t last; /* failure */
    struct want want;
};
enum { RENEWED = 256 };
static _Atomic(struct renewed *) renewed[RENEWED] FORK_ZEROED; /* by thread id */

/* --- marks --- */

static bool is_marked(const struct thread *t, uint32_t end, bool condition)
{
    const struct held_lock *last = held_list_at_end((struct thread *)(uintptr_t)t, end);
    const struct held_lock *held = condition ? last - 1 : last;
    return (held->frame & HELD_MARK) != 0 && last[1].frame == FREE_MARK;
}

static void mark(struct thread *t, uint32_t end, bool condition)
{
    struct held_lock *last = held_list_at_end(t, end);
    last->frame |= HELD_MARK;
    if (condition)
        last[-1].frame |= HELD_MARK;
    last[1].frame = FREE_MARK;
}

/* --- the series of the calling thread --- */

/* It is in no series any more, so it waits for nothing. */
static void end_series(void)
{
    struct renewed *r = renewed[self.id % RENEWED];
    series.failed = 0;
    if (r != NULL && r->id == self.id)
        r->serial = 0;
}

static bool goes_on(const struct call *c, const struct thread *t, bool condition)
{
    const struct held_lock *last = held_list_at_end((struct thread *)(uintptr_t)t, t->held_end);
    return series.failed > 0 && series.address == c->address && series.site == c->site && series.end == t->held_end &&
           series.held == held_list_mix(last) && series.now == self.now &&
           (condition ? series.intact : is_marked(t, t->held_end, false));
}

static struct renewed *published(void)
{
    struct renewed *r = renewed[self.id % RENEWED];
    return r != NULL && r->id == self.id && r->serial == self.own->serial ? r : NULL;
}

/* The place of this thread; NULL: another one has it, or there is no memory. */
static struct renewed *place(void)
{
    _Atomic(struct renewed *) *at = &renewed[self.id % RENEWED];
    struct signals_saved l = raw_lock_acquire();
    if (*at == NULL)
        *at = arena_get(sizeof **at);
    struct renewed *r = *at;
    bool taken = r != NULL && r->id != self.id && r->serial != 0 && thread_at(r->id)->serial == r->serial &&
                 thread_at(r->id)->state == THREAD_RUNNING;
    if (r != NULL && !taken)
        r->serial = 0, r->id = self.id;
    raw_lock_release(l);
    return taken ? NULL : r;
}

static void publish(const struct call *c, uint32_t how, uint32_t traits, uint64_t cond_mutex)
{
    const struct lock_traits what = {.kind = c->kind, .traits = traits, .site = c->site};
    const struct lock_traits mutex = {.kind = KIND_MUTEX, .site = c->site};
    struct renewed *r = recording_ready() ? place() : NULL;
    if (r == NULL)
        return;
    struct want want = {.address = c->address,
                        .site = c->site,
                        .since = series.since,
                        .lock = lock_get(c->address, &what),
                        .stack = stack_here(c->site, c->frame),
                        .cond_mutex = cond_mutex != 0 ? lock_get(cond_mutex, &mutex) : 0,
                        .kind = c->kind,
                        .how = (how & HOW_SHARED) != 0 ? WANT_RENEWED | WANT_SHARED : WANT_RENEWED};
    r->version++;
    r->end = series.end;
    r->want = want;
    r->serial = self.own->serial;
    r->version++;
}

/* Where it must stand for two seconds to be judged, it is looked at then, and once a second. */
static void count(const struct call *c, uint32_t how, uint32_t traits, uint64_t cond_mutex)
{
    uint64_t now = clock_now();
    int error;
    if (series.failed == FAILED_LEAST)
        series.since = now;
    if (now - series.since < SECOND)
        return;
    struct renewed *r = published();
    if (r == NULL) {
        error = self_enter();
        publish(c, how, traits, cond_mutex);
        self_leave(error);
        r = published();
    }
    if (r == NULL)
        return;
    r->version++;
    r->last = now;
    r->want.failed = series.failed;
    r->version++;
    if (now - series.since < 2ull * SECOND || now - series.asked < SECOND)
        return;
    series.asked = now;
    error = self_enter();
    recheck_ask_later();
    self_leave(error);
}

void renewed_failed(const struct call *c, uint32_t how, uint32_t traits, uint64_t cond_mutex)
{
    struct thread *t = self.slot;
    bool condition = cond_mutex != 0;
    uint32_t end = t == NULL ? 0 : t->held_end;
    if (t == NULL || end < (condition ? 2 : 1) * HELD_ITEM || end + 2 * HELD_ITEM > HELD_END_FULL) {
        series.failed = 0;
        return;
    }
    if (goes_on(c, t, condition))
        series.failed++;
    else {
        if (series.failed >= FAILED_LEAST)
            end_series();
        series = (struct series){.address = c->address,
                                 .site = c->site,
                                 .held = held_list_mix(held_list_at_end(t, end)),
                                 .now = self.now,
                                 .end = end,
                                 .failed = 1};
    }
    mark(t, end, condition);
    if (series.failed >= FAILED_LEAST)
        count(c, how, traits, cond_mutex);
}

void renewed_begins(void)
{
    const struct thread *t = self.slot;
    series.intact = series.failed > 0 && series.end == t->held_end && is_marked(t, t->held_end, true) &&
                    is_marked(t, t->held_end, false);
}

/* --- for who judges --- */

/* False: it is being changed just now, or there is none. */
static bool copy(struct renewed *to, uint32_t id)
{
    const struct renewed *r = renewed[id % RENEWED];
    uint32_t version = r != NULL ? r->version : 1;
    if (version % 2 == 1)
        return false;
    memcpy((void *)to, (const void *)r, sizeof *to);
    atomic_thread_fence(memory_order_acquire);
    return r->version == version;
}

static bool stands(const struct renewed *r, uint32_t id)
{
    const struct thread *t = thread_at(id);
    bool condition = r->want.cond_mutex != 0;
    uint32_t end = t->held_end;
    return r->id == id && r->serial != 0 && r->serial == t->serial && t->state == THREAD_RUNNING && r->want.lock != 0 &&
           (end == r->end || (condition && end == r->end - HELD_ITEM)) && is_marked(t, r->end, condition);
}

/* Whether it still tries: a thread that has given up fails no more. `slack`: in nanoseconds. */
static bool is_recent(const struct renewed *r, uint64_t slack)
{
    enum { INTERVALS = 4 };
    uint64_t now = clock_now(), interval = (r->last - r->want.since) / (r->want.failed - FAILED_LEAST + 1);
    return now <= r->last || now - r->last <= slack + INTERVALS * interval;
}

bool renewed_want(uint32_t id, struct want *want)
{
    struct renewed r;
    if (!copy(&r, id) || !stands(&r, id) || r.want.failed < FAILED_LEAST || !is_recent(&r, SECOND / 10))
        return false;
    *want = r.want;
    want->held = thread_at(id)->held_end;
    return true;
}

bool renewed_is_over(uint32_t id, const struct want *was)
{
    struct renewed r;
    return copy(&r, id) && (!stands(&r, id) || r.want.since != was->since || !is_recent(&r, 3ull * SECOND));
}
