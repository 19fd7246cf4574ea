#include "detect/deadlock/posters.h"

#include "detect/waker_locksets.h"

enum {
    POSTERS_MOST = 64,    /* of a lock: of more the library notes none, but that any thread may post */
    STEPS_MOST = 1 << 20, /* from one creator to the next, whatever a damaged record says */
    PEERS_MOST = 1 << 24, /* likewise threads looked at in the search for peers, for all objects together */
};

static bool is_alive(const struct thread *t, uint32_t serial)
{
    return t != NULL && t->serial == serial && t->state != THREAD_ENDED && t->state != THREAD_NONE;
}

static bool has_ended(const struct graph *g, const struct post *p)
{
    return !is_alive(record_thread(g->world->record, p->thread), p->serial);
}

/*
 * A thread that runs the routine of a poster that has ended, and was made after it, may be about to post in its place:
 * one that runs is enough, else all of them. (Not those made before: where all threads have one start routine, as all
 * std::thread do, any thread that does something else beside them would free everybody.) False: it cannot be said. Of
 * a barrier all parties must come, and whose place they take is not known.
 */
static bool add_peers(struct graph *g, uint32_t o, const struct post *ended, bool *found)
{
    for (unsigned state = GRAPH_RUNS; state <= GRAPH_WAITS; state++)
        for (uint32_t id = 1; id < g->threads && ended->routine != 0; id++) {
            const struct graph_thread *t = &g->thread[id];
            const struct thread *peer = record_thread(g->world->record, id);
            if (++g->peers_looked_at > PEERS_MOST)
                return false;
            if (t->state != state || peer->routine != ended->routine || peer->serial < ended->serial || t->need[0] == o)
                continue;
            if (g->object[o].kind == KIND_BARRIER || !graph_add_edge(g, o, id))
                return false;
            *found = true;
            if (state == GRAPH_RUNS)
                return true;
        }
    return true;
}

/* All that have the start routine of many posters, which are not known one by one. */
static bool add_routine(struct graph *g, uint32_t o, const struct post *p, bool *found)
{
    if (g->object[o].kind == KIND_BARRIER)
        return false;
    for (uint32_t id = 1; id < g->threads; id++) {
        const struct graph_thread *t = &g->thread[id];
        if (++g->peers_looked_at > PEERS_MOST)
            return false;
        if ((t->state == GRAPH_RUNS || t->state == GRAPH_WAITS) && t->need[0] != o &&
            record_thread(g->world->record, id)->routine == p->routine)
            *found |= graph_add_edge(g, o, id);
    }
    return true;
}

/* Whether the peers of a poster that has ended have their edges already, for another one before it in the list. */
static bool has_peers(const struct graph *g, const struct lock *lock, const struct post *of)
{
    const struct post *p;
    uint32_t id = lock->first_post;
    for (unsigned i = 0; i < POSTERS_MOST && (p = record_item(g->world->record, TABLE_POSTS, id)) != NULL && p != of;
         i++) {
        if (p->routine == of->routine && p->serial != 0 && p->serial <= of->serial && has_ended(g, p))
            return true;
        id = p->next;
    }
    return false;
}

/* The poster, or, if it has ended, the nearest of those that made it and live. 0: none, or it cannot be said. */
static uint32_t poster_or_creator(const struct graph *g, const struct post *p, uint32_t *steps)
{
    uint32_t thread = p->thread, serial = p->serial, creator_id = p->creator_id, creator = p->creator;
    while (++*steps <= STEPS_MOST) {
        const struct thread *t = record_thread(g->world->record, thread);
        if (is_alive(t, serial))
            return thread;
        if (t != NULL && t->serial == serial)
            creator_id = t->creator_id, creator = t->creator;
        if (creator == 0)
            return 0;
        thread = creator_id, serial = creator;
        creator = 0; /* of that one only its slot tells, if it is still there */
    }
    return 0;
}

/*
 * Whether a thread that waits at a condition was to signal it next: the function that does so is what led it to the
 * wait. It is not idle, as a thread of a pool is that waits for work in the function that signals.
 */
static bool is_on_its_way(const struct deadlock_world *world, uint32_t lock, const struct thread *t)
{
    struct wake_walk walk = wake_walk_begin(world->record, lock);
    const struct wake *w;
    if (world->within == NULL || record_lock(world->record, lock)->kind != KIND_CONDITION)
        return false;
    while ((w = wake_walk_next(&walk)) != NULL)
        if (walk.epoch != NULL && walk.epoch->serial == t->serial && world->within(w->stack, t->want.stack))
            return true;
    return false;
}

