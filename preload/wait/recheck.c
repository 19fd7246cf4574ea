#include "preload/wait/recheck.h"

#include "preload/os/clock.h"
#include "preload/os/fork_zeroed.h"
#include "preload/os/handler.h"
#include "preload/os/loader.h"
#include "preload/os/raw_lock.h"
#include "preload/os/self.h"
#include "preload/thread/thread.h"

#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

enum recheck_looked (*recheck_look)(void);

static _Atomic uint32_t asked;               /* how many requests there were */
static uint32_t answered;                    /* how many there had been when the thread began to look */
static _Atomic bool asked_later;             /* there was one that has time, since the last look */
static _Atomic uint32_t threads FORK_ZEROED; /* how many there are of ours, or about to be: 0 or 1 */
static _Atomic bool over FORK_ZEROED;        /* it shall end */
static _Atomic bool listens FORK_ZEROED;     /* it sleeps, and a request is to wake it */

/* Under `changing`: */
static bool made FORK_ZEROED; /* there is a thread to be joined */
static pthread_t thread;

static void pause_for(long nanoseconds)
{
    const struct timespec moment = {0, nanoseconds};
    syscall(SYS_nanosleep, &moment, NULL);
}

static void request(void)
{
    atomic_fetch_add(&asked, 1);
    if (listens)
        real.syscall(SYS_futex, &asked, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* --- the thread --- */

/* Whether a later look may say more. */
static bool look_once(void)
{
    enum recheck_looked looked = RECHECK_BUSY;
    while (!over && (looked = recheck_look()) == RECHECK_BUSY)
        pause_for(1000000);
    return looked == RECHECK_OPEN;
}

/* Sleep until `time`, or until there is a request: then true. */
static bool requested_before(uint64_t time, uint32_t seen)
{
    enum { SECOND = 1000000000 };
    listens = true;
    for (uint64_t now; !over && asked == seen && (now = clock_now()) < time;) {
        const struct timespec left = {(time_t)((time - now) / SECOND), (long)((time - now) % SECOND)};
        real.syscall(SYS_futex, &asked, FUTEX_WAIT_PRIVATE, seen, &left, NULL, 0);
    }
    listens = false;
    return !over && asked != seen;
}

/*
 * Look again and again for two seconds, or for ten while there may be a deadlock that was not confirmed so far: a
 * thread that waits for a processor does not look asleep. A request that comes meanwhile starts this again, as its
 * threads take a moment to fall asleep and must not have to wait for the end of a long pause. Where there was none but
 * one that has time, the short pauses are left out.
 */
static void look_for_a_while(void)
{
    static const unsigned patience[] = {0, 12, 50, 300, 1000, 1000, 2000, 2000, 2000, 2000};
    enum { LOOKS = sizeof patience / sizeof patience[0], UNHURRIED = 4, ALWAYS = 6 };
    bool open = false;
    for (unsigned i = asked != answered ? 0 : UNHURRIED; i < LOOKS && (i < ALWAYS || open) && !over; i++) {
        if (i > 0 && requested_before(clock_now() + patience[i] * 1000000ull, answered))
            i = 0;
        if (i == 0) {
            answered = asked;
            pause_for(4000000);
        }
        if (i >= UNHURRIED)
            asked_later = false;
        open = look_once();
    }
}

/*
 * The thread. It takes no signal of the program's, but must take libc's own, or setuid would wait for it.
 * The first looks find what is certain; the fourth what must have stood for a while, and the last what must have stood
 * for long (preload/wait/deadlock_report.c).
 */
static void *run_rechecks(void *unused)
{
    const uint64_t of_libc = SIGNALS_OF_LIBC;
    self.over = true;
    syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &of_libc, NULL, sizeof of_libc);
    do {
        look_for_a_while();
        atomic_store(&threads, 0);
    } while (!over && (answered != asked || asked_later) &&
             atomic_exchange(&threads, 1) == 0); /* asked in the last moment, and no other thread was made */
    return unused;
}

/* --- making and ending it, one thread at a time --- */

static atomic_flag changing FORK_ZEROED;

/* Signals are blocked meanwhile, as a handler may request a recheck, too. */
static struct signals_saved begin_change(void)
{
    struct signals_saved l = signals_block();
    while (atomic_flag_test_and_set(&changing))
        pause_for(1000000);
    return l;
}

static void end_change(struct signals_saved l)
{
    atomic_flag_clear(&changing);
    signals_unblock(l);
}

/* It inherits the blocked signals. An earlier one has done its work and is about to be gone. */
static void make_thread(void)
{
    enum { STACK = 128 * 1024 };
    pthread_attr_t attributes;
    if (made)
        real.pthread_join(thread, NULL);
    over = made = false;
    if (pthread_attr_init(&attributes) == 0) {
        pthread_attr_setstacksize(&attributes, STACK);
        made = real.pthread_create(&thread, &attributes, run_rechecks, NULL) == 0;
        pthread_attr_destroy(&attributes);
    }
    if (!made)
        atomic_store(&threads, 0);
}

/*
 * pthread_create needs a lock of the loader's. A thread that is made or ends just now has it for a moment, and to give
 * up then would lose the request; one that is stuck with it never releases it.
 */
static bool can_make_thread(void)
{
    enum { PATIENCE = 12000000 }; /* nanoseconds */
    const uint32_t tid = self.own != NULL ? self.own->tid : 0;
    long waited = 0;
    for (long next = 20000; loader_is_busy_for_threads(tid); waited += next, next *= 2) {
        if (waited >= PATIENCE)
            return false;
        pause_for(next);
    }
    return true;
}

static void ensure_thread(void)
{
    if (threads != 0 || !thread_end_is_watched() || !can_make_thread())
        return;
    struct signals_saved l = begin_change();
    if (thread_living() > 0 && atomic_exchange(&threads, 1) == 0)
        make_thread();
    end_change(l);
}

void recheck_ask(void)
{
    if (fork_guard_is_foreign())
        return;
    request();
    ensure_thread();
}

void recheck_ask_later(void)
{
    if (fork_guard_is_foreign())
        return;
    asked_later = true;
    ensure_thread();
}

/* Patiently, for some seconds: it may be writing its report to a pipe that nobody reads. */
static int join_own(void)
{
    enum { PATIENCE = 15 };
    struct timespec limit;
#ifdef __GLIBC__
    clock_gettime(CLOCK_MONOTONIC, &limit);
    limit.tv_sec += PATIENCE;
    return real.pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &limit);
#else /* musl knows one clock here */
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += PATIENCE;
    return real.pthread_timedjoin_np(thread, NULL, &limit);
#endif
}

void recheck_end(void)
{
    struct signals_saved l = begin_change();
    if (made) {
        over = true;
        request();
        if (join_own() != 0)
            real.pthread_detach(thread);
        made = false;
    }
    end_change(l);
    if (thread_living() > 0) /* a thread that was not known; it may have asked the one that has just ended */
        recheck_ask();
}

uint32_t recheck_threads(void)
{
    return threads;
}
