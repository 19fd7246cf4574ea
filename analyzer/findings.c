#include "analyzer/findings.h"

#include "detect/deadlock/deadlock.h"
#include "detect/deadlock/stall.h"
#include "detect/finding_query.h"
#include "detect/mistakes.h"
#include "detect/order/declared.h"
#include "detect/order/orders.h"
#include "detect/wait_holding.h"

#include <stdlib.h>
#include <string.h>

static bool add_finding(struct findings *all, const struct finding *f, struct side *owned)
{
    if (all->count == all->room) {
        size_t room = all->room == 0 ? 16 : all->room * 2;
        struct finding *item = realloc(all->item, room * sizeof *item);
        if (item == NULL)
            return false;
        all->item = item;
        struct side **sides = realloc((void *)all->owned, room * sizeof(struct side *));
        if (sides == NULL)
            return false;
        all->owned = sides;
        all->room = room;
    }
    all->item[all->count] = *f;
    all->owned[all->count++] = owned;
    return true;
}

bool findings_add(struct findings *all, const struct finding *f)
{
    struct finding copy = *f;
    struct side *sides = calloc(f->sides == 0 ? 1 : f->sides, sizeof *sides);
    if (sides == NULL)
        return false;
    memcpy(sides, f->side, f->sides * sizeof *sides);
    copy.side = sides;
    copy.when = 0;
    if (add_finding(all, &copy, sides))
        return true;
    free(sides);
    return false;
}

struct gathering {
    struct findings *all;
    const struct record *record;
    uint64_t now; /* when the process ended; while it runs, the time; 0: unknown */
    bool complete;
};

/*
 * As in the library (preload/wait/deadlock_report.c), a deadlock that is only likely, or no cycle, counts only when it
 * has lasted for a while: threads of a process that ends may still hold a lock that others have just begun to wait for
 * (those of a Java VM do).
 */
static bool is_too_young(uint64_t now, const struct finding *f)
{
    uint64_t age = (f->confidence == CONFIDENCE_LIKELY ? 2000 : 250) * 1000000ull;
    if (f->kind != FINDING_DEADLOCK || (f->cycle > 0 && f->confidence == CONFIDENCE_CERTAIN) || now == 0)
        return false;
    for (uint32_t i = 0; i < f->sides; i++)
        if (f->side[i].want.kind != KIND_NONE && f->side[i].want.since + age > now)
            return true;
    return false;
}

static bool found(void *context, const struct finding *f)
{
    struct gathering *g = context;
    if (f->unconfirmed || is_too_young(g->now, f))
        return true;
    for (size_t i = 0; i < g->all->count; i++)
        if (finding_same(&g->all->item[i], f))
            return true;
    g->complete = findings_add(g->all, f);
    return g->complete;
}

static uint64_t likeness(void *context, uint32_t lock)
{
    return names_likeness(context, lock);
}

/* Whether a note that time-outs could break a cycle is about one that did stand until then. */
static bool has_stood(const struct finding *judged, const struct finding *stored)
{
    if (!query_stood(stored) || judged->kind != FINDING_LOCK_ORDER || judged->reason != REASON_TIMED ||
        judged->lasted != 0 || judged->cycle != stored->cycle)
        return false;
    for (uint32_t i = 0, k; i < judged->cycle; i++) {
        for (k = 0; k < stored->cycle && stored->side[k].want.lock != judged->side[i].want.lock; k++)
            ;
        if (k == stored->cycle)
            return false;
    }
    return true;
}

static void drop_what_happened(struct findings *all)
{
    size_t kept = 0;
    for (size_t i = 0; i < all->count; i++) {
        bool again = false;
        for (size_t j = 0; j < all->count && !again; j++)
            again = finding_happened(&all->item[i], &all->item[j]) || has_stood(&all->item[i], &all->item[j]);
        all->item[kept] = all->item[i];
        all->owned[kept] = all->owned[i];
        kept += !again;
        if (again)
            free(all->owned[i]);
    }
    all->count = kept;
}

bool findings_arrange(struct findings *all)
{
    struct finding *item = calloc(all->count + 1, sizeof *item);
    struct side **owned = calloc(all->count + 1, sizeof(struct side *));
    size_t count = 0;
    if (item == NULL || owned == NULL) {
        free(item);
        free((void *)owned);
        return false;
    }
    for (enum finding_severity s = SEVERITY_ERROR; s > 0; s--)
        for (size_t i = 0; i < all->count; i++)
            if (all->item[i].severity == s) {
                item[count] = all->item[i];
                owned[count++] = all->owned[i];
            }
    free(all->item);
    free((void *)all->owned);
    all->item = item;
    all->owned = owned;
    all->room = all->count + 1;
    return true;
}

/* Whether a thread is in a wait that a deadlock among the findings is about. */
static bool is_reported(void *context, uint32_t thread)
{
    const struct gathering *g = context;
    const struct thread *t = record_thread(g->record, thread);
    for (size_t i = 0; i < g->all->count; i++) {
        const struct finding *f = &g->all->item[i];
        for (uint32_t k = 0; f->kind == FINDING_DEADLOCK && f->reason == REASON_NONE && k < f->sides; k++)
            if (f->side[k].serial == t->serial && f->side[k].sequence == t->sequence)
                return true;
    }
    return false;
}

