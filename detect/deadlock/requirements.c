#include "detect/deadlock/requirements.h"

#include "detect/deadlock/posters.h"
#include "detect/held.h"
#include "detect/wake_rules.h"

static const struct lock *lock_of(const struct graph *g, const struct graph_object *object)
{
    return record_lock(g->world->record, object->lock);
}

/* What is said to be shared between processes, but no other one can reach. */
static bool is_in_own_memory(const struct graph *g, const struct lock *lock)
{
    return g->world->own_memory != NULL && g->world->own_memory(lock);
}

/* Whether one of those outside (enum wake_outside) is there, and may end a wait on this lock. */
static bool is_woken_from_outside(const struct graph *g, const struct lock *lock, uint32_t outside)
{
    uint32_t there = graph_other_wakers(g) & (OUTSIDE_HANDLER | OUTSIDE_FOREIGN);
    if (lock != NULL && (lock->traits & TRAIT_SHARED) != 0 && !is_in_own_memory(g, lock))
        there |= OUTSIDE_PROCESS;
    return (there & outside) != 0;
}

/* --- what is held --- */

/*
 * Whether another process may release what a thread of this one holds: what is shared between them, but for what libc
 * lets only the owner unlock, which is some mutexes (glibc, nptl/pthread_mutex_unlock.c; of PTHREAD_PRIO_INHERIT the
 * kernel sees to it) and what a writer holds (nptl/pthread_rwlock_unlock.c takes any other thread for a reader).
 */
static bool is_unlocked_from_outside(const struct graph *g, const struct graph_object *object, const struct lock *lock)
{
    const uint32_t owned = TRAIT_RECURSIVE | TRAIT_ERRORCHECK | TRAIT_ROBUST | TRAIT_INHERIT;
    if ((lock->traits & TRAIT_SHARED) == 0 || (lock->kind == KIND_MUTEX && (lock->traits & owned) != 0) ||
        (lock->kind == KIND_RWLOCK && !object->read))
        return false;
    return !is_in_own_memory(g, lock);
}

static void add_queued_writers(struct graph *g, uint32_t o)
{
    const struct graph_object *object = &g->object[o];
    for (uint32_t id = 1; id < g->threads; id++) {
        const struct graph_thread *t = &g->thread[id];
        if (t->state == GRAPH_WAITS && t->want.address == object->address && t->want.kind == object->kind &&
            (t->want.how & WANT_SHARED) == 0)
            graph_add_edge(g, o, id);
    }
}

/* A robust mutex of a thread that ended goes to the next waiter. */
static bool is_inherited(const struct graph *g, const struct graph_object *object, const struct lock *lock)
{
    for (uint32_t e = object->first_edge; e != 0 && (lock->traits & TRAIT_ROBUST) != 0; e = g->edge[e].next_of_object)
        if (g->thread[g->edge[e].thread].state == GRAPH_ENDED)
            return true;
    return false;
}

/* A mutex that no thread of the record holds, locked by one that the process no longer has. */
static bool is_orphaned(const struct graph *g, const struct graph_object *object, const struct lock *lock)
{
    return object->kind == KIND_MUTEX && (lock->traits & TRAIT_ROBUST) == 0 && g->world->owner_gone != NULL &&
           g->world->owner_gone(lock) != 0;
}

/* Whether an rwlock has a reader that has not recorded that it holds it. */
static bool has_unknown_reader(const struct graph *g, const struct graph_object *object, const struct lock *lock)
{
    uint32_t readers;
    return object->kind == KIND_RWLOCK && !object->shared && g->world->readers != NULL &&
           g->world->readers(lock, &readers) && readers > object->units;
}

/* What no known thread holds is just changing hands. */
static void require_holders(struct graph *g, uint32_t o, const struct wake_rule *rule)
{
    struct graph_object *object = &g->object[o];
    const struct lock *lock = lock_of(g, object);
    if ((rule->wakers & WAKERS_QUEUE) != 0)
        add_queued_writers(g, o);
    bool free = is_inherited(g, object, lock) || has_unknown_reader(g, object, lock) ||
                (kind_is_toolkit(object->kind) && (lock->traits & TRAIT_WAKER_UNKNOWN) != 0);
    if (object->first_edge == 0)
        object->woken[LEVEL_SEEN] = is_orphaned(g, object, lock) ? WOKEN_NEVER : WOKEN_FREELY;
    else
        object->woken[LEVEL_SEEN] = free ? WOKEN_FREELY : rule->quorum == QUORUM_ONE ? WOKEN_BY_ONE : WOKEN_BY_ALL;
    object->woken[LEVEL_CERTAIN] = object->woken[LEVEL_SEEN];
    if (is_woken_from_outside(g, lock, rule->outside & OUTSIDE_HANDLER))
        object->woken[LEVEL_CERTAIN] = WOKEN_FREELY;
    if (object->woken[LEVEL_SEEN] == WOKEN_NEVER && (lock->traits & TRAIT_SHARED) != 0)
        object->woken[LEVEL_CERTAIN] = WOKEN_FREELY; /* by a process that is yet to come */
    if (object->woken[LEVEL_SEEN] == WOKEN_BY_ALL && (rule->outside & OUTSIDE_UNLOCKS) != 0 &&
        is_unlocked_from_outside(g, object, lock))
        object->woken[LEVEL_CERTAIN] = WOKEN_FREELY;
}

