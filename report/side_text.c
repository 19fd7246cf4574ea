#include "report/side_text.h"

enum {
    BRIEF = 1000000000, /* nanoseconds: not worth saying that a thread has waited for so long */
    POSTERS = 3,        /* of a semaphore or condition that are named */
    HOLDERS = 6,        /* of a semaphore's units, likewise */
};

/* --- why a thread is blocked --- */

void side_posters(struct story *s, const struct want *want)
{
    struct thread_ref poster[POSTERS];
    bool more;
    unsigned n = query_posters(s->record, want->lock, poster, POSTERS, &more);
    const struct story_kind *own = phrase_own_kind(s, want->lock);
    if (want->kind == KIND_BARRIER || phrase_of_team(want->kind))
        return;
    if (own != NULL && own->lock) {
        story_text(s, ", held by a thread that lockwatch cannot name");
        return;
    }
    if (n == 0 && (s->record->header->incomplete & INCOMPLETE_OUTSIDE) != 0) { /* who has, so far, is not known */
        story_format(s, ", which no thread is left to %s", phrase_wake(s, want));
        return;
    }
    story_format(s, n == 0 ? ", never %s so far" : ", %s so far only by ", phrase_woken(s, want));
    for (unsigned i = 0; i < n; i++) {
        story_text(s, i == 0 ? "" : i + 1 == n && !more ? " and " : ", ");
        phrase_thread(s, &poster[i]);
        phrase_fate(s, &poster[i]);
    }
    story_text(s, more ? " and others" : "");
}

/* Of what no thread holds: which one of the cycle would end the wait. */
static void write_waker(struct story *s, const struct want *want, const struct side *waker)
{
    const struct lock *l = record_lock(s->record, want->lock);
    if (want->kind == KIND_BARRIER && waker->want.lock == want->lock) {
        if (l != NULL && (l->traits & TRAIT_VALUE_KNOWN) != 0)
            story_format(s, ", made for %u %s", l->value, l->value == 1 ? "thread" : "threads");
    } else if (want->kind == KIND_BARRIER) {
        story_text(s, ", where ");
        phrase_side(s, waker);
        story_text(s, " has not arrived");
    } else if (query_posted_by(s->record, want->lock, waker->serial)) {
        story_text(s, ", which ");
        phrase_side(s, waker);
        story_format(s, " would %s", phrase_wake(s, want));
    } else {
        side_posters(s, want);
    }
}

unsigned side_units(const struct story *s, const struct side *side, uint32_t lock)
{
    struct held_walk holding;
    const struct held *h;
    unsigned units = 0;
    held_begin(&holding, s->record, side->path);
    while ((h = held_next(&holding)) != NULL)
        units += h->lock == lock;
    return units;
}

bool side_has_units(const struct story *s, const struct side *side)
{
    const struct lock *l = record_lock(s->record, side->want.lock);
    return side->want.kind == KIND_SEMAPHORE && l != NULL && ((l->traits & TRAIT_VALUE_KNOWN) == 0 || l->value > 1) &&
           side_units(s, side, side->want.lock) > 0;
}

/* ", of whose 4 units T2 (sweep) holds 3 and T3 (sweep) holds 1". */
static void write_unit_holders(struct story *s, const struct finding *f, uint32_t lock)
{
    uint32_t count = 0, shown = 0;
    for (uint32_t i = 0; i < f->sides; i++)
        count += side_units(s, &f->side[i], lock) > 0;
    const struct lock *l = record_lock(s->record, lock);
    if (l != NULL && (l->traits & TRAIT_VALUE_KNOWN) != 0)
        story_format(s, ", of whose %u units ", l->value);
    else
        story_text(s, ", of whose units ");
    for (uint32_t i = 0; i < f->sides; i++) {
        if (side_units(s, &f->side[i], lock) == 0)
            continue;
        if (phrase_list(s, shown++, count, HOLDERS)) {
            story_text(s, " hold the rest");
            return;
        }
        phrase_side(s, &f->side[i]);
        story_format(s, " holds %u", side_units(s, &f->side[i], lock));
    }
}

