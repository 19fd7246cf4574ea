#include "detect/deadlock/graph.h"

enum {
    POSTERS_MOST = 64,    /* of a lock: of more the library notes none, but that anybody may post */
    STEP_LIMIT = 1 << 20, /* the walk from one creator to the next ends, whatever a damaged record says */
    LOOK_LIMIT = 1 << 24, /* likewise the search for sisters, of all objects together */
};

static bool is_there(const struct thread *t, uint32_t serial)
{
    return t != NULL && t->serial == serial && t->state != THREAD_ENDED && t->state != THREAD_NONE;
}

static bool has_ended(const struct graph *g, const struct post *p)
{
    return !is_there(record_thread(g->world->record, p->thread), p->serial);
}

/*
 * Who runs the routine of a poster that has ended, and was made after it, may be about to post in its place: one that
 * runs is enough, else all of them. (Not those made before: where all threads run one routine, as all std::thread do,
 * whoever does something else beside them would free everybody.) False: it cannot be said. Of a barrier all parties
 * must come, and whose place they take is not known.
 */
static bool add_sisters(struct graph *g, uint32_t o, const struct post *ended, bool *found)
{
    for (unsigned state = GRAPH_RUNS; state <= GRAPH_WAITS; state++)
        for (uint32_t id = 1; id < g->threads && ended->routine != 0; id++) {
            const struct graph_thread *t = &g->thread[id];
            const struct thread *like = record_thread(g->world->record, id);
            if (++g->looked > LOOK_LIMIT)
                return false;
            if (t->state != state || like->routine != ended->routine || like->serial < ended->serial || t->need[0] == o)
                continue;
            if (g->object[o].kind == KIND_BARRIER || !graph_add_edge(g, o, id))
                return false;
            *found = true;
            if (state == GRAPH_RUNS)
                return true;
        }
    return true;
}

/* Whether the sisters of a poster that has ended have their edges already, for another one before it in the list. */
static bool has_sisters(const struct graph *g, const struct lock *lock, const struct post *of)
{
    const struct post *p;
    uint32_t id = lock->first_post;
    for (unsigned i = 0; i < POSTERS_MOST && (p = record_item(g->world->record, TABLE_POSTS, id)) != NULL && p != of;
         i++) {
        if (p->routine == of->routine && p->serial <= of->serial && has_ended(g, p))
            return true;
        id = p->next;
    }
    return false;
}

/* The poster, or, if it has ended, whoever made it. 0: nobody is left, or it cannot be said. */
static uint32_t stand_in(const struct graph *g, const struct post *p, uint32_t *steps)
{
    uint32_t thread = p->thread, serial = p->serial, creator_id = p->creator_id, creator = p->creator;
    while (++*steps <= STEP_LIMIT) {
        const struct thread *t = record_thread(g->world->record, thread);
        if (is_there(t, serial))
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

bool graph_add_posters(struct graph *g, uint32_t o, const struct lock *lock)
{
    uint32_t steps = 0, id = lock->first_post;
    bool found = false;
    const struct post *p;
    for (unsigned i = 0; (p = record_item(g->world->record, TABLE_POSTS, id)) != NULL && p->lock == g->object[o].lock;
         i++, id = p->next) {
        uint32_t thread = stand_in(g, p, &steps);
        if (thread == 0 || i >= POSTERS_MOST)
            return false;
        if (has_ended(g, p) && !has_sisters(g, lock, p) && !add_sisters(g, o, p, &found))
            return false;
        /* Who waits here itself wakes nobody. */
        found |= graph_add_edge(g, o, thread) && g->thread[thread].need[0] != o;
    }
    return found;
}