/* --- semaphores, conditions, barriers: what any thread may post --- */

/* A unit of a semaphore lies there, or is under way to a thread, and nobody can say to which: the process is gone. */
static bool has_spare_unit(const struct graph *g, const struct graph_object *object, const struct lock *lock)
{
    return object->kind == KIND_SEMAPHORE && g->world->semaphore == NULL &&
           (lock->traits & (TRAIT_EVENT | TRAIT_VALUE_KNOWN)) == TRAIT_VALUE_KNOWN && object->units < lock->value;
}

/*
 * Whether a semaphore is used as a lock, and all its units are accounted for: one that was acquired, but not recorded
 * yet, or handed on, may be posted by any thread. While nobody has posted it, it may still turn out to be a signal:
 * then only a binary one is taken for a lock, and not if a thread waits for what it holds itself, or ended with a unit
 * that another process may release.
 */
static bool is_used_as_lock(struct graph *g, uint32_t o, const struct lock *lock)
{
    struct graph_object *object = &g->object[o];
    uint32_t traits = lock->traits, value = 0, waiting;
    if ((traits & TRAIT_EVENT) != 0 || object->units == 0)
        return false;
    if (g->world->semaphore != NULL && !g->world->semaphore(lock, &value, &waiting))
        return false;
    if ((traits & TRAIT_VALUE_KNOWN) != 0 && object->units + value != lock->value)
        return false;
    if ((traits & TRAIT_POSTED) != 0)
        return true;
    if ((traits & TRAIT_VALUE_KNOWN) == 0 || lock->value != 1)
        return false;
    for (uint32_t e = object->first_edge; e != 0; e = g->edge[e].next_of_object) {
        const struct graph_thread *t = &g->thread[g->edge[e].thread];
        if (t->need[0] == o || ((traits & TRAIT_SHARED) != 0 && t->state == GRAPH_ENDED))
            return false;
    }
    object->unconfirmed = true;
    return true;
}

/* Whether a thread waits for a unit at a place where it acquired one before. */
static bool takes_again(const struct graph *g, uint32_t id, uint64_t semaphore)
{
    struct held_walk walk;
    const struct held *held;
    held_begin_thread(&walk, g->world->record, record_thread(g->world->record, id));
    while ((held = held_next(&walk)) != NULL)
        if (held->address == semaphore && held->site == g->thread[id].want.site)
            return true;
    return false;
}

/* A barrier that is not known to lack anybody. */
static bool is_complete(const struct graph_object *object, const struct lock *lock)
{
    return object->kind == KIND_BARRIER && ((lock->traits & TRAIT_VALUE_KNOWN) == 0 || object->waiters >= lock->value);
}

/* Of a barrier's former parties those that are not here now: whether they are too few, just enough, or more. */
static enum graph_wake require_missing(struct graph *g, uint32_t o, uint32_t missing)
{
    struct graph_object *object = &g->object[o];
    uint32_t absent = 0;
    for (uint32_t *e = &object->first_edge; *e != 0;)
        if (g->thread[g->edge[*e].thread].need[0] == o)
            *e = g->edge[*e].next_of_object; /* it has arrived */
        else
            absent++, e = &g->edge[*e].next_of_object;
    if (absent < missing)
        object->first_edge = 0;
    return absent == missing ? WOKEN_BY_ALL : absent > missing ? WOKEN_BY_ONE : object->woken[LEVEL_SEEN];
}

/* Of a condition: waiters that were woken, and need no signal any more. */
static void find_relocking(struct graph *g, uint32_t o, const struct lock *lock)
{
    const struct deadlock_world *w = g->world;
    uint32_t inside;
    if (w->inside == NULL || w->relocks == NULL || !w->inside(lock, &inside) || inside >= g->object[o].waiters)
        return;
    for (uint32_t id = g->object[o].first_waiter; id != 0; id = g->thread[id].next_waiter[0])
        g->thread[id].relocks |= w->relocks(record_thread(w->record, id), &g->thread[id].want);
}

