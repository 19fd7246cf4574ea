#include "preload/os/raw_lock.h"

#include "arch/arch.h"
#include "preload/os/fork_zeroed.h"
#include "preload/os/handler.h"
#include "preload/os/sandbox.h"
#include "preload/os/self.h"

#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

/* 0 free, 1 taken, 2 taken and somebody may sleep: U. Drepper, "Futexes Are Tricky", 2011, section 5. */
static _Atomic uint32_t word FORK_ZEROED;
void (*raw_lock_leave_parent)(void);

/*
 * All but libc's own. Who calls setuid waits until every thread has taken SIGSETXID (glibc, nptl/nptl_setxid.c; musl,
 * src/thread/synccall.c), and holds a lock of libc's meanwhile that a thread of ours may need. It calls nothing of
 * ours; nor does SIGCANCEL, as cancellation is off.
 */
struct signals_saved signals_block(void)
{
    struct signals_saved l = {.inner = self.holds_signals};
    uint64_t of_program = ~SIGNALS_OF_LIBC;
    if (l.inner)
        return l;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &l.cancel);
    if (!sandbox_shut) /* libc's own stay blocked in a thread that has blocked them by a system call */
        syscall(SYS_rt_sigprocmask, SIG_BLOCK, &of_program, &l.mask, sizeof of_program);
    self.holds_signals = true;
    return l;
}

void signals_unblock(struct signals_saved l)
{
    if (l.inner)
        return;
    self.holds_signals = false;
    if (!sandbox_shut)
        syscall(SYS_rt_sigprocmask, SIG_SETMASK, &l.mask, NULL, sizeof l.mask);
    pthread_setcancelstate(l.cancel, NULL);
}

/* Its owner mostly releases it sooner than a sleep takes. */
static bool take_soon(void)
{
    enum { LOOKS = 100 };
    for (int i = 0; i < LOOKS; i++, arch_relax()) {
        uint32_t none = 0;
        if (atomic_load_explicit(&word, memory_order_relaxed) == 0 && atomic_compare_exchange_strong(&word, &none, 1))
            return true;
    }
    return false;
}

/*
 * In a child that is not watched: the thread was inside the library when its signal handler forked, and goes on in a
 * copy of the record. The owner of the raw lock does not exist here.
 */
static void leave_parent(void)
{
    static atomic_flag left = ATOMIC_FLAG_INIT;
    if (!atomic_flag_test_and_set(&left)) {
        raw_lock_leave_parent();
        atomic_store(&word, 0);
    }
}

struct signals_saved raw_lock_acquire(void)
{
    struct signals_saved l = signals_block();
    if (unlikely(fork_guard_is_foreign() && fork_guard.shut_in == 0))
        leave_parent();
    if (!take_soon()) {
        int error = errno;
        while (atomic_exchange(&word, 2) != 0)
            real.syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
        errno = error;
    }
    self.has_raw_lock = true;
    return l;
}

void raw_lock_release(struct signals_saved l)
{
    self.has_raw_lock = false;
    if (atomic_exchange(&word, 0) == 2)
        real.syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    signals_unblock(l);
}
