/*
 * The calls by which a program puts a filter for system calls on: prctl, and the bare system calls, as libseccomp makes
 * them. All else that comes by them goes on as it is.
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

/* What is not refused, and not allowed, is for somebody else to decide: it may be the end. */
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

/* The calling thread is about to put a filter on. True: say so when it has. */
static bool prepare(void)
{
    if (sandbox_shut || !fork_guard_started || fork_guard_is_foreign() || !recording_is_us())
        return false;
    recheck_end();
    return true;
}

/* `filter` is NULL if nothing but a few calls is left to the thread. Other threads look at the door; those that are
 * inside of the library just now do not. */
static void enter(const struct sock_fprog *filter)
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
        enter(filter);
    return result;
}

/* Without a filter, who asks wants to know whether the kernel knows of such things. */
static bool is_entering(bool strict, unsigned long filter)
{
    return (strict || filter != 0) && prepare();
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

/* What there is to a call that may put a filter on. */
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

/*
 * All other bare calls pass through as they came, with what is in registers and on the stack: nobody knows how many
 * arguments there are, and the child of a vfork returns from here before its parent does.
 */
__attribute__((used)) static void passage(void)
{
    __asm__ volatile(".pushsection .text\n"
                     ".globl syscall\n"
                     ".type syscall, @function\n"
                     "syscall:\n"
                     "cmp %[seccomp], %%rdi\n"
                     "je hook_seccomp\n"
                     "cmp %[prctl], %%rdi\n"
                     "jne 1f\n"
                     "cmp %[set], %%rsi\n"
                     "je hook_seccomp\n"
                     "1: jmp *(real + %c[next])(%%rip)\n"
                     ".size syscall, . - syscall\n"
                     ".popsection"
                     :
                     : [seccomp] "i"(SYS_seccomp), [prctl] "i"(SYS_prctl), [set] "i"(PR_SET_SECCOMP),
                       [next] "i"(offsetof(struct real, syscall)));
}
