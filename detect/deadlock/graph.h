/*
 * The wait-for graph of a record: which thread waits for what, and which threads could give it.
 *
 * An object is something that threads wait for: a lock in one mode, or the end of a thread. Its edges lead to the
 * threads that may wake its waiters. Built in one pass over all threads and what they hold; nothing here is shared or
 * kept.
 */
#ifndef LOCKWATCH_DETECT_DEADLOCK_GRAPH_H
#define LOCKWATCH_DETECT_DEADLOCK_GRAPH_H

#include "detect/deadlock/deadlock.h"

/* What must happen before a waiter of an object goes on. */
enum graph_rule {
    RULE_FREE,      /* nothing that we could rule out: it may go on */
    RULE_ANY,       /* one of the threads on its edges goes on */
    RULE_ALL,       /* all of them do */
    RULE_EVERYBODY, /* any thread at all goes on */
    RULE_NEVER,     /* nothing can: its owner is gone */
};

/* On what a judgement rests: on what has been seen so far, or on nothing but what must be. */
enum graph_level { LEVEL_SEEN, LEVEL_CERTAIN, LEVELS };

struct graph_edge {
    uint32_t thread, object;
    uint32_t next_of_object, next_of_thread; /* edge */
};

struct graph_object {
    uint64_t address; /* of the lock; of a join: graph_join */
    uint32_t lock;
    uint16_t kind;     /* enum lock_kind */
    bool shared;       /* wanted as reader; a condition or barrier: wanted by who destroys it */
    bool used_as_lock; /* a semaphore whose holders are known */
    bool read;         /* somebody holds it as a reader */
    bool cancellable;  /* whoever runs may cancel its waiters: they go on, to clean up */
    bool unconfirmed;  /* a semaphore that is taken for a lock, though nobody has posted it yet */
    bool hearsay; /* its waiters may have been woken without having come round to saying so, and nobody can tell any
                     more */
    uint8_t rule[LEVELS];
    uint32_t first_edge, first_waiter;
    uint32_t chain; /* next object of the same hash */
    uint32_t units; /* of a semaphore: how many are held */
    uint32_t waiters;
};

enum graph_state { GRAPH_ABSENT, GRAPH_RUNS, GRAPH_WAITS, GRAPH_ENDED };

enum { GRAPH_NEEDS = 2 }; /* objects a thread can wait for at once: a condition and its mutex */

struct graph_thread {
    uint8_t state; /* enum graph_state */
    bool relocks;  /* it waits at a condition, but was woken there: all it needs is the mutex */
    uint32_t sequence;
    uint32_t need[GRAPH_NEEDS];        /* object; 0: none */
    uint32_t next_waiter[GRAPH_NEEDS]; /* thread, along the object of need[i] */
    uint32_t first_edge;               /* what others want of this thread */
    struct want want;
};

struct graph {
    const struct deadlock_world *world;
    uint32_t threads, objects, edges; /* ids run from 1 up to, not including, these */
    uint32_t room_objects, room_edges, buckets;
    uint32_t stuck;  /* threads that wait without a time-out */
    uint32_t looked; /* how many threads were looked at for sisters of posters */
    struct graph_thread *thread;
    struct graph_object *object;
    struct graph_edge *edge;
    uint32_t *bucket;
    uint32_t *work; /* two numbers a thread, for whoever walks the graph */
    void *memory;
    size_t memory_size;
};

/* What stands for the end of a thread: its place in the table may be another's by now. */
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

/* False when nobody waits or there is no memory; then there is nothing to free. */
bool graph_build(struct graph *g, const struct deadlock_world *w);
void graph_free(struct graph *g);

/* An edge from an object to a thread. False: there is no room, or no such thread. */
bool graph_add_edge(struct graph *g, uint32_t object, uint32_t thread);

/*
 * Edges to who posts a semaphore that is a signal, signals a condition, or comes to a barrier: the threads that did so
 * far. One that ended stands for whoever made it, who may make another, and for those of the same routine that were
 * made later. False: nobody has but those who wait here themselves, or it cannot be said.
 */
bool graph_add_posters(struct graph *g, uint32_t object, const struct lock *lock);

/*
 * Whether a waiter of `object` may go on, when just the threads with alive[id] != 0 do. `everybody`: some thread is
 * alive.
 */
bool graph_may_go_on(const struct graph *g, uint32_t object, enum graph_level level, const uint8_t *alive,
                     bool everybody);

#endif
