#include "report/full/rules.h"

/* A mutex whose owner libc checks, refusing others with EPERM (glibc's nptl/pthread_mutex_unlock.c). */
static bool is_checked(const struct lock *l)
{
    return l->kind == KIND_MUTEX &&
           (l->traits & (TRAIT_ERRORCHECK | TRAIT_RECURSIVE | TRAIT_ROBUST | TRAIT_INHERIT)) != 0;
}

static const struct lock *lock_of(const struct story *s, const struct finding *f)
{
    static const struct lock none = {0};
    const struct lock *l = record_lock(s->record, query_subject(f));
    return l == NULL ? &none : l;
}

/* "a mutex", "an rwlock". */
static void any(struct story *s, const struct lock *l)
{
    story_format(s, l->kind == KIND_RWLOCK ? "an %s" : "a %s", finding_lock_word(l->kind));
}

/* "T2", or what stands for one that is not known. */
static void other(struct story *s, const struct finding *f, const char *otherwise)
{
    if (f->sides > 1)
        story_format(s, "T%u", f->side[1].serial);
    else
        story_text(s, otherwise);
}

/* --- why --- */

/* pthread_mutex_unlock: other than by its owner undefined for a default mutex, EPERM for others; pthread_rwlock_unlock
 * and pthread_spin_unlock: undefined (POSIX.1-2017, XSH). */
static void why_not_owner(struct story *s, const struct finding *f, const struct lock *l)
{
    if (kind_is_toolkit(l->kind)) {
        story_format(
            s, "only the thread that locked a %s may unlock it. The toolkit does not check: ", phrase_thing(l->kind));
        other(s, f, "its holder");
        story_text(s, " relies on it, and a third thread can enter beside it.");
        return;
    }
    if (is_checked(l)) {
        story_text(s,
                   "libc refused it with EPERM and left the mutex locked; code that does not check the result goes on "
                   "as if it were free.");
        return;
    }
    bool shared = f->sides > 1 && (query_hold(s->record, f->side[1].path, f->side[0].want.lock).how & HOW_SHARED) != 0;
    story_text(s, "only the thread that locked ");
    any(s, l);
    story_text(s, " may unlock it; POSIX leaves the rest undefined. libc does not check: it released it although ");
    other(s, f, "its holder");
    story_format(s, " relies on it, and a %s can enter beside it.", shared ? "writer" : "third thread");
}

static void why_not_held(struct story *s, const struct lock *l)
{
    if (l->kind == KIND_GMUTEX)
        story_text(s,
                   "GLib ends the program where it sees this (g_mutex_unlock). Had another thread just locked it, it "
                   "would be free.");
    else if (is_checked(l))
        story_text(s, "libc refused it with EPERM. The code takes the lock for locked here.");
    else if (l->kind == KIND_MUTEX)
        story_text(s, "POSIX leaves it undefined. libc reports nothing, but counts one user too few from now on, and "
                      "pthread_mutex_destroy fails with EBUSY; had another thread just locked it, it would be free.");
    else if (l->kind == KIND_RWLOCK)
        story_text(s, "POSIX leaves it undefined. libc reports nothing, but counts one reader too few from now on: the "
                      "next writer blocks forever.");
    else
        story_text(s, "POSIX leaves it undefined. libc reports nothing; had another thread just locked it, it would be "
                      "free.");
}

/* pthread_mutex_destroy, pthread_cond_destroy …: undefined while locked, or while a thread waits. */
static void why_destroy(struct story *s, const struct finding *f, const struct lock *l)
{
    any(s, l);
    story_text(s, " must not be destroyed while it is in use (POSIX). ");
    if (l->kind == KIND_MUTEX && (l->traits & TRAIT_ROBUST) == 0) {
        story_text(s, "libc refused it with EBUSY, so the mutex still exists; another system may not.");
    } else if (l->kind == KIND_CONDITION || l->kind == KIND_BARRIER) {
        story_text(s, "libc blocks in this call until the threads that wait there have left, perhaps forever.");
    } else {
        story_text(s, "libc does not check: ");
        other(s, f, "its user");
        story_text(s, " goes on with memory that may soon be something else.");
    }
}

static void why_init(struct story *s, const struct finding *f)
{
    story_text(s, "what is in use must not be initialised again (POSIX). It is free from now on, although ");
    other(s, f, "a thread");
    story_text(s, query_part(s->record, f) == PART_WAITS ? " waits for it and may never be woken."
                                                         : " relies on it: a second thread can enter beside it.");
}

