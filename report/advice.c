#include "report/phrases.h"
#include "report/rules.h"

#include <string.h>

/*
 * What to change. A cycle of locks is broken by one order for all of them; a wait for something that no lock
 * is (a signal, the end of a thread) by not holding what the waker needs; the rest by the nature of the lock.
 */

/* "at x.c:12", of the side's want or of a hold. */
static void at_want(struct story *s, const struct side *side)
{
    phrase_at(s, side->want.stack, side->want.site);
}

static void at_hold(struct story *s, const struct held *h)
{
    if (h->address != 0)
        phrase_at(s, h->stack, h->site);
}

static struct held held_by(struct story *s, const struct side *side)
{
    return query_hold(s->record, side->path, side->held);
}

/* --- a thread that waits for itself --- */

static void advise_self(struct story *s, const struct side *side)
{
    const struct held h = held_by(s, side);
    uint16_t kind = side->want.kind;
    if (kind == KIND_THREAD) {
        story_format(s, "T%u joins itself", side->serial);
        at_want(s, side);
        story_text(s, ": let another thread join it, or detach it.");
        return;
    }
    if (kind == KIND_ONCE) {
        story_text(s, "what ");
        phrase_lock(s, side->held);
        story_text(s, " runs once, begun");
        at_hold(s, &h);
        story_text(s, ", comes back to it");
        at_want(s, side);
        story_text(s, ": do not let it use what it is to set up.");
        return;
    }
    story_format(s, "T%u takes ", side->serial);
    phrase_lock(s, side->held);
    at_hold(s, &h);
    story_text(s, " and again");
    at_want(s, side);
    if (kind == KIND_MUTEX)
        story_text(s, ": give it back in between, call a variant that expects it locked, or make the mutex recursive.");
    else if (kind == KIND_RWLOCK && (h.how & HOW_SHARED) != 0)
        story_text(s, ": a read lock cannot become a write lock; give it back first, or lock for writing at once.");
    else
        story_text(s, ": give it back in between, or do not take it a second time.");
}

/* --- nobody is left to give it back --- */

static void advise_nobody(struct story *s, const struct side *side)
{
    switch (side->want.kind) {
    case KIND_CONDITION:
        story_text(s, "no thread is left to signal ");
        phrase_wanted(s, &side->want);
        story_text(s, "; a signal that comes before the wait");
        at_want(s, side);
        story_text(s, " is lost: change what it stands for under the mutex, and look at that before waiting.");
        return;
    case KIND_BARRIER:
        story_text(s, "too few threads are left to fill ");
        phrase_wanted(s, &side->want);
        story_text(s, ": let as many arrive as it was made for.");
        return;
    default:
        story_text(s, side->want.kind == KIND_SEMAPHORE ? "let a thread that does not wait itself post "
                                                        : "let a thread that does not wait itself release ");
        phrase_wanted(s, &side->want);
        story_text(s, ", or wait for it with a time-out");
        at_want(s, side);
        story_text(s, ".");
    }
}

static void advise_abandoned(struct story *s, const struct finding *f)
{
    struct thread_ref holder;
    struct held hold;
    const struct want *want = &f->side[0].want;
    if (!query_holder(s->record, f, 0, &holder, &hold)) {
        advise_nobody(s, &f->side[0]);
        return;
    }
    if (holder.slot != NULL && (holder.slot->traits & THREAD_NOT_FORKED) != 0) {
        story_format(s, "T%u had ", holder.serial);
        phrase_wanted(s, want);
        story_text(s, " when another thread forked: take it around fork (pthread_atfork), or call nothing in the child "
                      "that needs it before exec.");
        return;
    }
    story_format(s, "T%u took ", holder.serial);
    phrase_wanted(s, want);
    at_hold(s, &hold);
    story_text(s, " and ended with it: give it back before the thread ends");
    if (holder.slot != NULL && (holder.slot->traits & THREAD_CANCELLED) != 0)
        story_text(s, ", also when it is cancelled (pthread_cleanup_push)");
    story_text(s, want->kind == KIND_MUTEX ? ", or make the mutex robust and handle EOWNERDEAD." : ".");
}

