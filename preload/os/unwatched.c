#include "preload/os/unwatched.h"

#include "preload/os/options.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* Growing a file beyond RLIMIT_FSIZE raises a SIGXFSZ, which is not the program's. */
static void swallow_sigxfsz(void)
{
    uint64_t set = 1ull << (SIGXFSZ - 1);
    const struct timespec none = {0, 0};
    syscall(SYS_rt_sigtimedwait, &set, NULL, &none, sizeof set);
}

static struct iovec zero_ended(const char *text)
{
    return (struct iovec){(void *)(uintptr_t)text, strlen(text) + 1};
}

/* In one write, so that those of several processes do not mingle; no signal comes in between. */
static void append(char sign, const char *path, const char *why)
{
    const struct iovec entry[] = {{&sign, 1}, zero_ended(path), zero_ended(why)};
    const int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    uint64_t all = ~(uint64_t)0, mask;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &mask, sizeof all);
    long fd = syscall(SYS_openat, AT_FDCWD, options.unwatched, flags);
    if (fd >= 0) {
        if (syscall(SYS_writev, fd, entry, sizeof entry / sizeof *entry) < 0 && errno == EFBIG)
            swallow_sigxfsz();
        syscall(SYS_close, fd);
    }
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
}

static void say(char sign, const char *path, const char *why)
{
    int error = errno;
    if (path == NULL)
        path = (const char *)(uintptr_t)getauxval(AT_EXECFN);
    if (options.unwatched[0] != 0 && path != NULL)
        append(sign, path, why);
    errno = error;
}

void unwatched_note(const char *path, const char *why)
{
    say('+', path, why);
}

void unwatched_withdraw(const char *path, const char *why)
{
    say('-', path, why);
}

/* Also by the file's mode, which takes no room on a disk that may be full. */
void unwatched_not(void)
{
    int error = errno;
    if (options.unwatched[0] != 0)
        syscall(SYS_fchmodat, AT_FDCWD, options.unwatched, 0722); /* preload/os/unwatched.h */
    errno = error;
    say('=', "", "");
}
