#include "analyzer/merge/writing.h"

/* The graver ones first, then those of earlier runs. */
static int order_findings(const void *a, const void *b, void *context)
{
    const struct pool_finding *x = a, *y = b;
    if (x->finding.severity != y->finding.severity)
        return x->finding.severity > y->finding.severity ? -1 : 1;
    int d = pool_compare_runs(context, x->run, y->run);
    if (d != 0 || x->finding.when == y->finding.when)
        return d;
    return x->finding.when < y->finding.when ? -1 : 1;
}

static struct side side_of(struct writing *w, const struct pool_side *from)
{
    const struct pool *p = w->pool;
    struct side to = {.sequence = from->sequence, .times = from->times, .want = from->want};
    to.thread = writing_thread(w, from->thread);
    to.serial = from->thread == 0 ? 0 : pool_thread(p, from->thread)->serial;
    to.path = writing_path(w, from->path);
    to.held = writing_lock(w, from->held);
    to.want.lock = writing_lock(w, from->lock);
    to.want.address = from->lock == 0 ? writing_address(w, from->address) : pool_lock(p, from->lock)->written_at;
    to.want.site = writing_address(w, from->site);
    to.want.stack = writing_stack(w, from->stack);
    to.want.cond_mutex = writing_lock(w, from->cond_mutex);
    if (to.want.kind == KIND_THREAD) {
        to.want.thread = writing_thread(w, from->joined);
        to.want.thread_serial = from->joined == 0 ? 0 : pool_thread(p, from->joined)->serial;
    }
    to.want.path = to.path;
    to.want.held = 0;
    memcpy(to.name, from->name, sizeof to.name);
    return to;
}

static void write_finding(struct writing *w, void *item)
{
    const struct pool_finding *f = item;
    uint32_t first, id;
    struct side *side = record_writer_add_items(w->to, TABLE_SIDES, f->finding.sides, &first);
    struct record_finding *to = side == NULL ? NULL : record_writer_add(w->to, TABLE_FINDINGS, &id);
    if (to == NULL)
        return;
    for (uint32_t i = 0; i < f->finding.sides; i++)
        side[i] = side_of(w, &f->side[i]);
    *to = f->finding;
    to->first_side = first;
}

void writing_findings(struct writing *w)
{
    writing_all(w, &w->pool->findings, order_findings, write_finding);
}