/* --- a cycle with a wait for something that is no lock --- */

static void name_event(struct story *s, const struct want *want)
{
    if (want->kind == KIND_CONDITION)
        story_text(s, "a signal of ");
    phrase_wanted(s, want);
}

/* What wakes those who wait for something of a kind. */
static const char *deed(uint16_t kind)
{
    static const char *const words[KIND_COUNT] = {
        [KIND_SEMAPHORE] = "post", [KIND_CONDITION] = "signal", [KIND_BARRIER] = "arrive", [KIND_THREAD] = "end"};
    return kind < KIND_COUNT && words[kind] != NULL ? words[kind] : "be done";
}

static uint16_t lock_kind(const struct story *s, uint32_t lock)
{
    const struct lock *l = record_lock(s->record, lock);
    return l == NULL ? KIND_NONE : l->kind;
}

static void advise_once(struct story *s, const struct side *side)
{
    const struct held h = held_by(s, side);
    story_text(s, "what ");
    phrase_lock(s, side->held);
    story_text(s, " runs once, begun");
    at_hold(s, &h);
    story_text(s, ", needs ");
    phrase_wanted(s, &side->want);
    at_want(s, side);
    story_text(s, ", and the other way round: set both up in one go, or one of them before.");
}

static void advise_event(struct story *s, const struct finding *f, uint32_t i)
{
    const struct side *side = &f->side[i], *before = &f->side[i == 0 ? f->cycle - 1 : i - 1];
    const struct held h = held_by(s, side);
    if (lock_kind(s, side->held) == KIND_ONCE && side->want.kind == KIND_ONCE) {
        advise_once(s, side);
        return;
    }
    story_text(s, "do not hold ");
    phrase_lock(s, side->held);
    story_text(s, " while waiting for ");
    name_event(s, &side->want);
    story_format(s, ": T%u needs it", before->serial);
    story_format(s, " before it can %s. ", deed(side->want.kind));
    if (side->want.kind == KIND_SEMAPHORE) {
        story_text(s, "Move the wait");
        at_want(s, side);
        story_text(s, " before the acquisition of ");
        phrase_lock(s, side->held);
        at_hold(s, &h);
    } else {
        story_text(s, "Give ");
        phrase_lock(s, side->held);
        story_text(s, ", taken");
        at_hold(s, &h);
        story_text(s, side->want.kind == KIND_THREAD ? ", back before the join" : ", back before the wait");
        at_want(s, side);
    }
    story_text(s, ".");
}

/* A wait that did not last, with a lock in hand that all who end it take first. */
static void advise_await(struct story *s, const struct finding *f)
{
    const struct side *side = &f->side[0];
    const struct held h = held_by(s, side);
    uint16_t kind = side->want.kind;
    story_text(s, "do not hold ");
    phrase_lock(s, side->held);
    story_text(s, " while waiting for ");
    name_event(s, &side->want);
    story_text(s, kind == KIND_THREAD ? ": give it back before the join" : ": give it back before the wait");
    at_want(s, side);
    if (kind == KIND_SEMAPHORE || kind == KIND_BARRIER) {
        story_text(s, ", or take it after that instead of");
        at_hold(s, &h);
    }
    if (f->sides > 1 && kind != KIND_THREAD)
        story_format(s, ", or let T%u %s without it", f->side[1].serial, deed(kind));
    story_text(s, ".");
    if (kind == KIND_SEMAPHORE && lock_kind(s, side->held) == KIND_MUTEX) {
        story_text(s, " A condition would do both: waiting on it with ");
        phrase_lock(s, side->held);
        story_text(s, " gives that back meanwhile.");
    }
}

/* Each waits for the other to come first. */
static void advise_events(struct story *s, const struct finding *f)
{
    uint32_t i = 0;
    while (i < f->cycle && f->side[i].want.kind == KIND_THREAD)
        i++;
    if (i == f->cycle) {
        story_text(s, "these threads join each other: drop the join");
        at_want(s, &f->side[0]);
        story_text(s, ", or let another thread do it.");
        return;
    }
    const struct side *side = &f->side[i], *next = query_next(f, i);
    if (side->want.kind == KIND_BARRIER && next->want.lock == side->want.lock) {
        advise_nobody(s, side);
        return;
    }
    story_format(s, "let T%u %s ", next->serial, deed(side->want.kind));
    phrase_wanted(s, &side->want);
    story_text(s, " before it waits for ");
    phrase_wanted(s, &next->want);
    at_want(s, next);
    if (side->want.kind == KIND_SEMAPHORE)
        story_text(s, ", or begin with a unit of it there");
    story_text(s, ".");
}

