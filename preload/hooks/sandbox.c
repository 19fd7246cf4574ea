/*
 * The calls by which a program installs a filter for system calls: prctl, and syscall (hooks/syscall.c), which
 * libseccomp uses. All other uses of them are passed on unchanged.
 */
#include "preload/os/sandbox.h"
#include "preload/hooks/hooks.h"
#include "preload/store/recording.h"
#include "preload/store/store.h"
#include "preload/wait/recheck.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* Whether some system call may end the process: what is neither allowed nor refused with an error. */
static bool may_kill(const struct sock_fprog *filter)
{
    if (filter == NULL)
        return true;
    for (unsigned i = 0; i < filter->len; i++) {
        const struct sock_filter *f = &filter->filter[i];
        uint32_t action = f->k & SECCOMP_RET_ACTION_FULL;
        if (BPF_CLASS(f->code) == BPF_RET &&
            (BPF_RVAL(f->code) != BPF_K ||
             (action != SECCOMP_RET_ALLOW && action != SECCOMP_RET_ERRNO && action != SECCOMP_RET_LOG)))
            return true;
    }
    return false;
}

/* The calling thread is about to install a filter. True: call enter_sandbox when it has. */
static bool prepare_for_sandbox(void)
{
    if (sandbox_shut || !fork_guard_started || fork_guard_is_foreign() || !recording_is_us())
        return false;
    recheck_end();
    return true;
}

/* `filter`: NULL if the thread may make a few calls only. Other threads stop being watched with their next call. */
static void enter_sandbox(const struct sock_fprog *filter)
{
    if (!may_kill(filter))
        return;
    sandbox_shut = true;
    fork_guard.shut_in = 1;
    fork_guard.open = 0;
    self.slot = NULL;
    if (ours.header != NULL)
        record_mark_incomplete(&ours, INCOMPLETE_SANDBOX);
}

static long entered(long result, const void *filter)
{
    if (result >= 0)
        enter_sandbox(filter);
    return result;
}

/* A call without a filter only asks whether the kernel has such filters. */
static bool is_entering(bool strict, unsigned long filter)
{
    return (strict || filter != 0) && prepare_for_sandbox();
}

EXPORT int prctl(int option, ...)
{
    unsigned long a[4];
    va_list args;
    va_start(args, option);
    for (int i = 0; i < 4; i++)
        a[i] = va_arg(args, unsigned long);
    va_end(args);
    bool strict = a[0] == SECCOMP_MODE_STRICT;
    if (unlikely(option == PR_SET_SECCOMP) && is_entering(strict, a[1]))
        return (int)entered(real.prctl(option, a[0], a[1], a[2], a[3]), strict ? NULL : (const void *)a[1]);
    return real.prctl(option, a[0], a[1], a[2], a[3]);
}

/* A system call that may install a filter. */
typedef unsigned long word;
long hook_seccomp(long number, word a, word b, word c) HIDDEN;

long hook_seccomp(long number, word a, word b, word c)
{
    bool by_prctl = number == SYS_prctl;
    bool strict = by_prctl ? b == SECCOMP_MODE_STRICT : a == SECCOMP_SET_MODE_STRICT;
    bool known = strict || (by_prctl ? b == SECCOMP_MODE_FILTER : a == SECCOMP_SET_MODE_FILTER);
    if (known && is_entering(strict, c))
        return entered(real.syscall(number, a, b, c, 0ul), strict ? NULL : (const void *)c);
    return real.syscall(number, a, b, c, 0ul);
}
