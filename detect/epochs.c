#include "detect/epochs.h"

enum { ANSWERS = 1 << 13, STEPS_MOST = 200 * 1000 * 1000 };

struct epochs_answer {
    uint32_t later, earlier;
    bool reaches;
};

bool epochs_begin(struct epochs *e, const struct record *r, struct pages *p)
{
    *e = (struct epochs){.record = r, .used = record_used(r, TABLE_EPOCHS)};
    e->seen = pages_get(p, e->used, sizeof *e->seen);
    e->work = pages_get(p, e->used, sizeof *e->work);
    e->answer = pages_get(p, ANSWERS, sizeof *e->answer);
    if (record_used(r, TABLE_RUNS) > 1) {
        e->runs = record_used(r, TABLE_RUNS);
        e->heard = pages_get(p, e->runs, sizeof *e->heard);
    }
    return e->seen != NULL && e->work != NULL && e->answer != NULL && (e->runs == 0 || e->heard != NULL);
}

/* --- of different runs --- */

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

/* Calls the runs that took a hold by a number; whether one of them is called by another one, `before`. */
static bool call_runs(struct epochs *e, uint32_t hold, uint32_t before)
{
    enum { TAKINGS = 4096 };
    const struct hold *h = record_hold(e->record, hold);
    const struct acquisition *t;
    uint32_t id = h == NULL ? 0 : h->first_acquisition;
    bool met = false;
    for (int i = 0; i < TAKINGS && !met && (t = record_item(e->record, TABLE_ACQUISITIONS, id)) != NULL; i++) {
        uint32_t run = run_of(e, t->epoch);
        met = run != 0 && before != 0 && e->heard[run] == before;
        e->heard[run] = e->hearing;
        e->steps++;
        id = t->next;
    }
    return met;
}

bool epochs_compare(struct epochs *e, uint32_t a, uint32_t hold, uint32_t b, uint32_t other)
{
    if (e->runs == 0 || run_of(e, a) == run_of(e, b))
        return true;
    e->hearing++;
    call_runs(e, hold, 0);
    e->hearing++;
    return !call_runs(e, other, e->hearing - 1);
}

/* --- of one run --- */

/* Whether a way leads from `later` back to `earlier`. All that is on the way lies between them. */
static bool reaches(struct epochs *e, uint32_t later, uint32_t earlier)
{
    uint32_t left = 0;
    e->walk++;
    e->work[left++] = later;
    while (left > 0) {
        uint32_t id = e->work[--left];
        const struct epoch *at = record_item(e->record, TABLE_EPOCHS, id);
        if (at == NULL)
            continue;
        const uint32_t back[] = {at->before, at->joined[0], at->joined[1]};
        for (int i = 0; i < 3; i++) {
            if (back[i] == earlier)
                return true;
            if (back[i] < earlier || back[i] >= id || e->seen[back[i]] == e->walk)
                continue;
            e->seen[back[i]] = e->walk;
            e->work[left++] = back[i];
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
        return !kept->reaches;
    if (e->steps > STEPS_MOST) {
        e->cut = true;
        return false;
    }
    *kept = (struct epochs_answer){later, earlier, reaches(e, later, earlier)};
    return !kept->reaches;
}
