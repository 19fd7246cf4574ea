#include "report/full/section.h"

enum { HELD_MOST = 6 }; /* locks that a thread just happened to hold: so many are named */

static bool is_waited_for(const struct finding *f, uint32_t lock)
{
    for (uint32_t i = 0; i < f->sides; i++)
        if (f->side[i].want.lock == lock)
            return true;
    return false;
}

/* Whether it is said already that the side holds this lock. */
static bool is_said(const struct finding *f, uint32_t lock)
{
    return (f->kind == FINDING_EXIT_HOLDING || f->kind == FINDING_LONG_HOLD) && lock == query_subject(f);
}

/* Whether a lock that side i holds is part of the finding; the others it just happens to hold. */
static bool matters(const struct finding *f, uint32_t i, uint32_t lock)
{
    if (lock == 0)
        return false;
    if (lock == f->side[i].held)
        return true;
    if (f->kind == FINDING_DEADLOCK || f->kind == FINDING_STALL)
        return is_waited_for(f, lock);
    if (f->kind == FINDING_WAIT_HOLDING)
        return i > 0 && lock == query_needed(f, i);
    return !finding_is_cyclic(f) && lock == query_subject(f);
}

static bool same_hold(const struct held *a, const struct held *b)
{
    return a->lock == b->lock && a->stack == b->stack && a->site == b->site && a->how == b->how;
}

static void write_hold(struct story *s, const struct held *h, unsigned units)
{
    const struct lock *l = record_lock(s->record, h->lock);
    if (units == 0)
        return;
    story_begin(s, 2, 4);
    side_holding(s, h, units);
    if (h->stack == 0 && h->site == 0) {
        story_end(s);
        return;
    }
    story_text(s, l != NULL && kind_is_once(l->kind) ? ", called" STORY_GLUE "at:" : ", acquired" STORY_GLUE "at:");
    story_end(s);
    story_stack(s, h->stack, h->site, 4);
}

/* The locks that matter with their stacks, units acquired in the same call together; how many others there are. */
static unsigned write_those_that_matter(struct story *s, const struct finding *f, uint32_t i)
{
    struct held_walk holding;
    struct held group = {0};
    const struct held *h;
    unsigned others = 0, units = 0;
    held_begin(&holding, s->record, f->side[i].path);
    while ((h = held_next(&holding)) != NULL) {
        if (!query_holding(s->record, h) || is_said(f, h->lock))
            continue;
        if (!matters(f, i, h->lock)) {
            others++;
            continue;
        }
        if (units > 0 && !same_hold(h, &group)) {
            write_hold(s, &group, units);
            units = 0;
        }
        group = *h;
        units++;
    }
    write_hold(s, &group, units);
    return others;
}

static void write_holds(struct story *s, const struct finding *f, uint32_t i)
{
    struct held_walk holding;
    const struct held *h;
    unsigned count = 0, others = write_those_that_matter(s, f, i);
    if (others == 0)
        return;
    story_begin(s, 2, 4);
    story_text(s, "also holding ");
    held_begin(&holding, s->record, f->side[i].path);
    while ((h = held_next(&holding)) != NULL) {
        if (!query_holding(s->record, h) || is_said(f, h->lock) || matters(f, i, h->lock))
            continue;
        if (phrase_list(s, count++, others, HELD_MOST))
            break;
        phrase_held(s, h);
        phrase_held_at(s, h);
    }
    story_end(s);
}

/* How often, where that is more than can be taken for granted; true when something was said. */
static bool write_count(struct story *s, const struct finding *f, uint32_t i)
{
    const struct side *side = &f->side[i];
    bool waits = f->kind == FINDING_WAIT_HOLDING;
    if (i == 0 && !finding_is_cyclic(f) && f->count > 1)
        story_format(s, ", first of %u times", f->count);
    else if (waits && side->times > 1)
        story_format(s, ", %u times", side->times);
    else
        return false;
    return true;
}

void side_stacks(struct story *s, const struct finding *f, uint32_t i)
{
    const struct side *side = &f->side[i];
    struct held at = side_place(s, f, i);
    bool placed = at.stack != 0 || at.site != 0, blocked = f->kind == FINDING_DEADLOCK || f->kind == FINDING_STALL;
    story_begin(s, 2, 4);
    story_stress(s, true);
    side_sentence(s, f, i, true);
    bool comma = write_count(s, f, i);
    if (f->kind == FINDING_LOCK_ORDER && i >= f->cycle)
        story_text(s, " (a waiting writer blocks new readers)");
    if (f->kind == FINDING_EXIT_HOLDING || at.address != 0)
        story_text(s, ", acquired" STORY_GLUE "at:");
    else if (blocked)
        story_text(s, side->want.kind == KIND_NONE ? "" : ":");
    else if (placed)
        story_text(s, comma || !finding_is_cyclic(f) ? ", at:" : " at:");
    story_stress(s, false);
    story_end(s);
    if (placed)
        story_stack(s, at.stack, at.site, 4);
    else if (blocked && side->want.kind != KIND_NONE)
        story_stack(s, 0, 0, 4);
    if (at.address == 0)
        write_holds(s, f, i);
}