/* Who destroys what others wait on. False: nobody does. */
static bool advise_end(struct story *s, const struct finding *f)
{
    uint32_t i = 0;
    while (i < f->sides && (f->side[i].want.how & WANT_END) == 0)
        i++;
    if (i == f->sides)
        return false;
    story_text(s, "wake all who wait ");
    story_text(s, f->side[i].want.kind == KIND_BARRIER ? "at " : "on ");
    phrase_wanted(s, &f->side[i].want);
    story_text(s, " and let them leave, as by joining them, before it is destroyed");
    at_want(s, &f->side[i]);
    story_text(s, ".");
    return true;
}

/* --- a cycle of locks: one order --- */

static uint64_t address_of(const struct story *s, uint32_t lock)
{
    const struct lock *l = record_lock(s->record, lock);
    return l == NULL ? 0 : l->address;
}

/* Whether a side goes against the order by address, upward or downward. */
static bool against(const struct story *s, const struct side *side, bool downward)
{
    uint64_t has = address_of(s, side->held), wants = side->want.address;
    return downward ? wants > has : wants < has;
}

static void tell_against(struct story *s, const struct side *side)
{
    story_format(s, "T%u takes ", side->serial);
    phrase_wanted(s, &side->want);
    at_want(s, side);
    story_text(s, " while it holds ");
    phrase_lock(s, side->held);
    story_text(s, ", taken");
    const struct held h = held_by(s, side);
    at_hold(s, &h);
}

/* One piece of code that takes locks in whatever order it is given them. */
static bool one_place(struct story *s, const struct finding *f)
{
    const struct want *want = &f->side[0].want;
    if (want->site == 0 && want->stack == 0)
        return false;
    for (uint32_t i = 1; i < f->cycle; i++)
        if (!phrase_same_place(s, f->side[i].want.stack, f->side[i].want.site, want->stack, want->site))
            return false;
    return true;
}

static void advise_order(struct story *s, const struct finding *f)
{
    uint32_t wrong = 0, told = 0;
    for (uint32_t i = 0; i < f->cycle; i++)
        wrong += against(s, &f->side[i], false);
    bool same = one_place(s, f);
    bool downward = wrong * 2 > f->cycle;
    if (downward)
        wrong = f->cycle - wrong;
    story_text(s, "take these locks in one order everywhere. ");
    for (uint32_t i = 0; i < f->cycle && told < 2; i++) {
        const struct side *side = &f->side[i];
        if (!against(s, side, downward) || !query_has(s->record, side))
            continue;
        story_text(s, told == 0 ? "" : "; ");
        tell_against(s, side);
        told++;
        if (same)
            continue;
        story_text(s, ": take ");
        phrase_wanted(s, &side->want);
        story_text(s, " before ");
        phrase_lock(s, side->held);
        if (wrong == 1 && f->cycle > 2)
            story_text(s, ", as the others do");
        else if (f->cycle == 2)
            story_format(s, ", as T%u does", f->side[1 - i].serial);
    }
    if (wrong > told)
        story_format(s, "; likewise for %u more", wrong - told);
    story_text(s, ".");
    if (same)
        story_text(s, " All of them run the same code: let it compare the two and take the one of "
                      "lower address or index first.");
}

/* --- a cycle of orders that did not close --- */

/* The side that was seen least, the one to change; of two alike the one that goes against the order by address. */
static uint32_t rarest(const struct story *s, const struct finding *f)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < f->cycle; i++) {
        const struct side *side = &f->side[i], *least = &f->side[best];
        if (side->times < least->times ||
            (side->times == least->times && against(s, side, false) > against(s, least, false)))
            best = i;
    }
    return best;
}