/* As long as no thread is known that wakes its waiters. `free`: they need nobody to. */
static void require_anyone(const struct graph *g, struct graph_object *object, const struct lock *lock,
                           const struct wake_rule *rule, bool free)
{
    const uint8_t outside[LEVELS] = {rule->outside_unknown, rule->outside};
    for (enum graph_level level = 0; level < LEVELS; level++)
        object->woken[level] = free || is_woken_from_outside(g, lock, outside[level]) ? WOKEN_FREELY : WOKEN_BY_ANYONE;
}

/* Whether a thread holds a lock that another one waits for. */
static bool stands_in_the_way(const struct graph *g, uint32_t thread)
{
    for (uint32_t e = g->thread[thread].first_edge; e != 0; e = g->edge[e].next_of_thread) {
        const struct graph_object *o = &g->object[g->edge[e].object];
        uint32_t kind = kind_like(o->kind);
        bool lock = kind == KIND_MUTEX || kind == KIND_RWLOCK || kind == KIND_SPINLOCK || kind == KIND_OWN ||
                    kind_is_once(kind);
        if (lock && o->first_waiter != 0)
            return true;
    }
    return false;
}

/* Whether a thread that runs may be about to wake a waiter of `o` for the first time. */
static bool is_acquainted(const struct graph *g, uint32_t o, uint32_t runner)
{
    for (uint32_t id = g->object[o].first_waiter; id != 0; id = g->thread[id].next_waiter[0])
        if (!g->world->apart(runner, id, 0))
            return true;
    return false;
}

/*
 * Nobody has ever woken the waiters of `o`, and one of them keeps others from a lock meanwhile. Then it is not enough
 * that some thread runs: it must have had something to do with them.
 */
static void require_acquainted(struct graph *g, uint32_t o)
{
    struct graph_object *object = &g->object[o];
    if (g->world->apart == NULL || object->woken[LEVEL_SEEN] != WOKEN_BY_ANYONE)
        return;
    object->first_edge = 0;
    object->woken[LEVEL_SEEN] = WOKEN_BY_ACQUAINTED;
    for (uint32_t id = 1; id < g->threads; id++)
        if (g->thread[id].state == GRAPH_RUNS && is_acquainted(g, o, id)) {
            graph_add_edge(g, o, id);
            return; /* one is enough, as it runs */
        }
}

static bool any_stands_in_the_way(const struct graph *g, uint32_t o)
{
    uint32_t id = g->object[o].first_waiter;
    while (id != 0 && !stands_in_the_way(g, id))
        id = g->thread[id].next_waiter[0];
    return id != 0;
}

static void require_posters(struct graph *g, uint32_t o, const struct wake_rule *rule)
{
    struct graph_object *object = &g->object[o];
    const struct lock *lock = lock_of(g, object);
    object->first_edge = 0; /* a thread that holds units of a signal need not be one that posts it */
    require_anyone(g, object, lock, rule, is_complete(object, lock));
    if (is_complete(object, lock) || is_woken_from_outside(g, lock, rule->outside_known))
        return;
    if ((lock->traits & TRAIT_WAKER_UNKNOWN) != 0) {
        if (rule->unlisted_free)
            object->woken[LEVEL_SEEN] = WOKEN_FREELY;
    } else if (posters_add(g, o, lock))
        object->woken[LEVEL_SEEN] =
            rule->quorum == QUORUM_ONE ? WOKEN_BY_ONE : require_missing(g, o, lock->value - object->waiters);
    else if (lock->first_post != 0)
        return;
    else if (posters_inherit(g, o, lock))
        object->woken[LEVEL_SEEN] = WOKEN_BY_ONE;
    else if (any_stands_in_the_way(g, o))
        require_acquainted(g, o);
}

/*
 * Whether all units of a semaphore that nobody has posted are held by threads that wait for one more, each at another
 * place than where it acquired its own: who counts with it, rather than locks, acquires all units at one place.
 */
static bool are_permits(const struct graph *g, uint32_t o, const struct lock *lock)
{
    const struct graph_object *object = &g->object[o];
    const uint32_t known = TRAIT_VALUE_KNOWN, used = TRAIT_POSTED | TRAIT_EVENT;
    uint32_t value, waiting, first = 0;
    bool several = false;
    if ((lock->traits & (known | used)) != known || object->units != lock->value || g->world->semaphore == NULL ||
        !g->world->semaphore(lock, &value, &waiting) || value != 0)
        return false;
    for (uint32_t e = object->first_edge; e != 0; e = g->edge[e].next_of_object) {
        uint32_t id = g->edge[e].thread;
        if (g->thread[id].need[0] != o || takes_again(g, id, object->address))
            return false;
        first = first == 0 ? id : first;
        several |= id != first;
    }
    return several;
}

