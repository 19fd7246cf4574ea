#include "report/phrases.h"

enum { TOLD_MAX = 4 }; /* sides that evidence names; the others are counted */

const char *coffman_key(enum coffman c)
{
    static const char *const key[COFFMAN_COUNT] = {
        [MUTUAL_EXCLUSION] = "mutual_exclusion",
        [HOLD_AND_WAIT] = "hold_and_wait",
        [NO_PREEMPTION] = "no_preemption",
        [CIRCULAR_WAIT] = "circular_wait",
    };
    return (unsigned)c < COFFMAN_COUNT ? key[c] : NULL;
}

const char *coffman_word(enum coffman c)
{
    static const char *const word[COFFMAN_COUNT] = {
        [MUTUAL_EXCLUSION] = "mutual exclusion",
        [HOLD_AND_WAIT] = "hold and wait",
        [NO_PREEMPTION] = "no preemption",
        [CIRCULAR_WAIT] = "circular wait",
    };
    return (unsigned)c < COFFMAN_COUNT ? word[c] : NULL;
}

/* The sides that evidence speaks of: those of the cycle, or all where nothing leads back. */
static uint32_t spoken(const struct finding *f)
{
    return f->cycle != 0 ? f->cycle : f->sides;
}

static bool excludes(const struct side *side)
{
    uint16_t kind = side->want.kind;
    return kind == KIND_MUTEX || kind == KIND_RWLOCK || kind == KIND_SPINLOCK || kind == KIND_SEMAPHORE ||
           kind == KIND_ONCE;
}

/* The one condition that keeps a cycle from being more than a note; COFFMAN_COUNT: all are met. */
static enum coffman failing(const struct finding *f)
{
    switch (f->reason) {
    case REASON_NONE:
        return COFFMAN_COUNT;
    case REASON_TIMED:
    case REASON_WENT_ON:
        return NO_PREEMPTION;
    default:
        return CIRCULAR_WAIT;
    }
}

bool coffman_met(const struct record *r, const struct finding *f, enum coffman c)
{
    uint32_t n = spoken(f);
    bool any = false;
    if (!finding_is_cyclic(f) || c == failing(f))
        return false;
    switch (c) {
    case MUTUAL_EXCLUSION:
        for (uint32_t i = 0; i < n; i++)
            any |= excludes(&f->side[i]);
        return any;
    case HOLD_AND_WAIT:
        for (uint32_t i = 0; i < n; i++)
            any |= f->side[i].want.kind != KIND_NONE && query_has(r, &f->side[i]);
        return any;
    case NO_PREEMPTION:
        return true;
    default:
        return f->cycle > 1 || query_self(f);
    }
}

/* What happened is told as it is, what could happen in the conditional. */
static const char *verb(const struct finding *f, const char *is, const char *would)
{
    return f->kind == FINDING_DEADLOCK ? is : would;
}

/* Between the parts of an enumeration; true when it was cut short here. */
static bool separate(struct story *s, unsigned *told, uint32_t left)
{
    if (*told == TOLD_MAX && left > 1) {
        story_format(s, "; likewise for the %u others", left);
        return true;
    }
    if (*told != 0)
        story_text(s, "; ");
    ++*told;
    return false;
}

/* "forks[1] is T3's alone, which keeps T2 out": why side i cannot have what it wants. */
static void exclude(struct story *s, const struct finding *f, uint32_t i)
{
    const struct side *side = &f->side[i];
    struct thread_ref holder;
    struct held hold;
    bool held = query_holder(s->record, f, i, &holder, &hold), own = held && holder.serial == side->serial;
    phrase_wanted(s, &side->want);
    if (f->reason == REASON_SINGLE_THREAD) {
        story_text(s, " would let one thread in at a time");
        return;
    }
    if (query_signal(s->record, &side->want) || (!held && side->want.kind == KIND_SEMAPHORE)) {
        story_format(s, " %s no unit left for T%u, and each unit serves one thread", verb(f, "has", "would have"),
                     side->serial);
    } else if (!held) {
        story_format(s, " is taken, which keeps T%u out", side->serial);
    } else if (query_queues(s->record, f, i)) {
        story_format(s, " is for T%u first, which waits to write: that keeps T%u out", holder.serial, side->serial);
    } else if (side->want.kind == KIND_SEMAPHORE) {
        story_format(s, " %s no unit left for T%u", verb(f, "has", "would have"), side->serial);
        if (own)
            story_text(s, ", which has one itself");
        else
            story_format(s, ": T%u %s it", holder.serial, verb(f, "has", "would have"));
    } else {
        const char *is = verb(f, "is", "would be");
        if (side->want.kind == KIND_ONCE)
            story_format(s, " %s run by T%u alone", is, holder.serial);
        else if ((hold.how & HOW_SHARED) != 0)
            story_format(s, " %s held by T%u to read", is, holder.serial);
        else
            story_format(s, " %s T%u's alone", is, holder.serial);
        const struct side *between = query_between(f, i);
        if (between != NULL)
            story_format(s, ", and T%u would wait to write it, which would keep T%u out", between->serial,
                         side->serial);
        else if (own)
            story_text(s, ", and does not let it in a second time");
        else
            story_format(s, ", which %s T%u out", verb(f, "keeps", "would keep"), side->serial);
    }
}

