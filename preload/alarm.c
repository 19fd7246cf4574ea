#include "preload/alarm.h"

#include "preload/asleep.h"
#include "preload/clock.h"
#include "preload/latch.h"
#include "preload/log.h"
#include "preload/options.h"
#include "preload/plain.h"
#include "preload/process.h"
#include "preload/self.h"
#include "preload/store.h"
#include "preload/suppression.h"
#include "preload/teller.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What is only likely must have stood for so long: slow is not dead, and a wrong report is worse than a late one. */
static const uint64_t LIKELY_AGE = 250 * 1000000ull, UNPROVEN_AGE = 2000 * 1000000ull;

/* --- confirming --- */

/* Whether the kernel, too, has a side asleep, on that very lock. Where it does not tell, we believe our record. */
static bool is_asleep(const struct side *side)
{
    enum { LARGEST = 128 };
    const struct thread *t = record_thread(&ours, side->thread);
    const struct lock *mutex = record_lock(&ours, t->want.companion);
    if (side->thread == self.id || t->want.kind == KIND_SPINLOCK)
        return true;
    enum asleep asleep = asleep_on(t->tid, t->want.address, LARGEST);
    if (asleep == ASLEEP_ELSEWHERE && t->want.kind == KIND_THREAD)
        return true; /* on a word of libc's own */
    if (asleep == ASLEEP_ELSEWHERE && mutex != NULL)
        asleep = asleep_on(t->tid, mutex->address, sizeof(pthread_mutex_t));
    return asleep == ASLEEP_THERE || asleep == ASLEEP_UNKNOWN;
}

/* Threads that have just said what they want take a moment to fall asleep; on a busy machine a longer one. */
static bool all_asleep(const struct finding *f)
{
    enum { SAMPLE = 1000, TRIES = 40 };
    const struct timespec moment = {0, 250000};
    uint32_t sides = f->sides < SAMPLE ? f->sides : SAMPLE;
    uint32_t i = 0;
    for (int tries = 0; tries < TRIES; tries++) {
        while (i < sides && is_asleep(&f->side[i]))
            i++;
        if (i == sides)
            return true;
        syscall(SYS_nanosleep, &moment, NULL);
    }
    return false;
}

static bool is_old_enough(const struct finding *f)
{
    /* Without a ring it is the work of a thread that has ended: perhaps because the process is ending, too. */
    bool sure = f->confidence == CONFIDENCE_CERTAIN && f->ring > 0;
    uint64_t age = f->unproven ? UNPROVEN_AGE : sure ? 0 : LIKELY_AGE;
    uint64_t now = clock_now();
    for (uint32_t i = 0; i < f->sides; i++)
        if (f->side[i].want.since + age > now)
            return false;
    return true;
}

/* --- writing it down --- */

static bool is_stored(const struct finding *f)
{
    struct finding old;
    for (uint32_t id = record_used(&ours, TABLE_FINDINGS); id-- > 1;)
        if (finding_stored(&ours, id, &old) && finding_same(&old, f))
            return true;
    return false;
}

uint32_t alarm_write(const struct finding *f)
{
    uint32_t id = 0, first = record_reserve(&ours, TABLE_SIDES, f->sides);
    if (first == 0 || (id = record_reserve(&ours, TABLE_FINDINGS, 1)) == 0)
        return 0;
    memcpy(record_at(&ours, TABLE_SIDES, first, sizeof(struct side), record_first_shift[TABLE_SIDES]), f->side,
           f->sides * sizeof(struct side));
    record_commit(&ours, TABLE_SIDES, first, f->sides);
    struct record_finding *to = record_at(&ours, TABLE_FINDINGS, id, sizeof *to, record_first_shift[TABLE_FINDINGS]);
    *to = (struct record_finding){.when = clock_now(),
                                  .lasted = f->lasted,
                                  .kind = f->kind,
                                  .severity = f->severity,
                                  .confidence = f->confidence,
                                  .first_side = first,
                                  .sides = f->sides,
                                  .ring = f->ring,
                                  .behind = f->behind,
                                  .count = f->count};
    record_commit(&ours, TABLE_FINDINGS, id, 1);
    for (uint32_t i = 0; i < f->sides; i++) {
        if (f->side[i].want.lock != 0)
            record_lock(&ours, f->side[i].want.lock)->traits |= TRAIT_KEPT;
        if (f->side[i].want.companion != 0)
            record_lock(&ours, f->side[i].want.companion)->traits |= TRAIT_KEPT;
    }
    return id;
}

