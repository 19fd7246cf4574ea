#include "report/full/parts.h"
#include "report/side_text.h"

enum { NAMED = 4 }; /* sides that evidence names; the others are counted */

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

/* --- whether they hold --- */

/* The sides that evidence speaks of: those of the cycle, or all where nothing leads back. */
static uint32_t count_sides(const struct finding *f)
{
    return f->cycle != 0 ? f->cycle : f->sides;
}

static bool excludes(const struct side *side)
{
    uint32_t kind = kind_like(side->want.kind);
    return kind == KIND_MUTEX || kind == KIND_RWLOCK || kind == KIND_SPINLOCK || kind == KIND_SEMAPHORE ||
           kind == KIND_OWN || kind_is_once(kind) || kind == KIND_FILELOCK || kind == KIND_FILE;
}

/* The one condition that keeps a cycle from being more than a note; COFFMAN_COUNT: all hold. */
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

/* Likewise a lock of a toolkit, whose owner does not show. */
static bool excludes_unseen(struct story *s, const struct side *side)
{
    const struct story_kind *own = phrase_own_kind(s, side->want.lock);
    return own != NULL && own->lock;
}

bool coffman_met(struct story *s, const struct finding *f, enum coffman c)
{
    uint32_t n = count_sides(f);
    bool any = false;
    if (finding_is_declared(f))
        return false;
    if (!finding_is_cyclic(f) || c == failing(f))
        return false;
    switch (c) {
    case MUTUAL_EXCLUSION:
        for (uint32_t i = 0; i < n; i++)
            any |= excludes(&f->side[i]) || excludes_unseen(s, &f->side[i]);
        return any;
    case HOLD_AND_WAIT:
        for (uint32_t i = 0; i < n; i++)
            any |= f->side[i].want.kind != KIND_NONE && query_has(s->record, &f->side[i]);
        return any;
    case NO_PREEMPTION:
        return true;
    default:
        return f->cycle > 1 || query_self(f);
    }
}

/* --- evidence --- */

/* What has happened is said as it is, what could happen with "would": "T3 holds", "T3 would hold". */
static void write_verb(struct story *s, const struct finding *f, const char *verb)
{
    story_format(s, f->kind == FINDING_DEADLOCK ? " %ss " : " would %s ", verb);
}

/* Between the parts of an enumeration; true when it was cut short here. */
static bool separate(struct story *s, unsigned *shown, uint32_t left)
{
    if (*shown == NAMED && left > 1) {
        story_format(s, "; likewise for the %u others", left);
        return true;
    }
    story_text(s, *shown == 0 ? "" : "; ");
    ++*shown;
    return false;
}

/* "T3 holds forks[1] exclusively and blocks T2": why side i cannot have what it wants. */
static void write_exclusion(struct story *s, const struct finding *f, uint32_t i)
{
    const struct side *side = &f->side[i], *between = query_between(f, i);
    const struct want *want = &side->want;
    struct thread_ref holder;
    struct held hold;
    bool held = query_holder(s->record, f, i, &holder, &hold);
    if (!held && excludes_unseen(s, side)) {
        phrase_wanted(s, want);
        story_format(s, " is held by a thread that lockwatch cannot name, and blocks T%u", side->serial);
    } else if (f->reason == REASON_SINGLE_THREAD) {
        phrase_wanted(s, want);
        story_text(s, " lets one thread in at a time");
    } else if (query_signal(s->record, want) || (!held && want->kind == KIND_SEMAPHORE)) {
        story_text(s, "each unit of ");
        phrase_wanted(s, want);
        story_format(s, " is for one thread, and none%sleft for T%u",
                     f->kind == FINDING_DEADLOCK ? " is " : " would be ", side->serial);
    } else if (side_has_units(s, side)) {
        story_text(s, "no unit of ");
        phrase_wanted(s, want);
        story_format(s, f->kind == FINDING_DEADLOCK ? " is left for T%u" : " would be left for T%u", side->serial);
    } else if (!held) {
        phrase_wanted(s, want);
        story_format(s, " is held and blocks T%u", side->serial);
    } else if (query_queues(s->record, f, i)) {
        story_format(s, "T%u waits to write ", holder.serial);
        phrase_wanted(s, want);
        story_format(s, ", which blocks T%u, a new reader", side->serial);
    } else {
        story_format(s, "T%u", holder.serial);
        write_verb(s, f, kind_is_once(want->kind) ? "run" : "hold");
        story_text(s, want->kind == KIND_SEMAPHORE ? "the last unit of " : "");
        phrase_wanted(s, want);
        if (want->kind != KIND_SEMAPHORE && !kind_is_once(want->kind))
            story_text(s, (hold.how & HOW_SHARED) != 0 ? " for reading" : " exclusively");
        if (between != NULL)
            story_format(s, ", T%u would wait to write it, and that would block T%u", between->serial, side->serial);
        else if (holder.serial == side->serial)
            story_text(s, ", and cannot acquire it again");
        else
            story_format(s, f->kind == FINDING_DEADLOCK ? " and blocks T%u" : " and block T%u", side->serial);
    }
}

