#include "detect/deadlock/stall.h"

#include "detect/deadlock/graph.h"
#include "detect/held.h"
#include "record/kernel_word.h"

#include <string.h>

/* What a living thread does, as far as it is known. */
enum deed {
    DEED_ABSENT,  /* there is none, or it has ended */
    DEED_RUNS,    /* or sleeps for a while */
    DEED_UNKNOWN, /* it seems to run, but nobody has asked the kernel */
    DEED_SERVES,  /* it waits for input */
    DEED_UNSEEN,  /* it sleeps in a futex call that lockwatch does not know of */
    DEED_TIMED,   /* it waits with a time-out */
    DEED_WAITS,   /* and without one */
};

struct stall_thread {
    uint8_t deed;  /* enum deed */
    uint32_t next; /* thread: whom it waits for; 0: nobody in particular */
    uint32_t lock; /* object: a lock of that thread; 0: its end */
    uint32_t root; /* thread: where the chain from here ends, or the first one of a cycle that it leads to */
    uint32_t mark; /* thread: from where it was reached last */
    bool keeps;    /* a root: a thread has waited for long, and its chain ends here */
    bool concerns; /* others: it has posted or created something, or is joined */
    bool listed;
};

struct judging {
    const struct stall_world *world;
    const struct record *record;
    struct pages pages;
    struct graph graph;
    struct stall_thread *thread;
    struct side *side;
    uint32_t threads;
    bool any_concerns; /* others: which threads do is not known one by one */
};

/* --- what each thread does --- */

static bool has_stood(const struct judging *j, uint64_t since)
{
    return since != 0 && since + j->world->age <= j->world->until;
}

static enum deed deed_of(const struct judging *j, uint32_t id)
{
    const struct thread *t = record_thread(j->record, id);
    if (t->state != THREAD_STARTING && t->state != THREAD_RUNNING)
        return DEED_ABSENT;
    if (t->state == THREAD_RUNNING && t->sequence % 2 == 1 && t->want.kind != KIND_NONE &&
        t->want.held == t->held_end) /* else a signal handler is at work */
        return (t->want.how & WANT_TIMED) != 0 ? DEED_TIMED : DEED_WAITS;
    if (t->kernel.looked == 0 || t->kernel.looked + STALL_AGE < j->record->header->seen)
        return DEED_UNKNOWN;
    if (kernel_word_unseen(t, false))
        return (t->kernel.how & CALL_TIMED) != 0 ? DEED_TIMED : DEED_UNSEEN;
    return (t->kernel.how & CALL_OUTSIDE) != 0 ? DEED_SERVES : DEED_RUNS;
}

/*
 * Whether a semaphore is a lock: one whose units are all with threads that acquired them, and were released by such
 * before. Of one with several units that nobody ever posted: if its holders, more than one, all wait for a further one.
 */
static bool is_semaphore_held(const struct judging *j, const struct graph_object *o)
{
    const struct graph *g = &j->graph;
    const struct lock *l = record_lock(j->record, o->lock);
    uint32_t first = 0;
    bool several = false, waiting = true;
    if (l == NULL || (l->traits & (TRAIT_EVENT | TRAIT_SHARED)) != 0 || (l->traits & TRAIT_VALUE_KNOWN) == 0 ||
        o->units != l->value)
        return false;
    for (uint32_t e = o->first_edge; e != 0; e = g->edge[e].next_of_object) {
        const struct graph_thread *t = &g->thread[g->edge[e].thread];
        waiting &= t->state == GRAPH_WAITS && t->want.address == o->address;
        several |= first != 0 && g->edge[e].thread != first;
        first = g->edge[e].thread;
    }
    return (l->traits & TRAIT_POSTED) != 0 || (l->value > 1 && several && waiting);
}

static bool is_lock(const struct judging *j, const struct graph_object *o)
{
    switch (kind_like(o->kind)) {
    case KIND_MUTEX:
    case KIND_RWLOCK:
    case KIND_SPINLOCK:
    case KIND_ONCE:
    case KIND_GUARD:
        return true;
    case KIND_SEMAPHORE:
        return is_semaphore_held(j, o);
    default:
        return false;
    }
}