static uint32_t store(const struct finding *f)
{
    struct latched l = latch_take();
    uint32_t id = is_stored(f) ? 0 : alarm_write(f);
    latch_release(l);
    return id;
}

/*
 * Whom the kernel has asleep in a futex call, though it runs as far as we know, is in one that we did not see: a latch
 * of libstdc++, a lock inside libc, a call of the program's own. The report says so, as it may belong to the deadlock.
 */
static void mark_unseen(void)
{
    enum { MOST = 256 };
    uint32_t used = record_used(&ours, TABLE_THREADS), asked = 0;
    for (uint32_t id = 1; id < used; id++) {
        struct thread *t = record_thread(&ours, id);
        uint32_t turn = t->turn;
        bool runs = t->state == THREAD_RUNNING && turn % 2 == 0 && id != self.id;
        bool unseen = runs && asked++ < MOST && asleep_on(t->tid, 0, UINT64_MAX) == ASLEEP_THERE && t->turn == turn;
        if (unseen)
            atomic_fetch_or(&t->traits, THREAD_UNSEEN);
        else if ((t->traits & THREAD_UNSEEN) != 0)
            atomic_fetch_and(&t->traits, ~(uint32_t)THREAD_UNSEEN);
    }
}

struct judging {
    struct alarm *alarm;
    const struct waits_world *world;
};

static bool consider(void *context, const struct finding *f)
{
    struct judging *j = context;
    struct alarm *a = j->alarm;
    if (is_stored(f)) {
        a->found = true;
        return true;
    }
    a->open = true;
    if (!is_old_enough(f) || !all_asleep(f) || !waits_stood_still(j->world, f))
        return true;
    uint32_t id = store(f);
    a->found = true;
    if (id != 0)
        a->news[a->count++] = id;
    return a->count < sizeof a->news / sizeof a->news[0];
}

static bool just_one(void *context, const struct finding *f)
{
    (void)context;
    (void)f;
    return false;
}

void alarm_judge(struct alarm *a, const struct waits_world *w, bool suspected)
{
    struct judging j = {a, w};
    struct waits_world alone = *w;
    int cancel;
    *a = (struct alarm){.found = false};
    alone.alone = true;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
    if (suspected || waits_judge(&alone, just_one, NULL) > 0) {
        ours.header->outsiders = process_outsiders();
        a->open = (ours.header->outsiders & OUTSIDER_STRANGER) != 0; /* it may be one that is just ending */
        waits_judge(w, consider, &j);
        if (a->count > 0)
            mark_unseen();
    }
    pthread_setcancelstate(cancel, NULL);
}

/* --- telling --- */

static atomic_uint told;

void alarm_reset(void)
{
    told = 0;
}

bool alarm_told(void)
{
    return told > 0;
}

/* The first line at once, unless somebody has to see first whether it is to be told. */
static void tell(uint32_t id)
{
    struct finding f;
    char number[16];
    bool at_once = !suppression_any();
    if (!finding_stored(&ours, id, &f))
        return;
    snprintf(number, sizeof number, "%u", id);
    if (at_once)
        plain_headline(&f);
    enum teller_did did = teller_tell(number, at_once ? NULL : "--whole");
    if (did == TELLER_LEFT || (did == TELLER_NONE && suppression_covers(&f)))
        return;
    if (did == TELLER_NONE && !at_once)
        plain_headline(&f);
    if (did == TELLER_NONE)
        plain_story(&f);
    if (store_path() != NULL)
        log_line("the record: %s", store_path());
    told++;
}

void alarm_tell(const struct alarm *a)
{
    int cancel;
    if (a->count == 0)
        return;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
    while (!log_take_turn(1000)) /* what is told of is deadlocked, and in no hurry */
        continue;
    unsigned before = told;
    for (unsigned i = 0; i < a->count; i++)
        tell(a->news[i]);
    log_end_turn();
    if (told > before && options.on_deadlock == ON_DEADLOCK_ABORT)
        abort();
    if (told > before && options.on_deadlock == ON_DEADLOCK_EXIT)
        process_exit(options.exitcode);
    pthread_setcancelstate(cancel, NULL);
}
