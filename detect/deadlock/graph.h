/*
 * The wait-for graph of a record: which thread waits for what, and which threads can wake it.
 *
 * An object is something that threads wait for: a lock in one mode, or the end of a thread. Its edges lead to the
 * threads that can wake its waiters; how many of these it takes is found by requirements.h. Read in one pass over all
 * threads and what they hold. Nothing here is shared or kept; the memory is the caller's struct pages.
 */
#ifndef LOCKWATCH_DETECT_DEADLOCK_GRAPH_H
#define LOCKWATCH_DETECT_DEADLOCK_GRAPH_H

#include "detect/deadlock/deadlock_world.h"
#include "detect/pages.h"

/* What must happen before the waiters of an object go on. */
enum graph_wake {
    WOKEN_FREELY,        /* nothing that can be ruled out */
    WOKEN_BY_ONE,        /* one of the threads on its edges goes on */
    WOKEN_BY_ALL,        /* all of them do */
    WOKEN_BY_ANYONE,     /* any thread at all goes on */
    WOKEN_BY_ACQUAINTED, /* one of the threads on its edges goes on, or any of those that wait now */
    WOKEN_NEVER,         /* nothing can: its owner is gone */
};

/* On what a judgement rests: on what was seen so far, or on nothing but what must be. */
enum graph_level { LEVEL_SEEN, LEVEL_CERTAIN, LEVELS };

struct graph_edge {
    uint32_t thread, object;
    bool weak; /* the thread may end the wait, but there is no sign of it: a cycle is rather shown without */
    uint32_t next_of_object, next_of_thread; /* edge */
};

struct graph_object {
    uint64_t address; /* of the lock; of a join: graph_join */
    uint32_t lock;
    uint16_t kind;         /* enum lock_kind */
    bool shared;           /* wanted as reader; a condition or barrier: wanted by the thread that destroys it */
    bool used_as_lock;     /* a semaphore whose holders are known */
    bool read;             /* a reader holds it */
    bool cancellable;      /* its waiters may be cancelled by any thread that runs: they go on, to clean up */
    bool unconfirmed;      /* a semaphore that is taken for a lock, though nobody has posted it yet */
    bool unverified;       /* a waiter may have been woken and not have recorded it, and the process cannot be asked */
    uint8_t woken[LEVELS]; /* enum graph_wake */
    uint32_t first_edge, first_waiter;
    uint32_t chain;   /* next object of the same hash */
    uint32_t units;   /* of a semaphore: how many are held */
    uint32_t like_it; /* nobody has posted it, but so many of its place: its edges are those of their posters */
    uint32_t waiters;
};

/* Who goes on, of all threads. */
enum graph_alive {
    ALIVE_NONE,
    ALIVE_RUNNING, /* threads that run now */
    ALIVE_WAITING, /* also one that waits now */
};

enum graph_state { GRAPH_ABSENT, GRAPH_RUNS, GRAPH_WAITS, GRAPH_ENDED };

enum { GRAPH_NEEDS = 2 }; /* objects a thread can wait for at once: a condition and its mutex */

struct graph_thread {
    uint8_t state; /* enum graph_state */
    bool derived;  /* by its own record it runs */
    bool relocks;  /* it waits at a condition, but was woken there: all it needs is the mutex */
    uint32_t sequence;
    uint32_t need[GRAPH_NEEDS];        /* object; 0: none */
    uint32_t next_waiter[GRAPH_NEEDS]; /* thread, along the object of need[i] */
    uint32_t first_edge;               /* what others want of this thread */
    struct want want;
};

struct graph {
    const struct deadlock_world *world;
    struct pages *pages;
    uint32_t threads, objects, edges; /* ids run from 1 up to, not including, these */
    uint32_t objects_room, edges_room, buckets;
    struct graph_thread *thread;
    struct graph_object *object;
    struct graph_edge *edge;
    uint32_t *bucket;         /* objects by address */
    uint32_t *queue;          /* room for every thread and one more, for whoever walks the graph */
    uint32_t peers_looked_at; /* by posters.c */
    bool incomplete;          /* there was no memory for all edges: nothing may be concluded */
};

/* What stands for the end of a thread: its slot may be another's by now. */
static inline uint64_t graph_join(const struct want *want)
{
    return (uint64_t)want->thread_serial << 32 | want->thread;
}

/* What a thread needs: need[n], unless it has that already; 0: nothing. */
static inline uint32_t graph_need(const struct graph *g, uint32_t thread, int n)
{
    const struct graph_thread *t = &g->thread[thread];
    return n == 0 && t->relocks ? 0 : t->need[n];
}

/* Which threads and processes outside of the record there are: enum record_other_wakers. */
uint32_t graph_other_wakers(const struct graph *g);

/* The threads, what they wait for, and edges to those that hold it. False: nobody waits, or there is no memory. */
bool graph_build(struct graph *g, const struct deadlock_world *w, struct pages *pages);

/* An edge from an object to a thread. False: there is no such thread, or no memory. */
bool graph_add_edge(struct graph *g, uint32_t object, uint32_t thread);

/*
 * Whether a waiter of `object` may go on, when just the threads with alive[id] != 0 do. `who`: which these are.
 */
bool graph_may_go_on(const struct graph *g, uint32_t object, enum graph_level level, const uint8_t *alive,
                     enum graph_alive who);

/* Whether waiters of an object may be woken by threads that are not on its edges. */
static inline bool graph_needs_anyone(const struct graph_object *o, enum graph_level level)
{
    return o->woken[level] == WOKEN_BY_ANYONE || o->woken[level] == WOKEN_BY_ACQUAINTED;
}

#endif
