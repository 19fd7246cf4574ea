#include "preload/second_look.h"

#include "preload/latch.h"
#include "preload/self.h"
#include "preload/thread.h"
#include "preload/wait.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Atomic uint32_t asked; /* raised by every question */
static _Atomic uint32_t threads;

/* In short pieces: once the program's threads have all ended, we must not be the one that keeps the process. */
static void sleep_ms(unsigned ms)
{
    enum { PIECE = 20 };
    for (unsigned left = ms; left > 0 && thread_living() > 0; left -= left < PIECE ? left : PIECE) {
        const struct timespec time = {0, (long)(left < PIECE ? left : PIECE) * 1000000};
        syscall(SYS_nanosleep, &time, NULL);
    }
}

/*
 * It takes no signal of the program's, but must take the two of libc's own, or setuid would wait for it. The first looks find
 * what is certain; the fourth what must have stood for a while, and the last what must have stood for long (alarm.c).
 */
static void *look(void *unused)
{
    static const unsigned patience[] = {4, 12, 50, 300, 1000, 1000};
    const uint64_t of_libc = 3ull << 31;
    uint32_t seen;
    self.over = true;
    syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &of_libc, NULL, sizeof of_libc);
    do {
        do {
            seen = asked;
            for (unsigned i = 0; i < sizeof patience / sizeof patience[0] && thread_living() > 0; i++) {
                sleep_ms(patience[i]);
                while (!wait_look_for_others())
                    sleep_ms(1);
            }
        } while (seen != asked && thread_living() > 0);
        atomic_store(&threads, 0);
    } while (seen != asked && atomic_exchange(&threads, 1) == 0); /* asked in the last moment, and nobody else does it */
    return unused;
}

void second_look_ask(void)
{
    enum { STACK = 128 * 1024 };
    pthread_attr_t attributes;
    pthread_t thread;
    atomic_fetch_add(&asked, 1);
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
