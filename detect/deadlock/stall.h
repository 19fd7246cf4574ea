/*
 * Threads that stand still, where no deadlock can be proven: for STALL_AGE or longer
 *
 * - a lock that one thread holds keeps others waiting, or
 * - every thread of the process waits without a time-out, but for those that nap and have had to do with no other
 *   thread, lock or wait so far.
 *
 * An idle pool is neither. It is a note, as what stands may go on; and a warning once the process has been ended from
 * outside while it stood. It stays a note where what stands looks like waiting for work: the thread at the end of the
 * chain waits for input, or for a signal, as a leader whose followers queue behind it in the same call; or one that
 * naps may be what the others wait for, as nobody has woken such waits before.
 *
 * Assumes nothing of the record. It may be that of a live process, read while that runs: then confirm what was found.
 * Costs memory from mmap in proportion to the threads and what they hold, and time linear in that.
 */
#ifndef LOCKWATCH_DETECT_DEADLOCK_STALL_H
#define LOCKWATCH_DETECT_DEADLOCK_STALL_H

#include "detect/finding.h"

/*
 * Nanoseconds. Under load, on a busy machine, no lock of a JVM, node, CPython's tests, MariaDB, redis, memcached or
 * nginx kept a thread waiting for longer than 0.33 s; but for the mutexes by which redis stops its idle threads, whose
 * holder waits for input.
 */
#define STALL_AGE (5000 * 1000000ull)
#define STALL_AGE_ASKED (2000 * 1000000ull) /* where somebody ends the process because it does not end */

struct stall_world {
    const struct record *record;
    uint64_t until;  /* a time until which it stood so: now, or the last that is known of a process that has ended */
    uint64_t age;    /* how long it must have stood: STALL_AGE, but for who asks whether it may become one */
    bool may_become; /* that is what is asked: a thread that nobody has looked at may nap */
    bool ended;      /* the process was ended from outside */

    /* Whether a finding reports the wait that this thread is in. */
    bool (*reported)(void *context, uint32_t thread);
    void *context;
};

/* The last moment at which a process is known to have lived, by its record alone: exact once it ended by itself. */
uint64_t stall_seen(const struct record *r);

/* Calls `found` once for each thread that keeps others waiting, with a finding that lives until it returns; stops when
 * that is false. Without memory, nothing. */
void stall_judge(const struct stall_world *w, bool (*found)(void *context, const struct finding *f), void *context);

#endif
