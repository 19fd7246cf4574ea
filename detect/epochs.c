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
    return e->seen != NULL && e->work != NULL && e->answer != NULL;
}

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
