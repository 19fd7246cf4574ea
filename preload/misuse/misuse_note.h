/*
 * Mistakes of the program, and what it may want to know of its waits, as stored findings: told at the end and by
 * `lockwatch report`, never while it runs. Each is written down once a place, which is its kind, the call and the kind
 * of lock; when it happens again there it is counted. Whether something is a mistake is for preload/misuse/misuse.h to
 * say.
 */
#ifndef LOCKWATCH_PRELOAD_MISUSE_MISUSE_NOTE_H
#define LOCKWATCH_PRELOAD_MISUSE_MISUSE_NOTE_H

#include "detect/finding.h"
#include "preload/os/real.h"

struct misuse_note {
    enum finding_kind kind;
    uint16_t lock; /* enum lock_kind */
    uint16_t how;  /* enum want_how */
    uint64_t address;
    uint64_t cond_mutex;  /* of a condition: its mutex; 0: it does not matter */
    uint64_t site, frame; /* of the call, as in stack_of_call */
    uint32_t stack;       /* of the call; 0: it is the one that the thread is in now */
    uint32_t other;       /* the thread that is concerned, too; 0: none */
    uint64_t since;       /* starvation: when the wait began */
    uint64_t lasted;      /* starvation, long-hold: nanoseconds */
    uint32_t times;       /* starvation: how many came first */
};

/* The calling thread has made it. A few microseconds the first time; then a look along what was found so far. */
void misuse_record(const struct misuse_note *m) HIDDEN;

/* Whether it was noted before, which counts it. */
bool misuse_record_again(const struct misuse_note *m) HIDDEN;

#endif