static void mutual_exclusion(struct story *s, const struct finding *f)
{
    unsigned shown = 0;
    for (uint32_t i = 0; i < count_sides(f); i++) {
        if (!excludes(&f->side[i]) && !excludes_unseen(s, &f->side[i]))
            continue;
        if (separate(s, &shown, count_sides(f) - i))
            return;
        write_exclusion(s, f, i);
    }
    if (shown == 0)
        story_text(s, "no lock is involved: the threads wait for something to happen");
}

static void hold_and_wait(struct story *s, const struct finding *f)
{
    unsigned shown = 0;
    for (uint32_t i = 0; i < count_sides(f); i++) {
        const struct side *side = &f->side[i];
        const struct lock *l = record_lock(s->record, side->held);
        if (side->want.kind == KIND_NONE || !query_has(s->record, side))
            continue;
        if (separate(s, &shown, count_sides(f) - i))
            return;
        story_format(s, "T%u", side->serial);
        write_verb(s, f, l != NULL && kind_is_once(l->kind) ? "run" : "hold");
        phrase_lock(s, side->held);
        story_text(s, " while it waits for ");
        phrase_wanted(s, &side->want);
    }
    if (shown != 0)
        return;
    struct thread_ref holder;
    struct held hold;
    bool unseen = false;
    for (uint32_t i = 0; i < count_sides(f); i++)
        unseen |= excludes_unseen(s, &f->side[i]);
    if (unseen)
        story_text(s, "which thread holds what is waited for does not show");
    else if (f->cycle > 1 || query_self(f))
        story_text(s, "no thread holds a lock that another one of them waits for");
    else if (f->sides == 0 || !query_holder(s->record, f, 0, &holder, &hold))
        story_text(s, "no thread has what is waited for");
    else
        story_format(s, "the owner, T%u, is not waiting%s", holder.serial,
                     holder.slot != NULL && (holder.slot->traits & THREAD_NOT_FORKED) != 0
                         ? " (it is not in this process)"
                     : thread_ref_ended(&holder) ? " (it has exited)"
                                                 : "");
}

/* "T3's wait for a (x.c:60) times out". */
static void write_timed(struct story *s, const struct finding *f)
{
    for (uint32_t i = 0; i < f->cycle; i++) {
        const struct want *want = &f->side[i].want;
        if ((want->how & WANT_TIMED) == 0)
            continue;
        story_format(s, "T%u's wait for ", f->side[i].serial);
        phrase_wanted(s, want);
        story_text(s, " (");
        phrase_place(s, want->stack, want->site);
        story_text(s, ") times out");
        return;
    }
    story_text(s, "one of the waits times out");
}