/* Whom it waits for: the holder of the lock, another than itself, or the thread that it joins. */
static void find_next(struct judging *j, uint32_t id)
{
    const struct graph *g = &j->graph;
    struct stall_thread *t = &j->thread[id];
    const struct graph_thread *in_graph = &g->thread[id];
    uint32_t o = in_graph->need[0];
    if (t->deed != DEED_WAITS || in_graph->state != GRAPH_WAITS || o == 0)
        return;
    const struct want *want = &in_graph->want;
    if (want->kind == KIND_THREAD) {
        const struct thread *joined = record_thread(j->record, want->thread);
        if (joined != NULL && joined->serial == want->thread_serial && j->thread[want->thread].deed != DEED_ABSENT &&
            want->thread != id)
            t->next = want->thread;
        return;
    }
    if (!is_lock(j, &g->object[o]))
        return;
    for (uint32_t e = g->object[o].first_edge; e != 0; e = g->edge[e].next_of_object) {
        uint32_t holder = g->edge[e].thread;
        if (holder != id && j->thread[holder].deed != DEED_ABSENT) {
            t->next = holder;
            t->lock = o;
            return;
        }
    }
}

/* Whether it has waited for long for a lock that another thread holds. */
static bool is_kept(const struct judging *j, uint32_t id)
{
    return j->thread[id].lock != 0 && has_stood(j, record_thread(j->record, id)->want.since);
}

/* The least thread of a cycle. */
static uint32_t least_of(const struct judging *j, uint32_t id)
{
    uint32_t least = id;
    for (uint32_t at = j->thread[id].next; at != id; at = j->thread[at].next)
        least = at < least ? at : least;
    return least;
}

static void find_root(struct judging *j, uint32_t id)
{
    struct stall_thread *t = j->thread;
    uint32_t at = id;
    while (t[at].root == 0 && t[at].mark != id && t[at].next != 0) {
        t[at].mark = id;
        at = t[at].next;
    }
    uint32_t root = t[at].root != 0 ? t[at].root : t[at].next == 0 ? at : least_of(j, at);
    for (at = id; at != 0 && t[at].root == 0; at = t[at].next)
        t[at].root = root;
}

static bool prepare(struct judging *j)
{
    j->threads = record_used(j->record, TABLE_THREADS);
    j->thread = j->threads < 2 ? NULL : pages_get(&j->pages, j->threads, sizeof *j->thread);
    j->side = j->thread == NULL ? NULL : pages_get(&j->pages, j->threads, sizeof *j->side);
    if (j->side == NULL)
        return false;
    for (uint32_t id = 1; id < j->threads; id++)
        j->thread[id].deed = (uint8_t)deed_of(j, id);
    const struct deadlock_world world = {.record = j->record};
    if (!graph_build(&j->graph, &world, &j->pages) || j->graph.incomplete || j->graph.threads != j->threads)
        return true; /* nobody waits for a lock */
    for (uint32_t id = 1; id < j->threads; id++)
        find_next(j, id);
    for (uint32_t id = 1; id < j->threads; id++)
        if (j->thread[id].deed == DEED_WAITS)
            find_root(j, id);
    for (uint32_t id = 1; id < j->threads; id++)
        j->thread[j->thread[id].root].keeps |= is_kept(j, id);
    return true;
}

/* --- sides --- */

static void set_side(struct judging *j, uint32_t at, uint32_t id, uint32_t held)
{
    const struct thread *t = record_thread(j->record, id);
    struct side *side = &j->side[at];
    *side =
        (struct side){.thread = id, .serial = t->serial, .path = held_path(t), .sequence = t->sequence, .held = held};
    if (j->thread[id].deed == DEED_WAITS || (j->thread[id].deed == DEED_TIMED && t->sequence % 2 == 1))
        side->want = t->want;
    memcpy(side->name, t->name, sizeof side->name);
    j->thread[id].listed = true;
}

static void forget_sides(struct judging *j)
{
    for (uint32_t id = 1; id < j->threads; id++)
        j->thread[id].listed = false;
}

/* --- a lock that keeps others waiting --- */

static bool same_frames(const struct record *r, uint32_t one, uint32_t other)
{
    uint32_t depth, depth_other;
    const uint64_t *a = record_frames(r, one, &depth), *b = record_frames(r, other, &depth_other);
    return one == other || (a != NULL && b != NULL && depth == depth_other && memcmp(a, b, depth * sizeof *a) == 0);
}

/*
 * Whether a stack is one of a call further in than another: it has the same callers, but for the function itself and
 * what is wrapped around a lock.
 */