/* ", held by T4 (phil-3)" and the like. */
static void write_holder(struct story *s, const struct finding *f, uint32_t i)
{
    const struct side *side = &f->side[i], *next = query_next(f, i);
    const struct want *want = &side->want;
    struct thread_ref holder;
    struct held hold;
    if ((want->how & WANT_END) != 0) {
        if (next != NULL) {
            story_text(s, ", which ");
            phrase_side(s, next);
            story_text(s, want->kind == KIND_BARRIER ? " waits at" : " waits on");
        }
    } else if (!query_holder(s->record, f, i, &holder, &hold)) {
        if (query_signal(s->record, want))
            side_posters(s, want);
        else if (query_gone(want) != 0) {
            story_text(s, ", locked by ");
            phrase_gone(s, want);
        }
    } else if (want->kind == KIND_THREAD) {
        if (holder.serial == side->serial)
            story_text(s, ", which is itself");
        else if (f->kind == FINDING_DEADLOCK && query_sides(f, holder.serial) != NULL)
            story_text(s, ", itself deadlocked");
    } else if (query_signal(s->record, want)) {
        write_waker(s, want, next);
    } else if (query_queues(s->record, f, i)) {
        story_text(s, ", behind ");
        phrase_thread(s, &holder);
        story_text(s, ", which waits to write");
    } else if (side_has_units(s, side)) {
        write_unit_holders(s, f, want->lock);
    } else if (holder.serial == side->serial) {
        story_text(s, kind_is_once(want->kind) ? ", which it runs itself" : ", which it holds itself");
    } else if (want->kind == KIND_PIPE) {
        story_text(s, ", whose other end is open in ");
        phrase_thread(s, &holder);
    } else {
        story_text(s, kind_is_once(want->kind) ? ", run by " : ", held by ");
        phrase_thread(s, &holder);
        phrase_fate(s, &holder);
    }
}

/* --- sentences --- */

static void blocked_sentence(struct story *s, const struct finding *f, uint32_t i)
{
    const struct want *want = &f->side[i].want;
    if (want->kind == KIND_NONE) {
        story_text(s, " has exited");
        return;
    }
    phrase_waits(s, want, false);
    phrase_kind_wanted(s, want);
    write_holder(s, f, i);
    if (want->since != 0 && s->now >= want->since + BRIEF) {
        story_text(s, ", for ");
        phrase_duration(s, s->now - want->since);
    }
}

/* How long a side of a stall had waited when it was judged, by what the first one had. */
static uint64_t stood(const struct finding *f, uint32_t i)
{
    uint64_t until = f->lasted, since = f->side[i].want.since, latest = 0;
    for (uint32_t k = 0; k < (f->cycle != 0 ? 1 : f->sides); k++)
        latest = f->side[k].want.since > latest ? f->side[k].want.since : latest;
    until += latest;
    return since != 0 && until > since ? until - since : 0;
}

static void standing_sentence(struct story *s, const struct finding *f, uint32_t i)
{
    const struct want *want = &f->side[i].want;
    struct thread_ref p = query_side_thread(s->record, &f->side[i]);
    if (want->kind == KIND_NONE && p.slot != NULL && s->record->header->end != END_MERGED) {
        phrase_doing(s, p.slot, s->now == 0);
    } else if (want->kind == KIND_NONE) {
        story_text(s, " was not waiting");
    } else {
        phrase_waits(s, want, false);
        phrase_kind_wanted(s, want);
        story_text(s, (want->how & WANT_TIMED) != 0 ? " with a time-out" : "");
        write_holder(s, f, i);
        if (stood(f, i) >= BRIEF)
            phrase_stood(s, stood(f, i));
    }
}

/* Of a wait with a lock held: what a thread that ends such waits did. */
static void waker_sentence(struct story *s, const struct finding *f, uint32_t i)
{
    static const char *const deeds[KIND_TOOLKITS] = {
        [KIND_SEMAPHORE] = "posted", [KIND_CONDITION] = "signalled", [KIND_BARRIER] = "arrived at"};
    const struct want *want = &query_awaiting(f, i)->want;
    if (want->kind == KIND_THREAD) {
        story_text(s, " acquired ");
        phrase_lock(s, query_needed(f, i));
        story_text(s, " before it exited");
        return;
    }
    const uint32_t kind = kind_like(want->kind);
    const char *deed = kind < KIND_TOOLKITS ? deeds[kind] : NULL;
    if (want->kind == KIND_BARRIER && f->cycle == 2) {
        story_text(s, " arrived there after acquiring ");
        phrase_lock(s, query_needed(f, i));
        return;
    }
    story_format(s, " %s", deed != NULL ? deed : "ended the wait");
    if (deed != NULL && f->cycle > 2) {
        story_text(s, " ");
        phrase_lock(s, want->lock);
    } else if (deed != NULL) {
        story_text(s, " it");
    }
    story_text(s, " after acquiring ");
    phrase_lock(s, query_needed(f, i));
}