static void why_exit(struct story *s, const struct finding *f, const struct lock *l)
{
    if ((l->traits & TRAIT_ROBUST) != 0)
        story_text(s, "it is robust: the next thread that locks it gets EOWNERDEAD, and has to repair what it protects "
                      "(pthread_mutex_consistent).");
    else if (f->side[0].want.kind == KIND_SEMAPHORE)
        story_text(s, "so far only threads that had acquired it have posted it: its unit is lost, and in the end no "
                      "thread gets one.");
    else if ((f->side[0].want.how & WANT_SHARED) != 0)
        story_text(s, "no other thread can release it: the next writer blocks forever.");
    else
        story_text(s, "no other thread can release it: the next one that wants it blocks forever.");
}

/* pthread_cond_wait: "with mutex locked by the calling thread, or undefined behavior results"; an error for errorcheck
 * and robust ones. */
static void why_mutex_not_held(struct story *s, const struct finding *f, const struct lock *l)
{
    if (is_checked(l)) {
        story_text(s, "libc refused the wait with EPERM, so the thread did not wait at all.");
        return;
    }
    story_text(s, "a wait releases the mutex, so the thread that waits has to hold it (POSIX). Without it, the signal "
                  "may come between the check of what it stands for and the wait, and is lost");
    if (query_part(s->record, f) == PART_HOLDS)
        story_format(s, "; and the mutex was taken from T%u", f->side[1].serial);
    story_text(s, ".");
}

/* pthread_cond_wait: a mutex is bound to the condition while anyone waits; with another one "the effect is undefined".
 */
static void why_two_mutexes(struct story *s)
{
    story_text(s, "while a thread waits on a condition, others may wait on it with the same mutex only (POSIX). A "
                  "thread that holds one of them does not exclude one that holds the other: a signal in between is "
                  "lost.");
}

static void why_delay(struct story *s, const struct finding *f, const struct lock *l)
{
    if (f->kind == FINDING_LONG_HOLD) {
        other(s, f, "a thread that wants it");
        story_text(s, f->sides > 1 ? " could do nothing meanwhile." : " can do nothing meanwhile.");
    } else if (f->kind == FINDING_SPIN_BLOCKED) {
        story_format(s,
                     "while T%u sleeps, every thread that wants the spinlock keeps a processor busy; one of higher "
                     "priority may keep it from ever running again.",
                     f->side[0].serial);
    } else if (l->kind == KIND_RWLOCK && (l->traits & TRAIT_PREFER_WRITER) == 0 &&
               (f->side[0].want.how & WANT_SHARED) == 0) {
        story_text(s, "this rwlock lets readers in while others read: as long as they overlap, a writer waits.");
    } else {
        story_text(s, "the lock is not fair.");
    }
}

void rules_why(struct story *s, const struct finding *f)
{
    const struct lock *l = lock_of(s, f);
    switch (f->kind) {
    case FINDING_UNLOCK_NOT_OWNER:
        why_not_owner(s, f, l);
        return;
    case FINDING_UNLOCK_NOT_HELD:
        why_not_held(s, l);
        return;
    case FINDING_DESTROY_IN_USE:
        why_destroy(s, f, l);
        return;
    case FINDING_INIT_IN_USE:
        why_init(s, f);
        return;
    case FINDING_EXIT_HOLDING:
        why_exit(s, f, l);
        return;
    case FINDING_COND_MUTEX_NOT_HELD:
        why_mutex_not_held(s, f, l);
        return;
    case FINDING_COND_TWO_MUTEXES:
        why_two_mutexes(s);
        return;
    case FINDING_RELOCK:
        story_text(s, "the call failed with EDEADLK: the lock is held as often as before, and free after as many "
                      "unlocks. Code that does not check the result goes on without it.");
        return;
    default:
        why_delay(s, f, l);
    }
}

/* --- what to change --- */

static void advise_unlock(struct story *s, const struct finding *f)
{
    if (f->kind == FINDING_UNLOCK_NOT_HELD) {
        story_text(s,
                   "unlock it once for each time that it was locked. Look for a path through the code that reaches ");
        phrase_place(s, f->side[0].want.stack, f->side[0].want.site);
        story_text(s, " without having locked it, or a second time.");
        return;
    }
    story_text(s, "let ");
    other(s, f, "the thread that locked it");
    story_text(s, " unlock it. To let another thread continue, use a semaphore, which any thread may post.");
}

static void advise_delay(struct story *s, const struct finding *f, const struct lock *l)
{
    if (f->kind == FINDING_LONG_HOLD)
        story_text(s, "do what takes long before acquiring it or after releasing it.");
    else if (f->kind == FINDING_SPIN_BLOCKED)
        story_text(s, "make the spinlock a mutex, or release it before the call.");
    else if (l->kind == KIND_RWLOCK && (f->side[0].want.how & WANT_SHARED) == 0)
        story_text(s, "let the rwlock prefer writers (pthread_rwlockattr_setkind_np, "
                      "PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP), or let readers through a turnstile, a mutex that "
                      "a writer holds while it waits.");
    else
        story_text(s, "hold it for a shorter time or less often, or use a fair (FIFO) lock.");
}