static void exclusion(struct story *s, const struct finding *f)
{
    unsigned told = 0;
    for (uint32_t i = 0; i < spoken(f); i++) {
        if (!excludes(&f->side[i]))
            continue;
        if (separate(s, &told, spoken(f) - i))
            return;
        exclude(s, f, i);
    }
    if (told == 0)
        story_text(s, "no lock stands between them: they wait for something to happen");
}

static void holding(struct story *s, const struct finding *f)
{
    unsigned told = 0;
    for (uint32_t i = 0; i < spoken(f); i++) {
        const struct side *side = &f->side[i];
        const struct lock *l = record_lock(s->record, side->held);
        if (side->want.kind == KIND_NONE || !query_has(s->record, side))
            continue;
        if (separate(s, &told, spoken(f) - i))
            return;
        story_format(s, "T%u %s ", side->serial,
                     l != NULL && l->kind == KIND_ONCE ? verb(f, "runs", "would run") : verb(f, "holds", "would hold"));
        phrase_lock(s, side->held);
        story_text(s, verb(f, " while it waits for ", " while waiting for "));
        phrase_wanted(s, &side->want);
    }
    if (told != 0)
        return;
    struct thread_ref holder;
    struct held hold;
    if (f->cycle > 1 || query_self(f))
        story_text(s, "nobody holds a lock that another one of them waits for");
    else if (f->sides != 0 && query_holder(s->record, f, 0, &holder, &hold))
        story_format(s, "T%u, which has what is wanted, does not wait for anything", holder.serial);
    else
        story_text(s, "nobody has what is waited for");
}

/* "T2 waits for index with a time-out, gives up and breaks the cycle". */
static void timed(struct story *s, const struct finding *f)
{
    for (uint32_t i = 0; i < f->cycle; i++) {
        const struct side *side = &f->side[i];
        if ((side->want.how & WANT_TIMED) == 0)
            continue;
        story_format(s, "T%u waits for ", side->serial);
        phrase_wanted(s, &side->want);
        phrase_at(s, side->want.stack, side->want.site);
        story_text(s, " with a time-out, and would give up");
        return;
    }
    story_text(s, "one of the waits has a time-out, and would be given up");
}

static void preemption(struct story *s, const struct finding *f)
{
    static const char *const words[KIND_COUNT] = {[KIND_MUTEX] = "a mutex",
                                                  [KIND_RWLOCK] = "an rwlock",
                                                  [KIND_SPINLOCK] = "a spinlock",
                                                  [KIND_SEMAPHORE] = "a unit of a semaphore"};
    const char *owned[KIND_COUNT];
    unsigned count = 0;
    bool kind[KIND_COUNT] = {false};
    for (uint32_t i = 0; i < spoken(f); i++)
        if (f->side[i].want.kind < KIND_COUNT)
            kind[f->side[i].want.kind] = true;
    for (unsigned k = KIND_MUTEX; k <= KIND_SEMAPHORE; k++)
        if (kind[k])
            owned[count++] = words[k];
    if (f->reason == REASON_TIMED) {
        timed(s, f);
        return;
    }
    if (f->reason == REASON_WENT_ON) {
        story_text(s, "one of the waits ended after ");
        story_duration(s, f->lasted);
        return;
    }
    story_text(s, spoken(f) == 1 ? "the wait has" : verb(f, "none of the waits has", "none of the waits would have"));
    story_text(s, spoken(f) == 1 ? " no time-out" : " a time-out");
    for (unsigned i = 0; i < count; i++)
        story_format(s, "%s %s", i != 0 ? " nor" : count > 1 ? ", and neither" : ", and", owned[i]);
    if (count != 0)
        story_format(s, " %s be taken away from who has it", count > 1 ? "can" : "cannot");
    if (kind[KIND_THREAD])
        story_format(s, "%s a join lasts until the thread ends", count++ != 0 ? ";" : ", and");
    if (kind[KIND_ONCE])
        story_format(s, "%s what runs once has to end first", count != 0 ? ";" : ", and");
}

