/*
 * Mistakes of the program, and unusual waits (long-hold, starvation), as stored findings. They are reported at the end
 * and by `lockwatch report`, never while the program runs. Each is stored once a place, which is its kind, the call and
 * the kind of lock; when it happens there again it is counted. Whether something is a mistake is decided in
 * preload/misuse/misuse.h. Findings are added under the raw lock.
 */
#ifndef LOCKWATCH_PRELOAD_MISUSE_MISUSE_NOTE_H
#define LOCKWATCH_PRELOAD_MISUSE_MISUSE_NOTE_H

#include "detect/finding.h"
#include "preload/os/self.h"

struct misuse_note {
    enum finding_kind kind;
    uint16_t how; /* enum want_how */
    struct call call;
    uint64_t cond_mutex; /* of a condition: its mutex; 0: of no account */
    uint32_t stack;      /* of the call; 0: the one that the thread is in now */
    uint32_t other;      /* another thread that is involved; 0: none */
    uint64_t since;      /* starvation: when the wait began */
    uint64_t lasted;     /* starvation, long-hold: nanoseconds */
    uint32_t times;      /* starvation: how many acquisitions came first */
};

/* Of the calling thread. A few microseconds the first time; then a look through the findings so far. */
void misuse_record(const struct misuse_note *m) HIDDEN;

#endif