static bool is_below(const struct record *r, uint32_t stack, uint32_t callers)
{
    enum { WRAPPED = 3 };
    uint32_t inner, outer, same = 0;
    const uint64_t *a = record_frames(r, stack, &inner), *b = record_frames(r, callers, &outer);
    while (a != NULL && b != NULL && same < inner && same < outer && a[inner - 1 - same] == b[outer - 1 - same])
        same++;
    return same != 0 && same + 1 + WRAPPED >= outer;
}

/*
 * Whether the threads that wait for the root's locks queue up behind it as followers behind their leader: in the call
 * in which it acquired the lock, and from which it has not returned while it waits for work.
 */
static bool is_leader(const struct judging *j, uint32_t root)
{
    const struct thread *t = record_thread(j->record, root);
    bool any = false;
    for (uint32_t id = 1; id < j->threads; id++) {
        const struct stall_thread *follower = &j->thread[id];
        if (follower->next != root || follower->lock == 0)
            continue;
        struct held h = held_at(j->record, held_find(j->record, held_path(t), j->graph.object[follower->lock].address));
        if (h.address == 0 || !same_frames(j->record, h.stack, record_thread(j->record, id)->want.stack) ||
            (t->sequence % 2 == 1 && !is_below(j->record, t->want.stack, h.stack)))
            return false;
        any = true;
    }
    return any;
}

/* Whether what stands may be no more than idle. */
static bool may_be_idle(const struct judging *j, uint32_t root)
{
    switch (j->thread[root].deed) {
    case DEED_SERVES:
    case DEED_UNKNOWN:
        return true;
    case DEED_WAITS:
    case DEED_TIMED:
    case DEED_UNSEEN:
        return j->thread[root].next == 0 && is_leader(j, root);
    default:
        return false;
    }
}

/* Of those that are kept and whose chain ends there, the one that has waited longest; 0: there is none, or a finding
 * tells of it. */
static uint32_t find_head(const struct judging *j, uint32_t root)
{
    uint32_t head = 0;
    for (uint32_t id = 1; id < j->threads; id++) {
        if (j->thread[id].root != root)
            continue;
        if (j->world->reported(j->world->context, id))
            return 0;
        if (is_kept(j, id) &&
            (head == 0 || record_thread(j->record, id)->want.since < record_thread(j->record, head)->want.since))
            head = id;
    }
    return head;
}

static bool judge_root(struct judging *j, uint32_t root, bool (*found)(void *, const struct finding *), void *context)
{
    uint32_t head = j->thread[root].keeps ? find_head(j, root) : 0, id = head, held = 0, sides = 0;
    if (head == 0)
        return true;
    bool idle = may_be_idle(j, root);
    struct finding f = {.kind = FINDING_STALL,
                        .severity = j->world->ended && !idle ? SEVERITY_WARNING : SEVERITY_NOTE,
                        .count = 1,
                        .idle = idle,
                        .side = j->side,
                        .lasted = j->world->until - record_thread(j->record, head)->want.since};
    forget_sides(j);
    for (; id != 0 && !j->thread[id].listed; id = j->thread[id].next) {
        set_side(j, sides++, id, held);
        held = j->thread[id].lock == 0 ? 0 : j->graph.object[j->thread[id].lock].lock;
    }
    f.cycle = sides;
    for (id = 1; id < j->threads; id++)
        if (j->thread[id].root == root && !j->thread[id].listed)
            set_side(j, sides++, id, 0);
    f.sides = sides;
    return found(context, &f);
}

/* --- all threads wait --- */

/*
 * Whether something outside of the threads is about to end such a wait: another process; or a signal handler, which has
 * done so before, or for which a semaphore stands that nobody has posted.
 */
static bool may_be_woken(const struct judging *j, const struct want *want)
{
    const struct lock *l = record_lock(j->record, want->lock);
    bool handler = (j->record->header->other_wakers & OTHER_WAKER_HANDLER) != 0;
    if (want->kind == KIND_FILELOCK)
        return true;
    if (l == NULL)
        return false;
    return (l->traits & (TRAIT_SHARED | TRAIT_WAKER_UNKNOWN)) != 0 ||
           (handler && l->kind == KIND_SEMAPHORE && (l->traits & TRAIT_EVENT) != 0 && l->first_post == 0);
}

/* Whether a thread stands and goes on only if somebody lets it. */
static bool is_blocked(const struct judging *j, uint32_t id)
{
    const struct thread *t = record_thread(j->record, id);
    switch (j->thread[id].deed) {
    case DEED_WAITS:
        return has_stood(j, t->want.since);
    case DEED_UNSEEN: /* its call began before somebody looked */
        return t->kernel.since != 0 && t->kernel.since + j->world->age / 2 <= j->world->until;
    default:
        return false;
    }
}