/* "T2 and T3", of a cycle and the writers in it. */
static void members(struct story *s, const struct finding *f)
{
    uint32_t count = f->kind == FINDING_LOCK_ORDER ? f->sides : f->cycle;
    for (uint32_t i = 0; i < count && i < TOLD_MAX; i++)
        story_format(s, "%sT%u", i == 0 ? "" : i + 1 == count ? " and " : ", ", f->side[i].serial);
    if (count > TOLD_MAX)
        story_format(s, " and %u more", count - TOLD_MAX);
}

/* Whether a cycle's side had the guard on its way. */
static bool guards(const struct story *s, const struct finding *f, uint32_t i)
{
    return f->gate_lock != 0 && query_hold(s->record, f->side[i].path, f->gate_lock).address != 0;
}

/* Why a cycle that the orders make is none of threads. */
static void no_circle(struct story *s, const struct finding *f)
{
    unsigned told = 0;
    switch (f->reason) {
    case REASON_SINGLE_THREAD:
        if (f->kind == FINDING_LOCK_ORDER && !query_alone(f)) {
            story_format(s, "that takes %u threads at one time, and fewer have taken these orders", f->sides);
            return;
        }
        if (f->kind == FINDING_LOCK_ORDER) {
            story_format(s, "T%u alone does all of it, and a thread does not wait for itself", f->side[0].serial);
            return;
        }
        story_format(s, "T%u itself is who ends the wait, before it begins; no other thread needs ", f->side[0].serial);
        phrase_lock(s, f->side[0].held);
        story_text(s, " for that");
        return;
    case REASON_ORDERED:
        story_text(s, "threads are made and joined so that ");
        members(s, f);
        story_text(s, " are never there at one time");
        return;
    default:
        for (uint32_t i = 0; i < f->cycle; i++)
            if (guards(s, f, i) && told < 2)
                story_format(s, told++ == 0 ? "T%u" : " and T%u", f->side[i].serial);
        if (told < 2) {
            story_text(s, "another lock, held by two of them, lets only one in at a time");
            return;
        }
        story_text(s, " both hold ");
        phrase_lock_apart(s, f->gate_lock);
        story_text(s, ", which lets only one of them in at a time");
    }
}

static void circle(struct story *s, const struct finding *f)
{
    struct thread_ref holder;
    struct held hold;
    if (failing(f) == CIRCULAR_WAIT) {
        no_circle(s, f);
        return;
    }
    if (f->cycle == 1 && query_between(f, 0) != NULL) {
        uint32_t reader = f->side[0].serial, writer = query_between(f, 0)->serial;
        story_format(s, "T%u would wait for T%u and T%u for T%u", reader, writer, writer, reader);
        return;
    }
    if (query_self(f)) {
        story_format(s, "T%u waits for itself", f->side[0].serial);
        return;
    }
    if (f->cycle > 1) {
        for (uint32_t i = 0; i < f->cycle; i++) {
            if (i == TOLD_MAX && f->cycle - i > 2) {
                story_format(s, " and so on, over %u others, back to T%u", f->cycle - i, f->side[0].serial);
                return;
            }
            story_format(s, i == 0 ? "T%u" : i + 1 == f->cycle ? " and T%u" : " T%u", f->side[i].serial);
            story_format(s, " %s T%u", i == 0 ? verb(f, "waits for", "would wait for") : "for",
                         query_next(f, i)->serial);
            if (i + 2 < f->cycle)
                story_text(s, ",");
        }
        return;
    }
    story_text(s, "no circle: ");
    if (f->sides == 0 || !query_holder(s->record, f, 0, &holder, &hold)) {
        story_text(s, "nobody is left who could wake them");
        return;
    }
    story_format(s, "T%u waits for T%u, which ", f->side[0].serial, holder.serial);
    if (holder.slot != NULL && (holder.slot->traits & THREAD_NOT_FORKED) != 0)
        story_text(s, "is not in this process and gives nothing back");
    else if (thread_ref_ended(&holder))
        story_text(s, "has ended and gives nothing back");
    else
        story_text(s, "will not go on");
}

void coffman_evidence(struct story *s, const struct finding *f, enum coffman c)
{
    s->finding = f;
    if (f->sides == 0)
        return;
    if (!finding_is_cyclic(f)) {
        bool delay = f->kind == FINDING_STARVATION || f->kind == FINDING_LONG_HOLD || f->kind == FINDING_SPIN_BLOCKED;
        story_text(s, delay ? "this is a delay, not a deadlock" : "this is a mistake, not a deadlock");
        return;
    }
    switch (c) {
    case MUTUAL_EXCLUSION:
        exclusion(s, f);
        return;
    case HOLD_AND_WAIT:
        holding(s, f);
        return;
    case NO_PREEMPTION:
        preemption(s, f);
        return;
    default:
        circle(s, f);
    }
}
