#include "analyzer/identity.h"
#include "analyzer/merge/reader.h"

#include "detect/finding_query.h"

#include <stdlib.h>

/* A thread that ended while holding a lock that another waits for is no side of the finding. */
static uint32_t holder_of(struct reader *r, const struct finding *f, uint32_t i)
{
    struct thread_ref holder;
    struct held hold;
    if (!query_holder(r->record, f, i, &holder, &hold) || holder.slot == NULL ||
        query_sides(f, holder.serial) != NULL || hold.hold == 0)
        return 0;
    uint32_t thread = reader_thread(r, holder.id, holder.serial);
    uint32_t path = reader_path(r, held_path(holder.slot));
    if (thread != 0)
        pool_lesser(&r->pool->paths, &pool_thread(r->pool, thread)->path, path);
    return thread;
}

static struct pool_side read_side(struct reader *r, const struct side *s)
{
    const struct want *w = &s->want;
    struct pool_side to = {.times = s->times, .sequence = s->sequence, .want = *w};
    to.thread = reader_thread(r, s->thread, s->serial);
    to.path = reader_path(r, s->path);
    to.held = reader_lock(r, s->held);
    to.lock = reader_lock(r, w->lock);
    to.stack = reader_stack(r, w->stack);
    to.cond_mutex = reader_lock(r, w->cond_mutex);
    to.joined = w->kind == KIND_THREAD ? reader_thread(r, w->thread, w->thread_serial) : 0;
    to.site = reader_place(r, w->site);
    to.address = reader_place(r, w->lock == 0 ? w->address : 0);
    memcpy(to.name, s->name, sizeof to.name);
    return to;
}

static struct key side_key(const struct pool *p, struct key key, const struct pool_side *s)
{
    key = key_join(key_join(key, pool_key(&p->threads, s->thread)), pool_key(&p->paths, s->path));
    key = key_join(key_join(key, pool_key(&p->locks, s->held)), pool_key(&p->locks, s->lock));
    key = key_join(key_join(key, pool_key(&p->stacks, s->stack)), pool_key(&p->locks, s->cond_mutex));
    key = key_join(key_join(key, pool_key(&p->threads, s->joined)), pool_place_key(p, s->site));
    key = key_number(key_join(key, pool_place_key(p, s->address)), s->want.since);
    return key_number(key, (uint64_t)s->times << 32 | s->sequence);
}

/* Which of two findings of one identity is reported: the graver one, else that of the earlier run. */
static bool comes_first(const struct pool *p, const struct pool_finding *a, const struct pool_finding *b)
{
    if (a->finding.severity != b->finding.severity)
        return a->finding.severity > b->finding.severity;
    if (a->finding.confidence != b->finding.confidence)
        return a->finding.confidence > b->finding.confidence;
    int d = pool_compare_runs(p, a->run, b->run);
    if (d == 0 && a->finding.when != b->finding.when)
        return a->finding.when < b->finding.when;
    return d != 0 ? d < 0 : key_compare(a->content, b->content) < 0;
}

static bool add_finding(struct reader *r, const struct finding *f, uint64_t identity)
{
    struct pool *p = r->pool;
    bool fresh;
    struct pool_finding seen = {.run = 0};
    seen.key = key_number(key_begin("finding"), identity);
    seen.finding = (struct record_finding){.when = f->when,
                                           .lasted = f->lasted,
                                           .kind = f->kind,
                                           .severity = f->severity,
                                           .confidence = f->confidence,
                                           .reason = f->reason,
                                           .sides = f->sides,
                                           .cycle = f->cycle,
                                           .behind = f->behind,
                                           .count = f->count,
                                           .identity = identity};
    seen.side = calloc(f->sides, sizeof *seen.side);
    if (seen.side == NULL)
        return false;
    seen.content = key_number(key_number(key_begin("content"), f->sides), f->behind);
    for (uint32_t i = 0; i < f->sides; i++) {
        seen.side[i] = read_side(r, &f->side[i]);
        seen.side[i].holder = holder_of(r, f, i);
        seen.content = side_key(p, seen.content, &seen.side[i]);
        if (seen.run == 0 && seen.side[i].thread != 0)
            seen.run = pool_thread(p, seen.side[i].thread)->run;
    }
    uint32_t id = pool_add(p, &p->findings, seen.key, &fresh);
    struct pool_finding *to = id == 0 ? NULL : pool_finding(p, id);
    uint32_t count = to != NULL && to->finding.count > f->count ? to->finding.count : f->count;
    struct pool_side *left = seen.side;
    if (to != NULL && (fresh || comes_first(p, &seen, to))) {
        left = to->side;
        *to = seen;
    }
    if (to != NULL)
        to->finding.count = count;
    free(left);
    return to != NULL;
}

/*
 * Lock orders and waits are judged again in the merged record, which may show more of them. What one run shows by
 * itself is kept.
 */
static bool is_kept(const struct finding *f, bool stored)
{
    bool judged_again = f->kind == FINDING_LOCK_ORDER || f->kind == FINDING_WAIT_HOLDING;
    return f->sides != 0 && (stored || f->severity >= SEVERITY_WARNING || !judged_again);
}

static bool read_run(struct reader *r)
{
    const struct findings *all = &r->view->findings;
    for (size_t i = 0; i < all->count && !r->pool->failed; i++)
        if (is_kept(&all->item[i], all->owned[i] == NULL) &&
            !add_finding(r, &all->item[i], identity_of(r->view, &all->item[i])))
            return false;
    return !r->pool->failed;
}

bool reader_findings(struct reader *r)
{
    uint32_t used = record_used(r->record, TABLE_FINDINGS);
    if (!r->merged)
        return read_run(r);
    for (uint32_t id = 1; id < used && !r->pool->failed; id++) {
        const struct record_finding *stored = record_item(r->record, TABLE_FINDINGS, id);
        struct finding f;
        if (finding_stored(r->record, id, &f) && !add_finding(r, &f, stored->identity))
            return false;
    }
    return !r->pool->failed;
}
