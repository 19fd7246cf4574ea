/*
 * Records made by hand, for tests: as the library would have written them, in memory, and with names for what tests
 * need.
 */
#ifndef LOCKWATCH_TESTS_UNIT_FORGED_H
#define LOCKWATCH_TESTS_UNIT_FORGED_H

#include "detect/finding.h"

/* What a thread knows of its epochs besides (preload/hold/epoch.h). */
struct forged_life {
    uint32_t epoch, joined[2];
};

enum { FORGED_LIVES = 64 };

struct forged {
    struct record record;
    char *memory; /* the bytes of the file so far */
    size_t size, room;
    uint32_t serials, unjoined;
    struct forged_life life[FORGED_LIVES]; /* by thread */
    bool full;                             /* a taking was not noted, as there were enough of that hold */
};

void forged_begin(struct forged *f, size_t room);
void forged_end(struct forged *f);

uint32_t forged_text(struct forged *f, const char *text);
uint32_t forged_module(struct forged *f, const char *path, uint64_t start, uint64_t end);
uint32_t forged_stack(struct forged *f, const uint64_t *frames, uint32_t depth);

/* A lock with a name given to it; NULL for none. */
uint32_t forged_lock(struct forged *f, uint16_t kind, uint64_t address, const char *name, uint32_t traits);

/* A thread that runs, with the next serial and the tid 4000 + serial. */
uint32_t forged_thread(struct forged *f, const char *name);

/* The thread takes a lock, at a code address that is stack and site at once. */
void forged_hold(struct forged *f, uint32_t thread, uint32_t lock, uint64_t site, uint32_t how);

/* The same as the library writes it: a node that is there already serves again, and who took it when is noted. */
void forged_take(struct forged *f, uint32_t thread, uint32_t lock, uint64_t site, uint32_t how);
void forged_give(struct forged *f, uint32_t thread, uint32_t lock);

/* Likewise: the thread waits, or could have had to, while it holds what it holds; and wakes those who wait for a lock,
 * once more, having taken `held` (0: nothing) every time; `how`: enum wake_how. The wake's id. */
void forged_await(struct forged *f, uint32_t thread, uint32_t lock, uint64_t site, uint32_t how);
uint32_t forged_wake(struct forged *f, uint32_t thread, uint32_t lock, uint64_t site, uint32_t held, uint16_t how);

/* Likewise: the thread makes another one, and joins one that has ended. */
uint32_t forged_start(struct forged *f, uint32_t creator, const char *name);
void forged_joined(struct forged *f, uint32_t thread, uint32_t target);

/* The thread waits: for a lock, and for the end of a thread. */
void forged_want(struct forged *f, uint32_t thread, uint32_t lock, uint64_t site, uint16_t how);
void forged_join(struct forged *f, uint32_t thread, uint32_t target, uint64_t site);

/* The thread has posted a semaphore without holding a unit of it. */
void forged_post(struct forged *f, uint32_t thread, uint32_t lock);

/* A finding over threads as they stand: each holds held[i] for the one before it. Gives its id. */
uint32_t forged_finding(struct forged *f, enum finding_confidence confidence, uint32_t cycle, uint32_t sides,
                        const uint32_t *thread, const uint32_t *held);

/* n philosophers, each holding the left fork, and main joining the first; the finding's id. */
uint32_t forged_philosophers(struct forged *f, uint32_t n);

/* A consumer that holds a mutex while it waits for `full`, which only the producer posts, who waits for the mutex. */
uint32_t forged_consumer(struct forged *f);

/*
 * A side of what was foreseen, or of a mistake: the thread as it stands, with `held` of what it holds, did `want` at a
 * code address, so many times.
 */
struct side forged_side(struct forged *f, uint32_t thread, uint32_t held, uint32_t want, uint64_t site, uint32_t times);

/* Writes a finding down, as if it had been made live. Gives its id. */
uint32_t forged_store(struct forged *f, const struct finding *finding);

#endif
