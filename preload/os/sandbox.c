#include "preload/os/sandbox.h"

#include "preload/os/door.h"
#include "preload/os/self.h"
#include "preload/process/process.h"
#include "preload/store/store.h"
#include "preload/wait/recheck.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

bool sandbox_shut;
static int first_mode;
static long first_filters;

/*
 * How many there are, -1 if the kernel does not tell (before Linux 5.9). By system calls alone, as libc's are
 * cancellation points, and in small pieces: the stack may be very small.
 */
static long filters(void)
{
    static const char key[] = "\nSeccomp_filters:\t";
    char piece[128];
    long n, count = -1;
    size_t met = 0;
    long fd = syscall(SYS_openat, AT_FDCWD, "/proc/self/status", O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && (n = syscall(SYS_read, fd, piece, sizeof piece)) > 0)
        for (long i = 0; i < n; i++)
            if (key[met] != 0)
                met = piece[i] == key[met] ? met + 1 : piece[i] == key[0];
            else if (piece[i] >= '0' && piece[i] <= '9')
                count = (count < 0 ? 0 : count) * 10 + (piece[i] - '0');
            else
                met = 0;
    if (fd >= 0)
        syscall(SYS_close, fd);
    return count;
}

void sandbox_start(void)
{
    first_mode = real.prctl(PR_GET_SECCOMP);
    if (first_mode == SECCOMP_MODE_FILTER)
        first_filters = filters();
}

bool sandbox_entered(void)
{
    if (sandbox_shut)
        return true;
    int mode = real.prctl(PR_GET_SECCOMP);
    return mode != first_mode || (mode == SECCOMP_MODE_FILTER && filters() != first_filters);
}

/* --- seen from within --- */

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

/* The child of a vfork has our memory, but is not us. */
bool sandbox_prepare(void)
{
    if (sandbox_shut || !door_started || door_is_foreign() || !process_is_us())
        return false;
    recheck_end();
    return true;
}

/* Other threads look at the door; those that are inside of the library just now do not. */
void sandbox_enter(const struct sock_fprog *filter)
{
    if (!may_kill(filter))
        return;
    sandbox_shut = true;
    door.shut_in = 1;
    door.open = 0;
    self.slot = NULL;
    if (ours.header != NULL)
        record_mark_incomplete(&ours, INCOMPLETE_SANDBOX);
}
