#include "preload/second_look.h"

#include "preload/clock.h"
#include "preload/latch.h"
#include "preload/self.h"
#include "preload/thread.h"
#include "preload/wait.h"

#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Atomic uint32_t asked; /* raised by every question */
static _Atomic uint32_t threads;

/* Whether there is a deadlock that must stand for longer before it may end the process. */
static bool look_once(void)
{
    const struct timespec moment = {0, 1000000};
    enum wait_looked looked;
    while ((looked = wait_look_for_others()) == WAIT_BUSY)
        syscall(SYS_nanosleep, &moment, NULL);
    return looked == WAIT_DUE;
}

/*
 * Until `time`, or until somebody asks: true. In short pieces: once the program's threads have all ended, we must not
 * be the one that keeps the process.
 */
static bool asked_before(uint64_t time, uint32_t seen)
{
    enum { PIECE = 20 * 1000000 };
    for (uint64_t now; asked == seen && thread_living() > 0 && (now = clock_now()) < time;) {
        const struct timespec piece = {0, (long)(time - now < PIECE ? time - now : PIECE)};
        syscall(SYS_futex, &asked, FUTEX_WAIT_PRIVATE, seen, &piece, NULL, 0);
    }
    return asked != seen;
}

/*
 * Look again and again for two seconds, or for ten while there is a deadlock that may end the process then; and once
 * more soon after each question that comes meanwhile. The last of them.
 */
static uint32_t look_for_a_while(void)
{
    static const unsigned patience[] = {4, 12, 50, 300, 1000, 1000, 2000, 2000, 2000, 2000};
    enum { ALWAYS = 6 };
    uint32_t seen = asked;
    bool due = false;
    for (unsigned i = 0; i < sizeof patience / sizeof patience[0] && (i < ALWAYS || due) && thread_living() > 0; i++) {
        uint64_t time = clock_now() + patience[i] * 1000000ull;
        while (asked_before(time, seen)) {
            seen = asked;
            const struct timespec soon = {0, 4000000};
            syscall(SYS_nanosleep, &soon, NULL);
            look_once();
        }
        due = look_once();
    }
    return seen;
}

/*
 * It takes no signal of the program's, but must take the two of libc's own, or setuid would wait for it. The first
 * looks find what is certain; the fourth what must have stood for a while, and the last what must have stood for long
 * (alarm.c).
 */
static void *look(void *unused)
{
    const uint64_t of_libc = 3ull << 31;
    uint32_t first, seen;
    self.over = true;
    syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &of_libc, NULL, sizeof of_libc);
    do {
        do {
            first = asked;
            seen = look_for_a_while();
        } while (seen != first && thread_living() > 0); /* the later ones have not had their two seconds yet */
        atomic_store(&threads, 0);
    } while (seen != asked &&
             atomic_exchange(&threads, 1) == 0); /* asked in the last moment, and nobody else does it */
    return unused;
}

void second_look_ask(void)
{
    enum { STACK = 128 * 1024 };
    pthread_attr_t attributes;
    pthread_t thread;
    if (door_is_foreign())
        return;
    atomic_fetch_add(&asked, 1);
    syscall(SYS_futex, &asked, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    if (atomic_exchange(&threads, 1) != 0 || pthread_attr_init(&attributes) != 0)
        return;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK);
    struct latched l = signals_hold(); /* which it inherits */
    if (real.pthread_create(&thread, &attributes, look, NULL) != 0)
        atomic_store(&threads, 0);
    signals_let(l);
    pthread_attr_destroy(&attributes);
}

uint32_t second_look_threads(void)
{
    return threads;
}

void second_look_reset(void)
{
    atomic_store(&threads, 0);
}
