#include "report/full/advice.h"
#include "report/full/parts.h"
#include "report/side_text.h"

#include <string.h>

/* --- a cycle of locks: one order --- */

/* Whether a side goes against the order by address. */
static bool is_against(const struct record *r, const struct side *side)
{
    const struct lock *l = record_lock(r, side->held);
    return l != NULL && side->want.address < l->address;
}

/* The side to change: the one that was seen least; of two alike, as in a deadlock, the one against the order by
 * address. Only one that holds a lock will do. */
static uint32_t find_odd(const struct record *r, const struct finding *f)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < f->cycle; i++) {
        const struct side *side = &f->side[i], *least = &f->side[best];
        bool fits = query_has(r, side), least_fits = query_has(r, least);
        if (fits != least_fits            ? fits
            : side->times != least->times ? side->times < least->times
                                          : is_against(r, side) > is_against(r, least))
            best = i;
    }
    return best;
}

uint32_t advice_side(const struct record *r, const struct finding *f)
{
    bool order = finding_is_cyclic(f) && f->kind != FINDING_WAIT_HOLDING && f->cycle > 1 && !finding_is_declared(f);
    return order ? find_odd(r, f) : 0;
}

/* One piece of code that acquires locks in whatever order it is given them. */
static bool is_one_place(const struct story *s, const struct finding *f)
{
    const struct want *want = &f->side[0].want;
    if (want->site == 0 && want->stack == 0)
        return false;
    for (uint32_t i = 1; i < f->cycle; i++)
        if (!phrase_same_place(s, f->side[i].want.stack, f->side[i].want.site, want->stack, want->site))
            return false;
    return true;
}

static bool is_cpp(const struct record *r)
{
    uint32_t modules = record_used(r, TABLE_MODULES);
    for (uint32_t id = 1; id < modules; id++) {
        const struct module *m = record_item(r, TABLE_MODULES, id);
        const char *path = m == NULL ? "" : record_text(r, m->path);
        if (strstr(path, "/libstdc++.") != NULL || strstr(path, "/libc++.") != NULL)
            return true;
    }
    return false;
}

/* An rwlock that lets waiting writers come first, read-locked by a thread that has read-locked it. */
static void advise_reread(struct story *s, const struct side *side)
{
    story_text(s, "do not read-lock ");
    phrase_wanted(s, &side->want);
    story_text(s, " again");
    phrase_at(s, &side->want);
    story_text(s, "; or use the default rwlock kind, which lets readers pass waiting writers.");
}

/* The first side that read-locks again what it has read-locked; NULL when there is none. */
static const struct side *find_reread(const struct finding *f)
{
    for (uint32_t i = 0; i < f->cycle; i++)
        if (f->side[i].held == f->side[i].want.lock && (f->side[i].want.how & WANT_SHARED) != 0)
            return &f->side[i];
    return NULL;
}

/* "T2 does", where the other one of two does acquire both in the order asked for. */
static void write_example(struct story *s, const struct finding *f, uint32_t odd)
{
    const struct side *side = &f->side[odd], *other = &f->side[1 - odd];
    uint64_t all = query_times(f);
    if (other->serial == side->serial || other->held != side->want.lock || other->want.lock != side->held ||
        !query_has(s->record, other))
        return;
    story_format(s, ", as T%u does", other->serial);
    if (all - side->times > side->times)
        story_format(s, " (%llu of %llu times)", (unsigned long long)(all - side->times), (unsigned long long)all);
}

void advice_order(struct story *s, const struct finding *f)
{
    enum { NAMED = 5 };
    const uint32_t odd = find_odd(s->record, f);
    const struct side *side = &f->side[odd];
    const struct side *reread = find_reread(f);
    if (finding_is_declared(f)) {
        story_format(s, "T%u acquires ", f->side[0].serial);
        advice_want_place(s, &f->side[0]);
        story_text(s, " while holding ");
        advice_lock_place(s, &f->side[0]);
        story_text(s, ": acquire ");
        phrase_wanted(s, &f->side[0].want);
        story_text(s, " first, as declared.");
        return;
    }
    if (reread != NULL) {
        advise_reread(s, reread);
        return;
    }
    if (finding_is_units(f)) {
        advice_units(s, side);
        return;
    }
    if (is_one_place(s, f)) {
        story_text(s, "acquire these locks in one order everywhere. The same code acquires them all");
        phrase_at(s, &side->want);
        story_text(s, ": compare the two and acquire the one with the lower address or index first");
        bool together = is_cpp(s->record) && (!kind_is_toolkit(side->want.kind) || side->want.kind == KIND_QMUTEX);
        story_text(s, together ? ", or both at once with std::scoped_lock or std::lock." : ".");
        return;
    }
    story_format(s, "T%u acquires ", side->serial);
    advice_want_place(s, side);
    story_text(s, " while holding ");
    advice_lock_place(s, side);
    story_text(s, ": acquire ");
    phrase_wanted(s, &side->want);
    story_text(s, " first");
    if (f->cycle == 2) {
        write_example(s, f, odd);
        story_text(s, ".");
        return;
    }
    story_text(s, ". One order for all: ");
    for (uint32_t i = 0; i < f->cycle && !phrase_list(s, i, f->cycle, NAMED); i++)
        phrase_lock(s, f->side[(odd + 1 + i) % f->cycle].held);
    story_text(s, ".");
}
