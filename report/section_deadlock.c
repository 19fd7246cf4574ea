#include "report/section.h"

enum { BRIEF = 10000000 }; /* nanoseconds: not worth saying that someone waits for so long */

/* Of what nobody holds: who has brought it about so far. */
static void tell_posters(struct story *s, const struct want *want)
{
    enum { ROOM = 3 };
    struct thread_ref poster[ROOM];
    bool more;
    unsigned n = query_posters(s->record, want->lock, poster, ROOM, &more);
    const char *posted = want->kind == KIND_CONDITION ? "signalled" : "posted";
    if (want->kind == KIND_BARRIER)
        return;
    story_format(s, n == 0 ? ", never %s so far" : ", %s so far only by ", posted);
    for (unsigned i = 0; i < n; i++) {
        story_text(s, i == 0 ? "" : i + 1 == n && !more ? " and " : ", ");
        phrase_thread(s, &poster[i]);
        story_text(s, thread_ref_ended(&poster[i]) ? ", which has ended" : "");
    }
    story_text(s, more ? " and others" : "");
}

/* Of what nobody holds: who of the cycle would bring it about. */
static void tell_waker(struct story *s, const struct want *want, const struct side *waker)
{
    const struct lock *l = record_lock(s->record, want->lock);
    struct thread_ref p = query_side_thread(s->record, waker);
    if (want->kind == KIND_BARRIER && waker->want.lock == want->lock) {
        if (l != NULL && (l->traits & TRAIT_VALUE_KNOWN) != 0)
            story_format(s, ", made for %u %s", l->value, l->value == 1 ? "thread" : "threads");
    } else if (want->kind == KIND_BARRIER) {
        story_text(s, ", where ");
        phrase_thread(s, &p);
        story_text(s, " has not arrived");
    } else if (query_posted(s->record, want->lock)) {
        story_text(s, ", which ");
        phrase_thread(s, &p);
        story_text(s, want->kind == KIND_CONDITION ? " would signal" : " would post");
    } else {
        tell_posters(s, want);
    }
}

/* ", held by T4 (phil-3)" and the like: why it is that this side waits. */
static void tell_holder(struct story *s, const struct finding *f, uint32_t i)
{
    const struct want *want = &f->side[i].want;
    struct thread_ref holder;
    struct held hold;
    if ((want->how & WANT_END) != 0) {
        if (i < f->cycle) {
            story_text(s, ", which ");
            phrase_side(s, query_next(f, i));
            story_text(s, want->kind == KIND_BARRIER ? " waits at" : " waits on");
        }
        return;
    }
    if (!query_holder(s->record, f, i, &holder, &hold)) {
        if (query_signal(s->record, want))
            tell_posters(s, want);
        return;
    }
    if (want->kind == KIND_THREAD) {
        if (holder.serial == f->side[i].serial)
            story_text(s, ", that is, for itself");
        else if (query_sides(f, holder.serial) != NULL)
            story_text(s, ", which is stuck itself");
        return;
    }
    if (query_signal(s->record, want)) {
        tell_waker(s, want, query_next(f, i));
        return;
    }
    if (query_queues(s->record, f, i)) {
        story_text(s, ", behind ");
        phrase_thread(s, &holder);
        story_text(s, ", which waits to write");
        return;
    }
    story_text(s, want->kind == KIND_ONCE ? ", run by " : ", held by ");
    if (holder.serial == f->side[i].serial)
        story_text(s, "itself");
    else
        phrase_thread(s, &holder);
    if (holder.slot != NULL && (holder.slot->traits & THREAD_NOT_FORKED) != 0)
        story_text(s, ", a thread of the parent that did not come along in the fork");
    else if (holder.slot != NULL && (holder.slot->traits & THREAD_CANCELLED) != 0 && thread_ref_ended(&holder))
        story_text(s, ", which was cancelled");
    else if (thread_ref_ended(&holder))
        story_text(s, ", which has ended");
}

/* The first line of a side: "T3 (phil-2, tid 4245) waits for mutex forks[3] (0x55…), held by T4 (phil-3),
 * for 1.20 s:" */
static void tell_wait(struct story *s, const struct finding *f, uint32_t i)
{
    const struct side *side = &f->side[i];
    const struct want *want = &side->want;
    struct thread_ref who = query_side_thread(s->record, side);
    story_begin(s, 2, 6);
    phrase_stress(s, true);
    phrase_thread_tid(s, &who);
    if (want->kind == KIND_NONE) {
        story_text(s, " has ended");
        phrase_stress(s, false);
        story_end(s);
        return;
    }
    phrase_waits(s, want, false);
    story_wanted(s, want, true);
    if (want->kind == KIND_RWLOCK)
        story_text(s, want->how & WANT_SHARED ? " to read" : " to write");
    tell_holder(s, f, i);
    if (want->since != 0 && s->now >= want->since + BRIEF) {
        story_text(s, ", for ");
        story_duration(s, s->now - want->since);
    }
    story_text(s, ":");
    phrase_stress(s, false);
    story_end(s);
    story_stack(s, want->stack, want->site, 6);
}

