#include "preload/os/sandbox.h"

#include <fcntl.h>
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
