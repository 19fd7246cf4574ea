#include "preload/wait/fork_children.h"

#include "preload/os/clock.h"
#include "preload/os/fork_zeroed.h"
#include "preload/os/log.h"
#include "preload/os/proc_file.h"
#include "preload/os/sandbox.h"
#include "preload/output/analyzer_call.h"
#include "preload/store/recording.h"
#include "preload/thread/thread.h"
#include "preload/wait/recheck.h"
#include "record/number.h"

#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CHILDREN = 8 };

struct child {
    _Atomic pid_t pid; /* 0: none; the rest is of the thread that looks */
    pid_t known;       /* whose these are: */
    uint64_t since;    /* when it was seen first */
    uint64_t lock;     /* where it sleeps; 0: it does not */
};

static struct child children[CHILDREN] FORK_ZEROED;
static _Atomic unsigned added FORK_ZEROED;

void fork_children_add(pid_t pid)
{
    if (recording != RECORDING_ON || thread_living() < 2)
        return;
    children[atomic_fetch_add(&added, 1) % CHILDREN].pid = pid;
    recheck_ask_later();
}

/* Whether it is still a copy of this process, with one thread, by /proc/PID/stat. */
static bool is_copy(pid_t pid)
{
    enum { STATE = 3, PARENT = 4, FLAGS = 9, THREADS = 20, NO_EXEC = 0x40 /* PF_FORKNOEXEC in the kernel */ };
    char path[40], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    char *at = proc_file_read(path, text, sizeof text) ? strrchr(text, ')') : NULL;
    for (int field = STATE; at != NULL && field <= THREADS; field++) {
        at = strchr(at + 1, ' ');
        const long number = at == NULL ? 0 : (long)number_read(at + 1, NULL, 10);
        if ((field == STATE && at != NULL && (at[1] == 'Z' || at[1] == 'X')) ||
            (field == PARENT && number != getpid()) || (field == FLAGS && (number & NO_EXEC) == 0) ||
            (field == THREADS && number != 1))
            return false;
    }
    return at != NULL;
}

/*
 * The lock of libc's own at which it sleeps (lowlevellock.h): 2, waited for without a time-out, in memory of its own. A
 * mutex has such a lock inside, too; but a child that waits for a mutex begins a record, and says so itself.
 */
static uint64_t lock_of(pid_t pid)
{
    enum { ADDRESS, OPERATION, VALUE, TIME, ARGUMENTS };
    uint64_t argument[ARGUMENTS];
    char path[40], text[256];
    const char *at;
    snprintf(path, sizeof path, "/proc/%d/syscall", pid);
    if (!proc_file_read(path, text, sizeof text) || number_read(text, &at, 10) != SYS_futex || at == text)
        return 0;
    for (int i = 0; i < ARGUMENTS; i++)
        argument[i] = number_read(at, &at, 16);
    return (argument[OPERATION] & 0xffffffff) == FUTEX_WAIT_PRIVATE && (uint32_t)argument[VALUE] == 2 &&
                   argument[TIME] == 0
               ? argument[ADDRESS]
               : 0;
}

/* False: another finding is being reported just now. */
static bool report(pid_t pid)
{
    enum { PATIENCE = 1000 };
    char number[16];
    if (!log_lock(PATIENCE))
        return false;
    snprintf(number, sizeof number, "%d", pid);
    if (analyzer_call("--child", number) == ANALYZER_FAILED && is_copy(pid))
        log_line("process %d, a child that was forked while several threads ran, waits for a lock inside libc that was "
                 "locked then: it is never released there; see 'lockwatch attach %d'",
                 pid, pid);
    log_unlock();
    return true;
}

/* Whether it may come to stand later. */
static bool look_at(struct child *c, pid_t pid)
{
    const uint64_t young = 10000 * 1000000ull;
    const uint64_t now = clock_now(), before = c->known == pid ? c->lock : 0;
    const uint64_t lock = is_copy(pid) ? lock_of(pid) : 0;
    if (c->known != pid)
        c->since = now;
    c->known = pid;
    c->lock = lock;
    if (lock != 0 && lock == before ? !report(pid) : now - c->since < young && is_copy(pid))
        return true;
    atomic_compare_exchange_strong(&c->pid, &pid, 0);
    return false;
}

bool fork_children_look(void)
{
    bool open = false;
    int error = errno;
    for (unsigned i = 0; i < CHILDREN && !sandbox_shut; i++) {
        pid_t pid = children[i].pid;
        open |= pid != 0 && look_at(&children[i], pid);
    }
    errno = error;
    return open;
}