/* What was done with the lock that a mistake or a delay is about. */
static const char *const deeds[FINDING_KINDS] = {
    [FINDING_UNLOCK_NOT_OWNER] = " unlocked ",
    [FINDING_UNLOCK_NOT_HELD] = " unlocked ",
    [FINDING_DESTROY_IN_USE] = " destroyed ",
    [FINDING_INIT_IN_USE] = " initialised ",
    [FINDING_EXIT_HOLDING] = " exited while holding ",
    [FINDING_COND_MUTEX_NOT_HELD] = " waited on ",
    [FINDING_COND_TWO_MUTEXES] = " waited on ",
    [FINDING_RELOCK] = " locked ",
    [FINDING_LONG_HOLD] = " held ",
    [FINDING_SPIN_BLOCKED] = " may block on ",
};

/* " while T3 (two) held it": how another thread, or the same, comes into a mistake. */
static void write_part(struct story *s, const struct finding *f, const char *otherwise)
{
    enum query_part part = query_part(s->record, f);
    if (part == PART_NONE) {
        bool own = query_hold(s->record, f->side[0].path, query_subject(f)).address != 0;
        story_text(s, own ? " while holding it itself" : otherwise);
        return;
    }
    const struct want *want = &f->side[1].want;
    story_text(s, " while ");
    phrase_side(s, &f->side[1]);
    if (part == PART_HOLDS) {
        story_text(s, " held it");
    } else if (want->lock != query_subject(f)) {
        story_text(s, " waited on a condition with it");
    } else {
        phrase_waits(s, want, true);
        story_text(s, "it");
    }
}

/* What is wrong with it, or how long it took. */
static void write_wrong(struct story *s, const struct finding *f)
{
    const struct side *side = &f->side[0];
    switch (f->kind) {
    case FINDING_UNLOCK_NOT_OWNER:
        write_part(s, f, " while another thread held it");
        return;
    case FINDING_UNLOCK_NOT_HELD:
        story_text(s, ", which no thread held");
        return;
    case FINDING_DESTROY_IN_USE:
    case FINDING_INIT_IN_USE:
        write_part(s, f, " while it was in use");
        return;
    case FINDING_COND_MUTEX_NOT_HELD:
        story_text(s, " without holding ");
        phrase_kind_lock(s, side->want.cond_mutex);
        return;
    case FINDING_COND_TWO_MUTEXES:
        if (f->sides < 2)
            return;
        story_text(s, ", ");
        phrase_side(s, &f->side[1]);
        story_text(s, " with ");
        phrase_kind_lock(s, f->side[1].want.cond_mutex);
        return;
    case FINDING_RELOCK:
        story_text(s, ", which it already held");
        return;
    case FINDING_STARVATION:
        story_text(s, " for ");
        phrase_duration(s, f->lasted);
        story_text(s, " while others acquired it ");
        phrase_times(s, side->times);
        return;
    case FINDING_LONG_HOLD:
        story_text(s, " for ");
        phrase_duration(s, f->lasted);
        if (f->sides < 2)
            return;
        story_text(s, " while ");
        phrase_side(s, &f->side[1]);
        story_text(s, " waited for it");
        return;
    case FINDING_SPIN_BLOCKED:
        if (side->times > 1)
            story_format(s, " (%u calls)", side->times);
        story_text(s, " while holding ");
        phrase_kind_lock(s, side->held);
        return;
    default:
        return;
    }
}

