/*
 * lockwatch.h: what a program can tell liblockwatch.so that its calls do not show. For C and C++.
 *
 * A program need not use this to be watched, and links with nothing: the functions are weak. Without liblockwatch.so
 * they are NULL, and the macros do nothing. (Only a program compiled with -fno-pic must link with liblockwatch.so;
 * otherwise its linker makes the functions NULL.)
 *
 * Call the macros. None of them fails visibly, changes errno, or blocks: without memory for it the library goes on as
 * if it had not been called. All may be called by any thread at any time after the library's constructor has run; those
 * that speak of what "the thread" does, speak of the calling one. Unless said otherwise an address is only compared,
 * and never read; what was said of it is forgotten when memory around it is freed by free or munmap.
 *
 *     LOCKWATCH_NAME(lock, name)       a name for a lock
 *     LOCKWATCH_CLASS(lock, name)      a name for all locks of one sort
 *     LOCKWATCH_ORDER(first, second)   an order of two locks, declared
 *     LOCKWATCH_ENTER, _LEAVE          regions that never run at the same time
 *     LOCKWATCH_GIVE, _TAKE            what one thread hands over to another
 *     LOCKWATCH_WAITS, _ACQUIRED, _RELEASES, _GAVE_UP      a lock of the program's own making
 *     LOCKWATCH_IGNORE, _WATCH         a region whose lock orders do not count
 */
#ifndef LOCKWATCH_H
#define LOCKWATCH_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Names the lock at an address: a mutex, reader-writer lock, spinlock, semaphore, condition, barrier or once control.
 *
 * lock  its address, as the pthread or C11 calls get it. The name lasts until the lock is destroyed, initialised again
 *       (so name it after that), or its memory is freed. A child made by fork has it, too.
 * name  is copied. Of more than 63 bytes the first 63 are kept. NULL or "" removes the name. It is used instead of the
 *       name in debugging information.
 *
 * Costs about a microsecond and 128 bytes, and a few bytes of the record when the lock first appears there. Lock calls
 * cost no more than before, initialising and destroying some nanoseconds.
 */
void lockwatch_name(const void *lock, const char *name) __attribute__((weak));
#define LOCKWATCH_NAME(lock, name) (lockwatch_name ? lockwatch_name((lock), (name)) : (void)0)

/*
 * The same for one of many locks of a sort: it is called name[0], name[1], … in the order of these calls. Findings of
 * the same lock order among other members of the class are the same finding, with the same id; and a merged record does
 * not take name[3] of one run for name[3] of another.
 *
 *     LOCKWATCH_CLASS(&account->lock, "account");
 *
 * name  is copied. Of more than 47 bytes the first 47 are kept. Of more than 256 classes the rest have no numbers.
 */
void lockwatch_class(const void *lock, const char *name) __attribute__((weak));
#define LOCKWATCH_CLASS(lock, name) (lockwatch_class ? lockwatch_class((lock), (name)) : (void)0)

/*
 * Between ENTER and LEAVE of one gate runs one thread at a time, whatever the schedule: something that is not seen,
 * such as a flag or the state of a queue, keeps the others out. Lock orders of two such regions cannot meet; a finding
 * of them becomes a note, "guarded" by the gate. It is for the program to keep its word: nothing is checked.
 *
 * gate  any address, such as that of the flag. LOCKWATCH_NAME gives it a name.
 *
 * Regions may be nested, and hold locks across. A thread that ends in a region is reported as one that ends while
 * holding a lock. Costs what a lock call costs.
 */
void lockwatch_enter(const void *gate) __attribute__((weak));
void lockwatch_leave(const void *gate) __attribute__((weak));
#define LOCKWATCH_ENTER(gate) (lockwatch_enter ? lockwatch_enter((gate)) : (void)0)
#define LOCKWATCH_LEAVE(gate) (lockwatch_leave ? lockwatch_leave((gate)) : (void)0)

/*
 * A thread hands something over: what it did before GIVE comes before what another one does after TAKE of the same
 * object, whatever the schedule. Lock orders that are so kept apart in time are not reported. TAKE refers to the last
 * GIVE before it, so every message needs an address of its own: that of the message.
 *
 *     LOCKWATCH_GIVE(job); queue_put(&queue, job);               job = queue_get(&queue); LOCKWATCH_TAKE(job);
 *
 * Recorded for the first 256 of a thread, and costs some microseconds each: for hand-overs at the start, the end, and
 * between stages of a program. What repeats for ever is better said by LOCKWATCH_ENTER.
 */