/* Some other side that waits for a lock, the one before in the cycle first. */
static const struct side *who_wants(const struct finding *f, uint32_t i, uint32_t lock)
{
    uint32_t before = i < f->cycle ? (i == 0 ? f->cycle : i) - 1 : 0;
    for (uint32_t n = 0; n < f->sides && lock != 0; n++) {
        const struct side *side = &f->side[(before + n) % f->sides];
        if (side->want.lock == lock && side != &f->side[i])
            return side;
    }
    return NULL;
}

static void tell_holds(struct story *s, const struct finding *f, uint32_t i)
{
    const struct side *side = &f->side[i];
    struct held_walk holding;
    const struct held *h;
    unsigned told = 0, more = 0;
    bool wanted_told = side->held == 0;
    held_begin(&holding, s->record, side->path);
    while ((h = held_next(&holding)) != NULL) {
        if (!query_holding(s->record, h))
            continue;
        if (told < CHAPTER_HOLDS || (h->lock == side->held && !wanted_told)) {
            section_hold(s, h, "it", false, who_wants(f, i, h->lock));
            wanted_told |= h->lock == side->held;
            told++;
        } else {
            more++;
        }
    }
    if (more != 0)
        story_format(s, "    and %u more %s\n", more, more == 1 ? "lock" : "locks");
}

/* Threads outside of the cycle that hold nothing and wait at one place for one thing are told of together. */
static bool alike(const struct finding *f, uint32_t i, uint32_t j)
{
    const struct side *a = &f->side[i], *b = &f->side[j];
    return i >= f->cycle && j >= f->cycle && a->path == 0 && b->path == 0 && a->want.kind == b->want.kind &&
           a->want.address == b->want.address && a->want.thread_serial == b->want.thread_serial &&
           a->want.stack == b->want.stack && a->want.site == b->want.site;
}

static void tell_others(struct story *s, const struct finding *f, uint32_t i)
{
    unsigned told = 0, more = 0;
    for (uint32_t j = i + 1; j < f->sides; j++) {
        if (!alike(f, i, j))
            continue;
        if (told == CHAPTER_SIDES) {
            more++;
            continue;
        }
        if (told == 0)
            story_begin(s, 4, 8);
        struct thread_ref who = query_side_thread(s->record, &f->side[j]);
        story_text(s, told++ == 0 ? "and in the same way " : ", ");
        phrase_thread_tid(s, &who);
    }
    if (more != 0)
        story_format(s, " and %u more", more);
    if (told != 0)
        story_end(s);
}

static void tell_sides(struct story *s, const struct finding *f)
{
    unsigned told = 0;
    for (uint32_t i = 0; i < f->sides; i++) {
        bool again = false;
        for (uint32_t j = f->cycle; j < i && !again; j++)
            again = alike(f, j, i);
        if (again)
            continue;
        if (told++ == CHAPTER_SIDES) {
            story_format(s, "\n  and others, of %u in all\n", f->sides);
            return;
        }
        story_text(s, "\n");
        tell_wait(s, f, i);
        tell_holds(s, f, i);
        tell_others(s, f, i);
    }
}

static void tell_unseen(struct story *s, const struct finding *f)
{
    enum { ROOM = 8 };
    uint32_t threads = record_used(s->record, TABLE_THREADS), told = 0, more = 0;
    for (uint32_t id = 1; id < threads; id++) {
        const struct thread *t = record_thread(s->record, id);
        if (!query_unseen(t) || query_sides(f, t->serial) != NULL)
            continue;
        if (told == ROOM) {
            more++;
            continue;
        }
        if (told == 0) {
            story_text(s, "\n");
            story_begin(s, 2, 4);
        }
        struct thread_ref p = query_thread(s->record, id, t->serial);
        story_text(s, told++ == 0 ? "" : ", ");
        phrase_thread(s, &p);
    }
    if (told == 0)
        return;
    if (more != 0)
        story_format(s, " and %u more", more);
    story_text(s, told == 1 ? " is blocked in a futex call that lockwatch did not see; it may be part of this."
                            : " are blocked in futex calls that lockwatch did not see; they may be part of this.");
    story_end(s);
}

void section_deadlock(struct story *s, const struct finding *f)
{
    tell_sides(s, f);
    if (f->behind != 0)
        story_format(s, "\n  %u more %s behind %s.\n", f->behind, f->behind == 1 ? "thread waits" : "threads wait",
                     query_waiting(f) == 1 ? "it" : "them");
    tell_unseen(s, f);
}