static void mistake_sentence(struct story *s, const struct finding *f)
{
    struct want want = f->side[0].want;
    struct thread_ref who = query_side_thread(s->record, &f->side[0]);
    bool shared = (want.how & WANT_SHARED) != 0;
    if (f->kind == FINDING_COND_MUTEX_NOT_HELD)
        want.cond_mutex = 0;
    if (f->kind == FINDING_STARVATION)
        phrase_waits(s, &want, true);
    else if (f->kind == FINDING_EXIT_HOLDING && thread_ref_cancelled(&who))
        story_text(s, " was cancelled while holding ");
    else
        story_text(s, deeds[f->kind] == NULL ? " used " : deeds[f->kind]);
    if (want.kind == KIND_RWLOCK && !shared && f->kind != FINDING_STARVATION)
        phrase_kind_lock(s, want.lock);
    else
        phrase_kind_wanted(s, &want);
    write_wrong(s, f);
}

/* The thread that a mistake has a part for: the holder, or who waits. */
static void other_sentence(struct story *s, const struct finding *f)
{
    const struct want *want = &f->side[1].want;
    if (query_part(s->record, f) == PART_HOLDS) {
        story_text(s, " held ");
        phrase_kind_lock(s, query_subject(f));
        return;
    }
    phrase_waits(s, want, true);
    phrase_kind_wanted(s, want);
}

void side_sentence(struct story *s, const struct finding *f, uint32_t i, bool tid)
{
    const struct side *side = &f->side[i];
    if (tid)
        phrase_side_tid(s, side);
    else
        phrase_side(s, side);
    if (f->kind == FINDING_DEADLOCK) {
        blocked_sentence(s, f, i);
    } else if (f->kind == FINDING_STALL) {
        standing_sentence(s, f, i);
    } else if (f->kind == FINDING_WAIT_HOLDING && query_deed(s->record, f, i) == DEED_WOKE) {
        waker_sentence(s, f, i);
    } else if (!query_stood(f) && (f->kind == FINDING_LOCK_ORDER ||
                                   (f->kind == FINDING_WAIT_HOLDING && query_deed(s->record, f, i) == DEED_ACQUIRED))) {
        story_text(s, finding_is_units(f) ? " acquired one more unit of " : " acquired ");
        phrase_kind_wanted(s, &side->want);
    } else if (query_stood(f) || f->kind == FINDING_WAIT_HOLDING) {
        phrase_waits(s, &side->want, true);
        phrase_kind_wanted(s, &side->want);
    } else if (i == 0) {
        mistake_sentence(s, f);
    } else {
        other_sentence(s, f);
    }
}

/* --- in a line --- */

void side_holding(struct story *s, const struct held *h, unsigned units)
{
    const struct lock *l = record_lock(s->record, h->lock);
    bool once = l != NULL && kind_is_once(l->kind);
    if (l != NULL && l->kind == KIND_PIPE) {
        story_text(s, "with the other end open of ");
        phrase_held(s, h);
        return;
    }
    story_text(s, once ? "while running " : "while holding ");
    if (units > 1)
        story_format(s, "%u units of ", units);
    else if (s->finding != NULL && finding_is_units(s->finding))
        story_text(s, "1 unit of ");
    phrase_held(s, h);
}

struct held side_place(const struct story *s, const struct finding *f, uint32_t i)
{
    const struct side *side = &f->side[i];
    if (i > 0 && !finding_is_cyclic(f) && f->kind != FINDING_STALL && query_part(s->record, f) == PART_HOLDS)
        return query_hold(s->record, side->path, query_subject(f));
    return (struct held){.stack = side->want.stack, .site = side->want.site};
}

void side_line(struct story *s, const struct finding *f, uint32_t i)
{
    const struct side *side = &f->side[i];
    struct held at = side_place(s, f, i), h = query_hold(s->record, side->path, side->held);
    story_begin(s, 2, 4);
    side_sentence(s, f, i, false);
    if (at.stack != 0 || at.site != 0) {
        story_text(s, " at" STORY_GLUE);
        phrase_place(s, at.stack, at.site);
    }
    if (h.address != 0 && f->kind != FINDING_SPIN_BLOCKED) {
        story_text(s, " ");
        side_holding(s, &h, finding_is_units(f) ? side_units(s, side, side->held) : 1);
        phrase_held_at(s, &h);
    }
    if (side->times != 0 && f->kind != FINDING_STARVATION && f->kind != FINDING_SPIN_BLOCKED) {
        story_text(s, ", ");
        phrase_times(s, side->times);
    }
    story_end(s);
}