void lockwatch_give(const void *object) __attribute__((weak));
void lockwatch_take(const void *object) __attribute__((weak));
#define LOCKWATCH_GIVE(object) (lockwatch_give ? lockwatch_give((object)) : (void)0)
#define LOCKWATCH_TAKE(object) (lockwatch_take ? lockwatch_take((object)) : (void)0)

/*
 * A lock of the program's own making, at any address: of atomic operations and spinning, of a flag and a condition, of
 * futexes. With these it is in deadlocks, lock orders and mistakes as a mutex is.
 *
 *     void my_lock(struct my *l) {
 *         if (!try_it(l)) {
 *             LOCKWATCH_WAITS(l, 0);
 *             while (!try_it(l)) sched_yield();
 *         }
 *         LOCKWATCH_ACQUIRED(l, 0);
 *     }
 *     void my_unlock(struct my *l) { LOCKWATCH_RELEASES(l); atomic_store(&l->word, 0); }
 *
 * WAITS     the thread found it taken, and is about to wait. Until ACQUIRED or GAVE_UP of the same lock, one of which
 *           must follow, no call of the thread is watched: they are the lock's own. Looks for a deadlock; costs what it
 *           costs to block on a mutex.
 *
 * ACQUIRED  the thread has it. Without LOCKWATCH_TRIED it would have waited for it, which makes a lock order.
 *
 * GAVE_UP   the thread waits no longer, and has not got it.
 *
 * RELEASES  the owner is about to release it: before others can get it.
 *
 * how  LOCKWATCH_SHARED: with others, for reading; LOCKWATCH_TRIED: by a call that does not wait; LOCKWATCH_TIMED: by
 *      one that waits for a limited time; or 0. Give WAITS and ACQUIRED the same.
 */
enum { LOCKWATCH_SHARED = 1, LOCKWATCH_TRIED = 2, LOCKWATCH_TIMED = 4 };
void lockwatch_waits(const void *lock, int how) __attribute__((weak));
void lockwatch_acquired(const void *lock, int how) __attribute__((weak));
void lockwatch_gave_up(const void *lock) __attribute__((weak));
void lockwatch_releases(const void *lock) __attribute__((weak));
#define LOCKWATCH_WAITS(lock, how) (lockwatch_waits ? lockwatch_waits((lock), (how)) : (void)0)
#define LOCKWATCH_ACQUIRED(lock, how) (lockwatch_acquired ? lockwatch_acquired((lock), (how)) : (void)0)
#define LOCKWATCH_GAVE_UP(lock) (lockwatch_gave_up ? lockwatch_gave_up((lock)) : (void)0)
#define LOCKWATCH_RELEASES(lock) (lockwatch_releases ? lockwatch_releases((lock)) : (void)0)

/*
 * What the thread acquires between IGNORE and WATCH makes no lock order, neither with what it holds already nor with
 * what it acquires while holding that, and none of its calls there is a mistake or a wait while holding a lock.
 * Deadlocks are still found. Pairs may be nested. Costs the thread what it knew of its locks so far: some microseconds
 * for each pair of locks that it acquires next; so do not put this around a single call that is made very often.
 */
void lockwatch_ignore(void) __attribute__((weak));
void lockwatch_watch(void) __attribute__((weak));
#define LOCKWATCH_IGNORE() (lockwatch_ignore ? lockwatch_ignore() : (void)0)
#define LOCKWATCH_WATCH() (lockwatch_watch ? lockwatch_watch() : (void)0)

/*
 * The program means to acquire `first` before `second`, always, and wants to hear where it does not: a thread that
 * acquires `first` while it holds `second` is reported (lock-order, warning), even if no thread acquires them in the
 * declared order. Orders add up: with (a, b) and (b, c) declared, c before a is reported, too.
 *
 * first, second  addresses of a mutex, reader-writer lock, spinlock, or a lock of the program's own.
 *
 * To be called once for a pair; costs some microseconds and a hundred bytes of the record.
 */
void lockwatch_order(const void *first, const void *second) __attribute__((weak));
#define LOCKWATCH_ORDER(first, second) (lockwatch_order ? lockwatch_order((first), (second)) : (void)0)

#ifdef __cplusplus
}
#endif

#endif
