#include "report/full/section.h"

static bool same_place(const struct held *a, const struct held *b)
{
    return a->stack == b->stack && a->site == b->site;
}

static bool same_call(const struct want *a, const struct want *b)
{
    return a->kind == b->kind && a->stack == b->stack && a->site == b->site && (a->stack != 0 || a->site != 0);
}

/* Threads outside of the cycle that hold nothing and wait for the same thing in the same call. */
static bool is_listed_with(const struct finding *f, uint32_t i, uint32_t j)
{
    const struct side *a = &f->side[i], *b = &f->side[j];
    return f->kind == FINDING_DEADLOCK && i >= f->cycle && j >= f->cycle && a->path == 0 && b->path == 0 &&
           same_call(&a->want, &b->want) && a->want.address == b->want.address &&
           a->want.thread_serial == b->want.thread_serial;
}

/* How many locks it holds. */
static unsigned holds_of(const struct story *s, const struct side *side)
{
    struct held_walk holding;
    const struct held *h;
    unsigned count = 0;
    held_begin(&holding, s->record, side->path);
    while ((h = held_next(&holding)) != NULL)
        count += query_holding(s->record, h);
    return count;
}

/* Whether two sides of a cycle each hold one lock or none, and did all of it in the same calls. */
static bool in_same_calls(const struct story *s, const struct finding *f, uint32_t i, uint32_t j)
{
    const struct side *a = &f->side[i], *b = &f->side[j];
    struct held x = query_hold(s->record, a->path, a->held), y = query_hold(s->record, b->path, b->held);
    unsigned holds = x.address != 0;
    return f->kind != FINDING_WAIT_HOLDING && same_call(&a->want, &b->want) && same_place(&x, &y) &&
           a->want.how == b->want.how && x.how == y.how && holds_of(s, a) == holds && holds_of(s, b) == holds;
}

/* The side before i that stands in the same calls; i itself when there is none. */
static uint32_t find_like(const struct story *s, const struct finding *f, uint32_t i)
{
    uint32_t j = 0;
    if (s->explain || i >= f->cycle)
        return i;
    while (j < i && !in_same_calls(s, f, i, j))
        j++;
    return j;
}

static void write_like(struct story *s, const struct finding *f, uint32_t i, uint32_t like)
{
    struct held h = query_hold(s->record, f->side[i].path, f->side[i].held);
    story_begin(s, 2, 4);
    side_sentence(s, f, i, true);
    if (h.address != 0) {
        story_text(s, f->kind == FINDING_DEADLOCK ? ", while holding " : " while holding ");
        phrase_held(s, &h);
    }
    story_format(s, ", in the same calls as T%u", f->side[like].serial);
    story_end(s);
}

static void write_listed(struct story *s, const struct finding *f, uint32_t i)
{
    unsigned shown = 0, more = 0;
    for (uint32_t j = i + 1; j < f->sides; j++) {
        if (!is_listed_with(f, i, j))
            continue;
        if (shown == SECTION_SIDES) {
            more++;
            continue;
        }
        if (shown == 0)
            story_begin(s, 2, 4);
        story_text(s, shown++ == 0 ? "likewise " : ", ");
        phrase_side_tid(s, &f->side[j]);
    }
    if (more != 0)
        story_format(s, " and %u more", more);
    if (shown != 0)
        story_end(s);
}

static bool is_listed_before(const struct finding *f, uint32_t i)
{
    uint32_t j = f->cycle;
    while (j < i && !is_listed_with(f, j, i))
        j++;
    return j < i;
}

void section_sides(struct story *s, const struct finding *f)
{
    unsigned shown = 0;
    bool in_lines = false;
    for (uint32_t i = 0; i < f->sides; i++) {
        if (is_listed_before(f, i))
            continue;
        if (shown++ == SECTION_SIDES) {
            story_format(s, "\n  and others, of %u in all\n", f->sides);
            return;
        }
        uint32_t like = find_like(s, f, i);
        if (!in_lines || like == i)
            story_gap(s);
        in_lines = like != i;
        if (in_lines)
            write_like(s, f, i, like);
        else
            side_stacks(s, f, i);
        write_listed(s, f, i);
    }
}

/* Where a thread that will never run again acquired what is waited for. */
static void write_abandoned(struct story *s, const struct finding *f)
{
    struct thread_ref holder;
    struct held hold;
    if (f->cycle > 1 || query_self(f) || f->side[0].want.kind == KIND_THREAD ||
        !query_holder(s->record, f, 0, &holder, &hold) || (hold.stack == 0 && hold.site == 0) ||
        query_sides(f, holder.serial) != NULL)
        return;
    story_gap(s);
    story_begin(s, 2, 4);
    phrase_thread(s, &holder);
    story_text(s, " acquired ");
    phrase_kind_wanted(s, &f->side[0].want);
    story_text(s, " at:");
    story_end(s);
    story_stack(s, hold.stack, hold.site, 4);
}

/* Threads in futex calls that lockwatch did not see, and that may have to do with it. */
static void write_unseen(struct story *s, const struct finding *f)
{
    enum { MOST = 8 };
    uint32_t threads = record_used(s->record, TABLE_THREADS), count = 0, shown = 0;
    for (uint32_t id = 1; id < threads; id++)
        count +=
            query_unseen(record_thread(s->record, id)) && query_sides(f, record_thread(s->record, id)->serial) == NULL;
    if (count == 0)
        return;
    story_gap(s);
    story_begin(s, 2, 4);
    for (uint32_t id = 1; id < threads; id++) {
        const struct thread *t = record_thread(s->record, id);
        if (!query_unseen(t) || query_sides(f, t->serial) != NULL)
            continue;
        if (phrase_list(s, shown++, count, MOST))
            break;
        phrase_serial(s, t->serial, t->name);
    }
    story_text(s, count == 1 ? " is blocked in a futex call that lockwatch did not see; it may be part of this."
                             : " are blocked in futex calls that lockwatch did not see; they may be part of this.");
    story_end(s);
}

void section_deadlock(struct story *s, const struct finding *f)
{
    section_sides(s, f);
    write_abandoned(s, f);
    if (f->behind != 0)
        story_format(s, "\n  %u more %s behind %s.\n", f->behind, f->behind == 1 ? "thread waits" : "threads wait",
                     query_waiting(f) == 1 ? "it" : "them");
    write_unseen(s, f);
}