static bool of_cpp(const struct record *r)
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

/* "memory before index before disk": what the cycle's other sides keep to, when side `odd` does not count. */
static void tell_order(struct story *s, const struct finding *f, uint32_t odd)
{
    enum { NAMED = 5 };
    for (uint32_t i = 0; i < f->cycle; i++) {
        if (i == NAMED && f->cycle - i > 1) {
            story_format(s, " before the %u others", f->cycle - i);
            return;
        }
        story_text(s, i == 0 ? "" : " before ");
        phrase_lock(s, f->side[(odd + 1 + i) % f->cycle].held);
    }
}

static void advise_change(struct story *s, const struct finding *f)
{
    uint32_t odd = rarest(s, f);
    uint64_t all = query_times(f);
    const struct side *side = &f->side[odd];
    if (f->cycle == 1) {
        story_text(s, "do not read ");
        phrase_wanted(s, &side->want);
        story_text(s, " again");
        at_want(s, side);
        story_text(s, ", where it is read already; or let readers pass writers that wait, as is the default.");
        return;
    }
    if (one_place(s, f)) {
        story_text(s, "take these locks in one order everywhere. All of them are taken by the same code");
        at_want(s, side);
        story_text(s, ": let it compare the two and take the one of lower address or index first");
        story_text(s, of_cpp(s->record) ? ", or take both at once with std::scoped_lock or std::lock." : ".");
        return;
    }
    story_text(s, "take ");
    tell_order(s, f, odd);
    story_text(s, " everywhere");
    if (f->cycle == 2 && all - side->times > side->times)
        story_format(s, ", as %llu of %llu times", (unsigned long long)(all - side->times), (unsigned long long)all);
    story_text(s, f->cycle > 2 ? "; one change does it. " : ". ");
    tell_against(s, side);
    story_text(s, ": take ");
    phrase_wanted(s, &side->want);
    story_text(s, " first there.");
}

/* Nothing has to be done, and what would do away with it for good. */
static void advise_note(struct story *s, const struct finding *f)
{
    switch (f->reason) {
    case REASON_GUARDED:
        story_text(s, "safe as long as all of them hold ");
        if (record_lock(s->record, f->gate_lock) != NULL)
            phrase_lock_apart(s, f->gate_lock);
        else
            story_text(s, "the lock that guards them");
        break;
    case REASON_SINGLE_THREAD:
        story_text(s, query_alone(f) ? "safe as long as one thread alone does this"
                                     : "safe as long as no more threads do this");
        break;
    case REASON_ORDERED:
        story_text(s, "safe as long as these threads are made and joined as they are now");
        break;
    default:
        story_text(s, "safe as long as what comes after the time-out releases what it holds");
    }
    story_text(s, ". To be rid of it: ");
}

static bool is_event(const struct story *s, const struct want *want)
{
    return want->kind == KIND_THREAD || want->kind == KIND_ONCE || query_signal(s->record, want);
}

void story_advice(struct story *s, const struct finding *f)
{
    s->finding = f;
    if (f->sides == 0)
        return;
    if (!finding_is_cyclic(f)) {
        rules_advice(s, f);
        return;
    }
    if (f->reason == REASON_WENT_ON) {
        story_text(s, "nothing, where it may well take so long until somebody wakes them.");
        return;
    }
    if (f->reason != REASON_NONE)
        advise_note(s, f);
    if (f->kind == FINDING_WAIT_HOLDING) {
        advise_await(s, f);
        return;
    }
    if (f->kind == FINDING_LOCK_ORDER) {
        advise_change(s, f);
        return;
    }
    if (advise_end(s, f))
        return;
    if (query_self(f)) {
        advise_self(s, &f->side[0]);
        return;
    }
    if (f->cycle < 2) {
        advise_abandoned(s, f);
        return;
    }
    bool event = false;
    for (uint32_t i = 0; i < f->cycle; i++) {
        bool this = is_event(s, &f->side[i].want);
        event |= this;
        if (this && query_has(s->record, &f->side[i])) {
            advise_event(s, f, i);
            return;
        }
    }
    if (event)
        advise_events(s, f);
    else
        advise_order(s, f);
}
