#include "detect/epochs.h"

enum { ANSWERS = 1 << 13, STEPS_MOST = 200 * 1000 * 1000 };

struct epochs_answer {
    uint32_t later, earlier;
    bool ordered;
};

bool epochs_begin(struct epochs *e, const struct record *r, struct pages *p)
{
    *e = (struct epochs){.record = r, .used = record_used(r, TABLE_EPOCHS)};
    e->visited = pages_get(p, e->used, sizeof *e->visited);
    e->stack = pages_get(p, e->used, sizeof *e->stack);
    e->answer = pages_get(p, ANSWERS, sizeof *e->answer);
    if (record_used(r, TABLE_RUNS) > 1) {
        e->runs = record_used(r, TABLE_RUNS);
        e->run_mark = pages_get(p, e->runs, sizeof *e->run_mark);
    }
    return e->visited != NULL && e->stack != NULL && e->answer != NULL && (e->runs == 0 || e->run_mark != NULL);
}

/* --- epochs of different runs --- */

static uint32_t run_of(const struct epochs *e, uint32_t id)
{
    const struct epoch *at = e->runs == 0 ? NULL : record_item(e->record, TABLE_EPOCHS, id);
    return at == NULL || at->run >= e->runs ? 0 : at->run;
}

/* How far the main thread had come at the end of an epoch, at the latest. It is in one phase; others live on. */
static uint32_t last_phase(uint32_t phase)
{
    if ((phase & PHASE_OUTLIVES) != 0)
        return UINT32_MAX;
    return (phase & PHASE_CREATED) != 0 ? phase | (PHASE_ALL_JOINED - 1) : phase;
}

static bool phases_overlap(const struct epochs *e, uint32_t a, uint32_t b)
{
    const struct epoch *x = record_item(e->record, TABLE_EPOCHS, a), *y = record_item(e->record, TABLE_EPOCHS, b);
    const uint32_t from = ~(uint32_t)PHASE_OUTLIVES;
    return x != NULL && y != NULL && last_phase(x->phase) >= (y->phase & from) &&
           last_phase(y->phase) >= (x->phase & from);
}

/* The next run of those that acquired a hold, 0 for one that is not known; false: there is none left. */
static bool next_run(struct epochs *e, uint32_t *acquisition, uint32_t *run)
{
    const struct acquisition *a = record_item(e->record, TABLE_ACQUISITIONS, *acquisition);
    if (a == NULL)
        return false;
    *run = run_of(e, a->epoch);
    *acquisition = a->next;
    e->steps++;
    return true;
}

static uint32_t first_acquisition(const struct epochs *e, uint32_t hold)
{
    const struct hold *h = record_hold(e->record, hold);
    return h == NULL ? 0 : h->first_acquisition;
}

bool epochs_compare(struct epochs *e, uint32_t a, uint32_t hold, uint32_t b, uint32_t other)
{
    enum { ACQUISITIONS_LOOKED_AT = 4096 }; /* a damaged record's list may be endless */
    uint32_t at, run;
    if (e->runs == 0 || run_of(e, a) == run_of(e, b))
        return true;
    e->marks++;
    at = first_acquisition(e, hold);
    for (int i = 0; i < ACQUISITIONS_LOOKED_AT && next_run(e, &at, &run); i++)
        e->run_mark[run] = e->marks;
    at = first_acquisition(e, other);
    for (int i = 0; i < ACQUISITIONS_LOOKED_AT && next_run(e, &at, &run); i++)
        if (run != 0 && e->run_mark[run] == e->marks)
            return false;
    return true;
}

/* --- epochs of one run --- */

/* --- synchronisation points --- */

/* Whether the order that a point shows holds in every schedule; of what kind it is. */
enum sync_holds { SYNC_NOT, SYNC_ALL_BEFORE, SYNC_ROUTINE };

static enum sync_holds sync_holds(const struct epochs *e, const struct epoch *point)
{
    const struct epoch *object = record_item(e->record, TABLE_EPOCHS, point->thread);
    if (object == NULL || object->serial != 0)
        return SYNC_NOT;
    if (object->phase == SYNC_ONCE)
        return SYNC_ROUTINE;
    return object->tid <= object->phase ? SYNC_ALL_BEFORE : SYNC_NOT;
}

/* Whether an epoch is one of a once routine: another thread might have run it, so only it comes before. */
static bool is_in_routine(struct epochs *e, const struct epoch *point, uint32_t earlier)
{
    const struct epoch *at;
    uint32_t id = point->joined[0];
    while (id > earlier && id >= point->before && (at = record_item(e->record, TABLE_EPOCHS, id)) != NULL &&
           at->before < id) {
        id = at->before;
        e->steps++;
    }
    return id == earlier && id >= point->before;
}

/* Whether `later` leads back to `earlier`. All epochs on the way have ids between theirs. */
static bool leads_back(struct epochs *e, uint32_t later, uint32_t earlier)
{
    uint32_t stacked = 0;
    e->searches++;
    e->stack[stacked++] = later;
    while (stacked > 0) {
        uint32_t id = e->stack[--stacked];
        const struct epoch *at = record_item(e->record, TABLE_EPOCHS, id);
        if (at == NULL)
            continue;
        enum sync_holds holds = at->serial != 0 ? SYNC_ALL_BEFORE : sync_holds(e, at);
        if (holds == SYNC_ROUTINE && is_in_routine(e, at, earlier))
            return true;
        if (holds != SYNC_ALL_BEFORE)
            continue;
        const uint32_t back[] = {at->before, at->joined[0], at->joined[1]};
        for (int i = 0; i < 3; i++) {
            if (back[i] == earlier)
                return true;
            if (back[i] < earlier || back[i] >= id || e->visited[back[i]] == e->searches)
                continue;
            e->visited[back[i]] = e->searches;
            e->stack[stacked++] = back[i];
            e->steps++;
        }
    }
    return false;
}

bool epochs_overlap(struct epochs *e, uint32_t a, uint32_t b)
{
    uint32_t later = a > b ? a : b, earlier = a > b ? b : a;
    if (earlier == 0 || later == earlier || later >= e->used)
        return false;
    if (run_of(e, later) != run_of(e, earlier))
        return phases_overlap(e, later, earlier);
    struct epochs_answer *kept = &e->answer[(later * 0x9E3779B9u ^ earlier * 0x85EBCA6Bu) % ANSWERS];
    if (kept->later == later && kept->earlier == earlier)
        return !kept->ordered;
    if (e->steps > STEPS_MOST) {
        e->incomplete = true;
        return false;
    }
    *kept = (struct epochs_answer){later, earlier, leads_back(e, later, earlier)};
    return !kept->ordered;
}