/* Or one with its start routine has: another thread of the same pool. */
static bool has_posted(const struct graph *g, const struct lock *lock, uint32_t id)
{
    const struct thread *t = record_thread(g->world->record, id);
    const struct post *p;
    uint32_t at = lock->first_post;
    for (unsigned i = 0; i < POSTERS_MOST && (p = record_item(g->world->record, TABLE_POSTS, at)) != NULL; i++) {
        if (p->routine == t->routine)
            return true;
        at = p->next;
    }
    return false;
}

/* Whether a thread waits for what others do: else those that wait may be a pool that feeds itself, and is idle. */
static bool has_client(const struct graph *g, uint32_t o, const struct lock *lock)
{
    uint32_t waiter = g->object[o].first_waiter;
    while (waiter != 0 && has_posted(g, lock, waiter))
        waiter = g->thread[waiter].next_waiter[0];
    return waiter != 0;
}

/* Others with the start routine of one who posted, that have not done so yet. */
static bool add_pools(struct graph *g, uint32_t o, const struct lock *lock)
{
    const struct post *p;
    uint32_t at = lock->first_post;
    bool found = false;
    for (unsigned i = 0; i < POSTERS_MOST && (p = record_item(g->world->record, TABLE_POSTS, at)) != NULL; i++) {
        if (p->lock == g->object[o].lock && p->routine != 0 && !add_routine(g, o, p, &found))
            return false;
        at = p->next;
    }
    return true;
}

bool posters_add(struct graph *g, uint32_t o, const struct lock *lock)
{
    uint32_t steps = 0, id = lock->first_post;
    bool found = false, coming = false, idle = false;
    const struct post *p;
    for (unsigned i = 0; (p = record_item(g->world->record, TABLE_POSTS, id)) != NULL && p->lock == g->object[o].lock;
         i++, id = p->next) {
        uint32_t thread = poster_or_creator(g, p, &steps);
        if (thread == 0 || i >= POSTERS_MOST)
            return false;
        if (p->serial == 0 && !add_routine(g, o, p, &found))
            return false;
        if (p->serial != 0 && has_ended(g, p) && !has_peers(g, lock, p) && !add_peers(g, o, p, &found))
            return false;
        bool added = graph_add_edge(g, o, thread);
        if (g->thread[thread].need[0] != o)
            found |= added;
        else if (is_on_its_way(g->world, g->object[o].lock, record_thread(g->world->record, thread)))
            coming |= added;
        else
            idle = true;
    }
    /* Threads that wait here themselves wake nobody: others may, but for those that were to do it next. */
    if (found || !coming || idle || !has_client(g, o, lock))
        return found;
    return add_pools(g, o, lock);
}

/* --- what lives for one call --- */

/* Whether a thread may be about to post for the first time: one that had to do with a waiter, or with a poster. */
static bool may_join_in(const struct graph *g, uint32_t o, const struct site_history *h, uint32_t id)
{
    const struct deadlock_world *w = g->world;
    for (uint32_t waiter = g->object[o].first_waiter; waiter != 0; waiter = g->thread[waiter].next_waiter[0])
        if (waiter != id && !w->apart(id, waiter, h->settled))
            return true;
    for (uint32_t i = 0; i < h->posts; i++)
        if (h->post[i].thread != id && !has_ended(g, &h->post[i]) && !w->apart(id, h->post[i].thread, h->settled))
            return true;
    return false;
}

bool posters_inherit(struct graph *g, uint32_t o, const struct lock *lock)
{
    enum { THREADS_MOST = 256 };
    struct site_history h;
    uint32_t steps = 0;
    bool found = false;
    if (g->world->history == NULL || g->world->apart == NULL || g->threads > THREADS_MOST ||
        !g->world->history(lock, &h))
        return false;
    for (uint32_t i = 0; i < h.posts; i++) {
        const struct post *p = &h.post[i];
        uint32_t thread = poster_or_creator(g, p, &steps);
        if (thread == 0 || !graph_add_edge(g, o, thread))
            return false;
        if ((p->serial == 0 && !add_routine(g, o, p, &found)) ||
            (p->serial != 0 && has_ended(g, p) && !add_peers(g, o, p, &found)))
            return false;
    }
    for (uint32_t id = 1; id < g->threads; id++) {
        const struct graph_thread *t = &g->thread[id];
        if ((t->state == GRAPH_RUNS || t->state == GRAPH_WAITS) && t->need[0] != o && may_join_in(g, o, &h, id) &&
            graph_add_edge(g, o, id))
            g->edge[g->edges - 1].weak = true;
    }
    g->object[o].like_it = h.objects;
    return true;
}