static void require_units(struct graph *g, uint32_t o, const struct wake_rule *rule)
{
    struct graph_object *object = &g->object[o];
    const struct lock *lock = lock_of(g, object);
    require_anyone(g, object, lock, rule, has_spare_unit(g, object, lock));
    if (has_spare_unit(g, object, lock))
        return;
    object->used_as_lock = is_used_as_lock(g, o, lock);
    if (object->used_as_lock) {
        object->woken[LEVEL_SEEN] = WOKEN_BY_ONE;
        return;
    }
    bool permits = are_permits(g, o, lock);
    object->first_edge = 0;
    if ((lock->traits & TRAIT_WAKER_UNKNOWN) != 0 && rule->unlisted_free)
        object->woken[LEVEL_SEEN] = WOKEN_FREELY;
    else if (permits || any_stands_in_the_way(g, o))
        require_acquainted(g, o);
}

/* --- other threads themselves --- */

static void require_joined(struct graph *g, uint32_t o)
{
    struct graph_object *object = &g->object[o];
    const struct want *want = &g->thread[object->first_waiter].want;
    const struct thread *target = record_thread(g->world->record, want->thread);
    bool free = target == NULL || target->serial != want->thread_serial || target->state == THREAD_ENDED ||
                target->state == THREAD_NONE;
    object->woken[LEVEL_SEEN] = object->woken[LEVEL_CERTAIN] = free ? WOKEN_FREELY : WOKEN_BY_ONE;
    if (!free)
        graph_add_edge(g, o, want->thread);
}

/* The thread that has locked the file, as far as it is known; else another process may have. */
static void require_file_owner(struct graph *g, uint32_t o, const struct wake_rule *rule)
{
    struct graph_object *object = &g->object[o];
    const struct lock *lock = lock_of(g, object);
    uint32_t owner = g->world->file_owner != NULL ? g->world->file_owner(lock) : 0;
    bool known = owner != 0 && owner < g->threads && g->thread[owner].state != GRAPH_ENDED;
    object->first_edge = 0;
    require_anyone(g, object, lock, rule, !known);
    if (known && graph_add_edge(g, o, owner))
        object->woken[LEVEL_SEEN] = WOKEN_BY_ONE;
    if (known && !rule->anyone)
        object->woken[LEVEL_CERTAIN] = object->woken[LEVEL_SEEN];
}

/* Whether its waiters were found by the kernel's word: then no thread has recorded that it holds it, either. */
static bool is_of_libc(const struct graph *g, const struct graph_object *object)
{
    return (g->thread[object->first_waiter].want.how & WANT_KERNEL) != 0;
}

/* All that wait at the condition or barrier, also with a time-out. */
static void require_leaving(struct graph *g, uint32_t o)
{
    struct graph_object *object = &g->object[o];
    for (uint32_t id = 1; id < g->threads; id++) {
        const struct graph_thread *t = &g->thread[id];
        if ((t->state == GRAPH_WAITS || t->state == GRAPH_RUNS) && t->want.address == object->address &&
            t->want.kind == object->kind && (t->want.how & WANT_END) == 0)
            graph_add_edge(g, o, id);
    }
    object->woken[LEVEL_SEEN] = object->woken[LEVEL_CERTAIN] = object->first_edge != 0 ? WOKEN_BY_ALL : WOKEN_FREELY;
}

static void find_requirement(struct graph *g, uint32_t o)
{
    struct graph_object *object = &g->object[o];
    const struct lock *lock = lock_of(g, object);
    const struct wake_rule *rule = wake_rule(object->kind, object->shared, lock == NULL ? 0 : lock->traits);
    if ((rule->wakers & WAKERS_JOINED) != 0)
        require_joined(g, o);
    else if ((rule->wakers & WAKERS_LEAVE) != 0)
        require_leaving(g, o);
    else if ((rule->wakers & WAKERS_FILE) != 0 || is_of_libc(g, object) ||
             (object->kind == KIND_GIL && g->world->file_owner != NULL))
        require_file_owner(g, o, rule);
    else if ((rule->wakers & WAKERS_ANY) != 0)
        require_anyone(g, object, lock, rule, false);
    else if ((rule->wakers & WAKERS_POST) != 0)
        require_posters(g, o, rule);
    else if ((rule->wakers & WAKERS_HOLD) != 0 && rule->anyone)
        require_units(g, o, rule);
    else if ((rule->wakers & WAKERS_HOLD) != 0)
        require_holders(g, o, rule);
    if (kind_like(object->kind) == KIND_CONDITION && !object->shared)
        find_relocking(g, o, lock);
    object->cancellable = rule->cancellable && (graph_other_wakers(g) & OTHER_WAKER_CANCELS) != 0;
    /* A live process can be asked. Waiters for what others hold are stuck as long as those hold it. */
    bool posted = (rule->anyone && !object->used_as_lock) || (rule->wakers & WAKERS_LEAVE) != 0;
    object->unverified = posted && g->world->semaphore == NULL;
}

void requirements_find(struct graph *g)
{
    for (uint32_t o = 1; o < g->objects; o++)
        find_requirement(g, o);
}