static void judge_stalls(struct gathering *g, const struct findings_time *t)
{
    struct stall_world world = {.record = g->record,
                                .until = t->now != 0 && !t->stopped ? t->now : stall_seen(g->record),
                                .age = t->asked ? STALL_AGE_ASKED : STALL_AGE,
                                .ended = t->ended,
                                .reported = is_reported,
                                .context = g};
    stall_judge(&world, found, g);
}

bool findings_gather(struct findings *all, const struct record *r, struct names *names, const struct findings_time *t)
{
    return findings_gather_in(all, &(struct deadlock_world){.record = r}, names, t);
}

bool findings_gather_in(struct findings *all, const struct deadlock_world *w, struct names *names,
                        const struct findings_time *t)
{
    const struct record *r = w->record;
    struct gathering g = {all, r, r->header->ended != 0 ? r->header->ended : t->now, true};
    struct finding f;
    memset(all, 0, sizeof *all);
    uint32_t stored = record_used(r, TABLE_FINDINGS);
    for (uint32_t id = 1; id < stored; id++)
        if (finding_stored(r, id, &f) && !add_finding(all, &f, NULL))
            return false;
    deadlock_judge(w, found, &g);
    if (g.complete)
        all->cut = !orders_judge(&(struct orders_world){.record = r, .likeness = likeness, .context = names}, found, &g)
                        .complete;
    if (g.complete)
        declared_judge(r, found, &g);
    if (g.complete)
        wait_holding_judge(r, found, &g);
    if (g.complete)
        mistakes_judge(r, found, &g);
    if (g.complete)
        judge_stalls(&g, t);
    drop_what_happened(all);
    return g.complete && findings_arrange(all);
}

bool findings_gather_outside(struct findings *all, const struct deadlock_world *w)
{
    struct gathering g = {all, w->record, 0, true};
    memset(all, 0, sizeof *all);
    deadlock_judge(w, found, &g);
    return g.complete && findings_arrange(all);
}

static bool judged(const struct findings *all, size_t i)
{
    return all->owned[i] != NULL && (all->item[i].kind == FINDING_DEADLOCK || all->item[i].kind == FINDING_STALL);
}

bool findings_judged(const struct findings *all)
{
    for (size_t i = 0; i < all->count; i++)
        if (judged(all, i))
            return true;
    return false;
}

size_t findings_sift(struct findings *all, bool (*stays)(void *context, const struct finding *f), void *context)
{
    size_t kept = 0, count = all->count;
    for (size_t i = 0; i < count; i++) {
        if (!stays(context, &all->item[i])) {
            free(all->owned[i]);
            continue;
        }
        all->item[kept] = all->item[i];
        all->owned[kept++] = all->owned[i];
    }
    memmove(all->item + kept, all->item + count, all->suppressed * sizeof *all->item);
    memmove((void *)(all->owned + kept), (void *)(all->owned + count), all->suppressed * sizeof *all->owned); // NOLINT
    all->count = kept;
    return count - kept;
}

/* Where there is no memory all stay. */
void findings_suppress(struct findings *all, bool (*stays)(void *context, const struct finding *f), void *context)
{
    struct findings moved = {.item = calloc(all->count + 1, sizeof *all->item),
                             .owned = calloc(all->count + 1, sizeof *all->owned)}; // NOLINT: of pointers
    size_t kept = 0;
    for (size_t i = 0; moved.item != NULL && moved.owned != NULL && i < all->count; i++) {
        struct findings *to = stays(context, &all->item[i]) ? all : &moved;
        size_t *at = to == all ? &kept : &moved.count;
        to->item[*at] = all->item[i];
        to->owned[(*at)++] = all->owned[i];
    }
    if (moved.count != 0) {
        memcpy(all->item + kept, moved.item, moved.count * sizeof *moved.item);
        memcpy((void *)(all->owned + kept), (void *)moved.owned, moved.count * sizeof *moved.owned); // NOLINT
        all->count = kept;
        all->suppressed += moved.count;
    }
    free(moved.item);
    free((void *)moved.owned);
}

/* Whether the threads of a stall that wait still do. Others may go on: a lock that one of them holds is what matters.
 */
static bool still_waits(const struct record *later, const struct finding *f)
{
    for (uint32_t i = 0; i < f->sides; i++) {
        const struct thread *t = record_thread(later, f->side[i].thread);
        if (f->side[i].want.kind != KIND_NONE && (f->side[i].want.how & WANT_TIMED) == 0 &&
            (t == NULL || t->serial != f->side[i].serial || t->sequence != f->side[i].sequence))
            return false;
    }
    return true;
}

/* Of those that were judged only. */
static bool stood_still(void *context, const struct finding *f)
{
    const struct deadlock_world *later = context;
    if (f->kind == FINDING_STALL)
        return still_waits(later->record, f);
    return f->when != 0 || f->kind != FINDING_DEADLOCK || deadlock_stood_still(later, f);
}

void findings_confirm(struct findings *all, const struct record *later)
{
    struct deadlock_world world = {.record = later};
    findings_sift(all, stood_still, &world);
}

void findings_free(struct findings *all)
{
    for (size_t i = 0; i < all->count + all->suppressed; i++)
        free(all->owned[i]);
    free(all->item);
    free((void *)all->owned);
    memset(all, 0, sizeof *all);
}