/* "met in effect, T2 has retried 412 times in 2.1 s". */
static bool write_renewed(struct story *s, const struct finding *f)
{
    unsigned shown = 0;
    for (uint32_t i = 0; i < count_sides(f); i++) {
        const struct want *want = &f->side[i].want;
        if ((want->how & WANT_RENEWED) == 0)
            continue;
        story_format(s, shown++ == 0 ? "met in effect, T%u has retried %u times" : ", T%u %u times", f->side[i].serial,
                     want->failed);
        if (want->since != 0 && f->when > want->since) {
            story_text(s, " in ");
            phrase_duration(s, f->when - want->since);
        }
    }
    return shown > 0;
}

static void no_preemption(struct story *s, const struct finding *f)
{
    static const char *const words[KIND_COUNT] = {
        [KIND_MUTEX] = "a mutex cannot be taken from its owner",
        [KIND_RWLOCK] = "an rwlock cannot be taken from its holders",
        [KIND_SPINLOCK] = "a spinlock cannot be taken from its owner",
        [KIND_SEMAPHORE] = "a unit of a semaphore cannot be taken from its holder",
        [KIND_THREAD] = "a join lasts until the thread exits",
        [KIND_ONCE] = "pthread_once lasts until the routine returns",
        [KIND_FILELOCK] = "a file's lock lasts until it is released or the file is closed",
        [KIND_OWN] = "the program's own lock is not taken from its owner",
        [KIND_FILE] = "a stream cannot be taken from the thread that has locked it",
        [KIND_PIPE] = "who waits at a pipe waits for the other end",
        [KIND_GUARD] = "a static variable is waited for until its initialiser returns",
    };
    bool kind[KIND_COUNT] = {false};
    if (f->reason == REASON_TIMED) {
        write_timed(s, f);
        return;
    }
    if (f->reason == REASON_WENT_ON) {
        story_text(s, "one of the waits ended after ");
        phrase_duration(s, f->lasted);
        return;
    }
    if (write_renewed(s, f))
        return;
    story_text(s, count_sides(f) == 1 ? "the wait has no time-out" : "none of the waits has a time-out");
    for (uint32_t i = 0; i < count_sides(f); i++)
        if (f->side[i].want.kind < KIND_COUNT)
            kind[f->side[i].want.kind] = true;
    unsigned left = 0;
    for (unsigned k = 0; k < KIND_COUNT; k++)
        left += kind[k] && words[k] != NULL;
    for (unsigned k = 0; k < KIND_COUNT; k++)
        if (kind[k] && words[k] != NULL)
            story_format(s, --left == 0 ? ", and %s" : ", %s", words[k]);
}

/* Whether a side of the cycle held the gate lock. */
static bool is_gated(const struct story *s, const struct finding *f, uint32_t i)
{
    return f->gate_lock != 0 && query_hold(s->record, f->side[i].path, f->gate_lock).address != 0;
}

/* Why a cycle of lock orders is none of threads. */
static void no_cycle(struct story *s, const struct finding *f)
{
    unsigned shown = 0, gated = 0;
    switch (f->reason) {
    case REASON_SINGLE_THREAD:
        if (f->kind == FINDING_LOCK_ORDER && !query_alone(f)) {
            story_format(s, "it takes %u threads at the same time, and fewer have used these orders", f->sides);
        } else if (f->kind == FINDING_LOCK_ORDER) {
            story_format(s, "only T%u does all of it, and a thread does not wait for itself", f->side[0].serial);
        } else {
            story_format(s, "T%u itself ends the wait before it begins, and no other thread needs ", f->side[0].serial);
            phrase_lock(s, f->side[0].held);
            story_text(s, " to do so");
        }
        return;
    case REASON_ORDERED:
        story_text(s, "the order in which threads start, end and wait for each other keeps ");
        for (uint32_t i = 0, n = f->kind == FINDING_LOCK_ORDER ? f->sides : f->cycle;
             i < n && !phrase_list(s, i, n, NAMED); i++)
            story_format(s, "T%u", f->side[i].serial);
        story_text(s, " apart");
        return;
    default:
        for (uint32_t i = 0; i < f->cycle; i++)
            gated += is_gated(s, f, i);
        for (uint32_t i = 0; i < f->cycle && gated > 1; i++)
            if (is_gated(s, f, i) && shown < 2)
                story_format(s, shown++ == 0 ? "T%u" : " and T%u", f->side[i].serial);
        if (gated < 2 && f->gate_lock != 0) {
            story_text(s, "one of them is created and joined while ");
            phrase_lock(s, f->gate_lock);
            story_text(s, " is held, which lets only one in at a time");
            return;
        }
        if (gated < 2) {
            story_text(s, "another lock, held by two of them, lets only one in at a time");
            return;
        }
        story_text(s, " both hold ");
        phrase_lock(s, f->gate_lock);
        story_text(s, ", which lets only one of them in at a time");
    }
}