static void advise_relock(struct story *s, const struct lock *l)
{
    if (l->kind == KIND_RWLOCK)
        story_text(s, "release it in between, or lock it for writing at once: a read lock cannot become a write lock.");
    else
        story_text(s, "release it in between, call a variant that expects it locked, or make the mutex recursive.");
}

/* A thread has exited with the lock that another one destroys, or that nobody asks for yet. */
static void advise_exit(struct story *s, const struct side *side, bool name)
{
    struct thread_ref p = query_side_thread(s->record, side);
    const struct lock *l = record_lock(s->record, side->want.lock);
    if (name)
        story_format(
            s, thread_ref_cancelled(&p) ? "T%u was cancelled while holding it: " : "T%u exited while holding it: ",
            side->serial);
    story_text(s, thread_ref_cancelled(&p) ? "release it in a cleanup handler (pthread_cleanup_push)"
                                           : "release it on every way out of the thread");
    story_text(s, !name && l != NULL && l->kind == KIND_MUTEX && (l->traits & TRAIT_ROBUST) == 0
                      ? ", or make the mutex robust and handle EOWNERDEAD."
                      : ".");
}

static void advise_destroy(struct story *s, const struct finding *f)
{
    struct thread_ref holder = f->sides > 1 ? query_side_thread(s->record, &f->side[1]) : (struct thread_ref){0};
    if (f->sides > 1 && query_part(s->record, f) == PART_HOLDS && holder.slot != NULL &&
        holder.slot->state == THREAD_ENDED)
        advise_exit(s, &f->side[1], true);
    else
        story_text(s, "destroy it after its last use: first join the threads that use it, or wait for them.");
}

/* Whether threads of OpenMP's stand there whose waits were not seen. */
static bool is_team(const struct story *s, const struct finding *f)
{
    for (uint32_t i = 0; f->side != NULL && i < f->sides; i++) {
        const struct side *side = &f->side[i];
        struct thread_ref p = query_side_thread(s->record, side);
        if (p.slot != NULL && (p.slot->traits & THREAD_TEAM) != 0 && side->want.kind == KIND_NONE)
            return true;
    }
    return false;
}

/* The lock that the last thread of the chain holds for too long; of threads that all wait, there is none. */
static void advise_stall(struct story *s, const struct finding *f)
{
    const struct side *end = f->cycle == 0 ? NULL : &f->side[f->cycle - 1];
    if (end == NULL || end->held == 0) {
        story_text(s, is_team(s, f) ? "let all threads of the OpenMP team come to the same barriers, or none of them. "
                                      "While they stand, lockwatch attach shows where."
                                    : "find out who was to wake the first of them, and why it did not.");
        return;
    }
    struct held h = query_kept(s->record, f, f->cycle - 1);
    struct thread_ref p = query_side_thread(s->record, end);
    if (end->want.kind != KIND_NONE) {
        story_text(s, "release ");
        phrase_lock(s, end->held);
        story_format(s, " before T%u waits", end->serial);
        phrase_at(s, &end->want);
        story_text(s, (end->want.how & WANT_TIMED) != 0 ? ", or when its wait has timed out, before it waits again."
                                                        : ", or let it wait with a time-out.");
        return;
    }
    story_text(s, "release ");
    phrase_lock(s, end->held);
    if (p.slot != NULL && query_unseen(p.slot)) {
        story_format(s, " before T%u makes the call in which it is blocked; a debugger shows which one.", end->serial);
        return;
    }
    story_text(s, " on every way out of the code that acquired it");
    phrase_held_at(s, &h);
    story_text(s, ", also where that fails; and do what takes long without it.");
}

void rules_advice(struct story *s, const struct finding *f)
{
    const struct lock *l = lock_of(s, f);
    switch (f->kind) {
    case FINDING_UNLOCK_NOT_OWNER:
    case FINDING_UNLOCK_NOT_HELD:
        advise_unlock(s, f);
        return;
    case FINDING_DESTROY_IN_USE:
        advise_destroy(s, f);
        return;
    case FINDING_INIT_IN_USE:
        story_text(s, "initialise it once, before any thread can use it: statically, or with pthread_once.");
        return;
    case FINDING_EXIT_HOLDING:
        advise_exit(s, &f->side[0], false);
        return;
    case FINDING_COND_MUTEX_NOT_HELD:
        story_text(s, "lock the mutex, check what the condition stands for, and wait in a loop, all before releasing "
                      "it.");
        return;
    case FINDING_COND_TWO_MUTEXES:
        story_text(s,
                   "wait on this condition with one mutex everywhere, the one that protects what it stands for; or use "
                   "a condition for each mutex.");
        return;
    case FINDING_RELOCK:
        advise_relock(s, l);
        return;
    case FINDING_STALL:
        advise_stall(s, f);
        return;
    default:
        advise_delay(s, f, l);
    }
}