static void note_concern(struct judging *j, uint32_t id, uint32_t serial)
{
    if (id != 0 && id < j->threads && record_thread(j->record, id)->serial == serial)
        j->thread[id].concerns = true;
}

static void find_concerned(struct judging *j)
{
    uint32_t posts = record_used(j->record, TABLE_POSTS);
    for (uint32_t id = 1; id < j->threads; id++) {
        const struct thread *t = record_thread(j->record, id);
        j->thread[j->thread[id].next].concerns = true;
        note_concern(j, t->creator_id, t->creator);
    }
    for (uint32_t i = 1; i < posts; i++) {
        const struct post *p = record_item(j->record, TABLE_POSTS, i);
        if (p->serial != 0)
            note_concern(j, p->thread, p->serial);
        else /* any thread of a start routine */
            j->any_concerns = true;
    }
}

/* Whether it naps, and so far has waited for nothing, acquired, posted and created nothing, and nobody joins it. */
static bool naps_apart(const struct judging *j, uint32_t id)
{
    const struct thread *t = record_thread(j->record, id);
    bool naps = (j->thread[id].deed == DEED_RUNS && kernel_word_naps(&t->kernel)) ||
                (j->thread[id].deed == DEED_UNKNOWN && j->world->may_become);
    return naps && t->serial != 1 && t->sequence == 0 && t->held[1].address == 0 && !j->thread[id].concerns &&
           !j->any_concerns;
}

/* Whether such waits were ended before, by threads that are known one by one: of all that wait, if none else lives. */
static bool was_woken(const struct judging *j, const struct want *want)
{
    const struct lock *l = record_lock(j->record, want->lock);
    const struct post *p = record_item(j->record, TABLE_POSTS, l == NULL ? 0 : l->first_post);
    return want->kind == KIND_THREAD || (p != NULL && p->lock == want->lock && p->serial != 0);
}

static void judge_all(struct judging *j, bool (*found)(void *, const struct finding *), void *context)
{
    uint32_t sides = 0;
    uint64_t since = 0;
    bool idle = false, others_nap = false, first = false;
    if ((j->record->header->other_wakers & OTHER_WAKER_FOREIGN_THREAD) != 0)
        return;
    find_concerned(j);
    for (uint32_t id = 1; id < j->threads; id++) {
        const struct thread *t = record_thread(j->record, id);
        if (j->thread[id].deed == DEED_ABSENT)
            continue;
        if (naps_apart(j, id)) {
            others_nap = true;
            continue;
        }
        if (!is_blocked(j, id) || j->world->reported(j->world->context, id))
            return;
        bool waits = j->thread[id].deed == DEED_WAITS;
        uint64_t from = waits ? t->want.since : t->kernel.since;
        since = from > since ? from : since;
        idle |= waits && may_be_woken(j, &t->want);
        first |= !waits || !was_woken(j, &t->want);
        set_side(j, sides++, id, 0);
    }
    idle |= others_nap && first; /* one of them may be what the others wait for */
    struct finding f = {.kind = FINDING_STALL,
                        .severity = j->world->ended && !idle ? SEVERITY_WARNING : SEVERITY_NOTE,
                        .count = 1,
                        .idle = idle,
                        .beside = others_nap,
                        .sides = sides,
                        .side = j->side,
                        .lasted = j->world->until - since};
    if (sides != 0)
        found(context, &f);
}

/* --- */

uint64_t stall_seen(const struct record *r)
{
    uint64_t seen = r->header->seen, ended = r->header->ended;
    return ended > seen ? ended : seen;
}

struct reporting {
    bool (*found)(void *context, const struct finding *f);
    void *context;
    bool any;
};

static bool report(void *context, const struct finding *f)
{
    struct reporting *r = context;
    r->any = true;
    return r->found(r->context, f);
}

void stall_judge(const struct stall_world *w, bool (*found)(void *context, const struct finding *f), void *context)
{
    struct judging j = {.world = w, .record = w->record};
    struct reporting reporting = {found, context, false};
    bool on = w->record->header->end != END_MERGED && prepare(&j);
    for (uint32_t id = 1; on && id < j.threads; id++)
        on = judge_root(&j, id, report, &reporting);
    if (on && !reporting.any)
        judge_all(&j, report, &reporting);
    pages_free(&j.pages);
}
