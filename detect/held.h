/*
 * What a thread holds, one lock after the other, innermost first: read off its path, or the one lock that was only
 * noted.
 */
#ifndef LOCKWATCH_DETECT_HELD_H
#define LOCKWATCH_DETECT_HELD_H

#include "record/table.h"

/* So far up a path, which is longer only in a damaged record. */
enum { HELD_STEPS = 1 << 20 };

/* A lock that is held, and how it came to that. */
struct held {
    uint64_t address;
    uint64_t site;  /* return address of the call that took it; 0: not known */
    uint32_t lock;  /* 0: not known by id */
    uint32_t stack; /* 0: not known */
    uint32_t hold;  /* the node; 0: none */
    uint32_t how;   /* enum hold_how */
};

struct held_walk {
    const struct record *record;
    uint32_t next; /* hold to look at */
    uint32_t steps;
    bool noted; /* `current` is to come */
    struct held current;
};

void held_begin(struct held_walk *h, const struct record *r, uint32_t path);

/* The same for a thread that may hold a lock that has no node yet. */
void held_begin_thread(struct held_walk *h, const struct record *r, const struct thread *t);

/* The next lock that is held, NULL when there is no more. Good until the next call. */
const struct held *held_next(struct held_walk *h);

/* The same of a path, for who needs no more than the node; 0 at the end. */
uint32_t held_next_hold(struct held_walk *h);

/* The innermost node of a path that holds the lock at an address, or the lock of an id; 0: it is not held there. */
uint32_t held_find(const struct record *r, uint32_t path, uint64_t address);
uint32_t held_find_lock(const struct record *r, uint32_t path, uint32_t lock);

/* Whether a thread holds the lock at an address, be it on its path or merely noted. */
bool held_by_thread(const struct record *r, const struct thread *t, uint64_t address);

#endif
