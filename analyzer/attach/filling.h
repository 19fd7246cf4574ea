/*
 * A record that is being made of a target (fill.h): what its parts have in common.
 */
#ifndef LOCKWATCH_ANALYZER_ATTACH_FILLING_H
#define LOCKWATCH_ANALYZER_ATTACH_FILLING_H

#include "analyzer/attach/family.h"
#include "analyzer/attach/python_locks.h"
#include "analyzer/attach/stacks.h"
#include "analyzer/attach/words.h"

struct filling {
    struct record_writer *to;
    struct target *target;
    struct modules *modules;
    struct unwinder *unwinder;
    const struct interpreter *python;
    const struct python_locks *locks;
    const struct family *family;
    bool interrupts; /* SIGINT has a handler of Python's own, which raises an exception in the main thread */
    bool recorded;   /* the process has a record, which is added to */
    uint32_t serial; /* the last one given to a thread */
    unsigned asked;  /* how often threads were asked once more */
};

static inline struct record *filling_record(const struct filling *f)
{
    return &f->to->record;
}

/* The id of the lock that is waited for, which is added if need be; 0: no room. */
uint32_t filling_lock(struct filling *f, const struct wait_words *w);

/* A thread has a lock, which it acquired at that stack; 0: not known. */
void filling_hold(struct filling *f, uint32_t thread, uint32_t lock, uint32_t stack);

/* The other processes: their threads, and what they wait for. */
void filling_family(struct filling *f);

#endif
