/*
 * What a thread holds, innermost first: read off a path in the trie of holds, or off the thread's list
 * (record/layout.h, struct thread). The record may be that of a running thread: then what is read was held at some
 * time. A lock that is held all the while is never missed, as it only moves towards the end of the walk. Nothing is
 * allocated.
 */
#ifndef LOCKWATCH_DETECT_HELD_H
#define LOCKWATCH_DETECT_HELD_H

#include "record/table.h"

/* So far up a path, which is longer only in a damaged record. */
enum { HELD_STEPS = 1 << 20 };

/* A lock that is held, and how it was acquired. */
struct held {
    uint64_t address;
    uint64_t site;  /* return address of the call that acquired it; 0: not known */
    uint32_t lock;  /* 0: not known by id */
    uint32_t stack; /* 0: not known */
    uint32_t hold;  /* the node; 0: none */
    uint16_t kind;  /* enum lock_kind */
    uint16_t how;   /* enum hold_how */
};

struct held_walk {
    const struct record *record;
    const struct thread *thread; /* whose list it is; NULL: a path */
    uint32_t next;               /* hold to look at, or position in the list */
    uint32_t steps;
    struct held current;
};

void held_begin(struct held_walk *h, const struct record *r, uint32_t path);

/* All that a thread holds: its path if that is known, else its list, of which only address, site, kind and how are. */
void held_begin_thread(struct held_walk *h, const struct record *r, const struct thread *t);

/* The path of a thread; 0: it is not known, or the thread holds nothing. */
uint32_t held_path(const struct thread *t);

/* Whether a thread may hold something. */
static inline bool held_any(const struct thread *t)
{
    return t->held_end != 0 || held_path(t) != 0;
}

/* The next lock that is held, NULL at the end. Good until the next call. */
const struct held *held_next(struct held_walk *h);

/* Likewise only its node, of a path; 0 at the end. */
uint32_t held_next_hold(struct held_walk *h);

/* What a node says; all zero for none. */
struct held held_at(const struct record *r, uint32_t hold);

/* The innermost node of a path that holds the lock at an address, or the lock of an id; 0: it is not held there. */
uint32_t held_find(const struct record *r, uint32_t path, uint64_t address);
uint32_t held_find_lock(const struct record *r, uint32_t path, uint32_t lock);

/* Whether a thread holds the lock at an address. */
bool held_by_thread(const struct record *r, const struct thread *t, uint64_t address);

/*
 * How many threads can hold a lock at once, not counting readers: 1, or the first value of a semaphore. 0: it keeps
 * none apart, as it is a semaphore used as a signal, or one whose value is not known, or no lock at all; NULL likewise.
 */
uint32_t held_capacity(const struct lock *l);

#endif
