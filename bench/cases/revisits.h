/*
 * Lock orders that the thread had before, come back to at random. What a cache of them holds, and what a look that
 * misses it costs, shows here and nowhere else.
 */
#ifndef LOCKWATCH_BENCH_CASES_REVISITS_H
#define LOCKWATCH_BENCH_CASES_REVISITS_H

#include "bench/cases/locks.h"

enum { REVISITS_PAIRS = 4096, REVISITS_INNER = 4, REVISITS_STRIDE = 12 };

/* Pairs of the 64 shared locks, at random: of the 2016 that there are some 1,750 come, as there are 4096 draws. */
static struct {
    unsigned char outer, inner;
} revisits_pair[REVISITS_PAIRS];

static unsigned revisits_next;

static void cases_pairs(const struct calls *c, unsigned rounds, unsigned size)
{
    (void)size;
    while (rounds--) {
        unsigned i = revisits_next++ % REVISITS_PAIRS;
        pthread_mutex_t *outer = &cases_have.lock[revisits_pair[i].outer];
        pthread_mutex_t *inner = &cases_have.lock[revisits_pair[i].inner];
        c->pthread_mutex_lock(outer);
        c->pthread_mutex_lock(inner);
        c->pthread_mutex_unlock(inner);
        c->pthread_mutex_unlock(outer);
    }
}

static void cases_pairs_begin(unsigned size)
{
    (void)size;
    for (int i = 0; i < REVISITS_PAIRS; i++) {
        unsigned a = chance(CASES_LOCKS), b = chance(CASES_LOCKS - 1);
        b += b >= a;
        revisits_pair[i].outer = (unsigned char)(a < b ? a : b);
        revisits_pair[i].inner = (unsigned char)(a < b ? b : a);
    }
}

/* Locks of which each is the outer one of four orders. */
static pthread_mutex_t *revisits_lock;

static inline void revisits_visit(const struct calls *c, unsigned order)
{
    unsigned i = order / REVISITS_INNER;
    pthread_mutex_t *outer = &revisits_lock[i];
    pthread_mutex_t *inner = outer + 1 + order % REVISITS_INNER * REVISITS_STRIDE + i % REVISITS_STRIDE;
    c->pthread_mutex_lock(outer);
    c->pthread_mutex_lock(inner);
    c->pthread_mutex_unlock(inner);
    c->pthread_mutex_unlock(outer);
}

static void cases_revisits(const struct calls *c, unsigned rounds, unsigned size)
{
    while (rounds--) {
        revisits_visit(c, chance(size));
    }
}

/* The locks of an earlier row stay, as those of a program would. */
static void cases_revisits_begin(unsigned size)
{
    revisits_lock = calloc(size / REVISITS_INNER + REVISITS_INNER * REVISITS_STRIDE + 1, sizeof *revisits_lock);
    if (!revisits_lock) {
        fputs("bench: no memory for the locks\n", stderr);
        exit(3);
    }
}

#endif