static void circular_wait(struct story *s, const struct finding *f)
{
    const struct side *between = f->cycle == 1 ? query_between(f, 0) : NULL;
    struct thread_ref holder;
    struct held hold;
    if (failing(f) == CIRCULAR_WAIT) {
        no_cycle(s, f);
    } else if (between != NULL) {
        story_format(s, "T%u would wait for T%u, T%u for T%u", f->side[0].serial, between->serial, between->serial,
                     f->side[0].serial);
    } else if (query_self(f)) {
        story_format(s,
                     side_has_units(s, &f->side[0]) ? "T%u, like each holder of a unit, waits for one more"
                                                    : "T%u waits for itself",
                     f->side[0].serial);
    } else if (finding_is_units(f)) {
        story_text(s, "each would wait for a unit that another one of them holds");
    } else if (f->cycle > 1) {
        for (uint32_t i = 0; i < f->cycle; i++) {
            if (i == NAMED && f->cycle - i > 2) {
                story_format(s, " and so on, over %u others, back to T%u", f->cycle - i, f->side[0].serial);
                return;
            }
            story_format(s, i == 0 ? "T%u" : ", T%u", f->side[i].serial);
            if (i == 0)
                write_verb(s, f, "wait");
            story_format(s, i == 0 ? "for T%u" : " for T%u", query_next(f, i)->serial);
        }
    } else if (f->sides == 0 || !query_holder(s->record, f, 0, &holder, &hold)) {
        story_text(s, "no cycle: no thread is left that could end the wait");
    } else {
        story_format(s, "no cycle: T%u waits for T%u, which ", f->side[0].serial, holder.serial);
        if (holder.slot != NULL && (holder.slot->traits & THREAD_NOT_FORKED) != 0)
            story_text(s, "was not copied by fork() and can never release it");
        else if (thread_ref_ended(&holder))
            story_text(s, "has exited and can never release it");
        else
            story_text(s, "is blocked itself");
    }
}

void coffman_evidence(struct story *s, const struct finding *f, enum coffman c)
{
    static void (*const pieces[COFFMAN_COUNT])(struct story *, const struct finding *) = {
        [MUTUAL_EXCLUSION] = mutual_exclusion,
        [HOLD_AND_WAIT] = hold_and_wait,
        [NO_PREEMPTION] = no_preemption,
        [CIRCULAR_WAIT] = circular_wait,
    };
    s->finding = f;
    if (f->sides == 0 || (unsigned)c >= COFFMAN_COUNT)
        return;
    if (finding_is_declared(f))
        story_text(s, "this goes against a declared order, whether it can deadlock or not");
    else if (finding_is_cyclic(f))
        pieces[c](s, f);
    else if (f->kind == FINDING_STARVATION || f->kind == FINDING_LONG_HOLD || f->kind == FINDING_SPIN_BLOCKED)
        story_text(s, "this is a delay, not a deadlock");
    else if (f->kind == FINDING_STALL)
        story_text(s, "threads stand still, but it is not known that none of them can go on");
    else
        story_text(s, "this is a mistake, not a deadlock");
}
