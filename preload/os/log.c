#include "preload/os/log.h"

#include "preload/os/fork_zeroed.h"
#include "preload/os/raw_lock.h"
#include "preload/os/sandbox.h"
#include "report/printable.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct log_to log_to SMALL;
static struct stat first_stderr SMALL;

void log_start(void)
{
    if (fstat(STDERR_FILENO, &first_stderr) != 0)
        first_stderr.st_nlink = 0;
}

/*
 * Whether descriptor 2 still is somebody's stderr. A program that closed it may have opened a file or a connection in
 * its place: then only a file that it appends to, a terminal, a pipe or a device passes.
 */
static bool stderr_is_ours(void)
{
    struct stat now;
    if (fstat(STDERR_FILENO, &now) != 0)
        return false;
    if (first_stderr.st_nlink != 0 && now.st_dev == first_stderr.st_dev && now.st_ino == first_stderr.st_ino)
        return true;
    if (S_ISREG(now.st_mode))
        return (fcntl(STDERR_FILENO, F_GETFL) & O_APPEND) != 0;
    return S_ISCHR(now.st_mode) || S_ISFIFO(now.st_mode);
}

/* A FIFO that nobody reads is refused; nobody is to wait for a reader. Libc's open and close are cancellation points.
 */
static int open_file(void)
{
    enum { FLAGS = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY };
    int fd = (int)syscall(SYS_openat, AT_FDCWD, log_to.path, FLAGS | O_CREAT | O_NONBLOCK, 0600);
    if (fd >= 0)
        syscall(SYS_fcntl, fd, F_SETFL, O_APPEND);
    return fd;
}

void log_check(void)
{
    struct stat st;
    char folder[PATH_MAX];
    bool exists = log_to.what == LOG_FILE && stat(log_to.path, &st) == 0;
    if (log_to.what != LOG_FILE)
        return;
    errno = exists && S_ISDIR(st.st_mode) ? EISDIR : exists && S_ISSOCK(st.st_mode) ? ENXIO : 0;
    if (errno == 0 && exists && access(log_to.path, W_OK) == 0)
        return;
    const char *slash = strrchr(log_to.path, '/');
    size_t size = slash == NULL ? 0 : (size_t)(slash - log_to.path) + 1;
    memcpy(folder, log_to.path, size);
    memcpy(folder + size, ".", 2);
    if (!exists && access(folder, W_OK | X_OK) == 0)
        return;
    int error = errno;
    log_to.what = LOG_STDERR;
    log_line("option log: %s: %s, ignored", log_to.path, strerror(error));
}

/* A line of ours, of at most `room` bytes. What may not reach a terminal is escaped. */
static size_t compose(char *line, size_t room, const char *format, va_list args)
{
    static const char start[] = "lockwatch: ";
    char text[1000]; /* the stack may be small */
    size_t size = sizeof start - 1, taken;
    int n = vsnprintf(text, sizeof text, format, args);
    if (n < 0)
        return 0;
    memcpy(line, start, size);
    size += printable_write(line + size, room - size - 1, text, strlen(text), &taken);
    line[size] = '\n';
    return size + 1;
}

static void write_line(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void write_line(int fd, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    syscall(SYS_write, fd, line, compose(line, sizeof line, format, args));
    va_end(args);
}

/* What the file does not take goes to stderr, with the reason said once. */
int log_open(void)
{
    static atomic_flag said = ATOMIC_FLAG_INIT;
    if (log_to.what == LOG_NONE || sandbox_shut)
        return -1;
    int fd = log_to.what == LOG_FILE ? open_file() : -1;
    if (fd >= 0)
        return fd;
    int error = errno;
    fd = stderr_is_ours() ? STDERR_FILENO : -1;
    if (fd >= 0 && log_to.what == LOG_FILE && !atomic_flag_test_and_set(&said))
        write_line(fd, "option log: %s: %s", log_to.path, strerror(error));
    return fd;
}

void log_close(int fd)
{
    if (log_to.what == LOG_FILE && fd >= 0 && fd != STDERR_FILENO)
        syscall(SYS_close, fd);
}

/* Take a SIGPIPE of our own away again, so that it does not kill the program when signals are let in. */
static void swallow_sigpipe(void)
{
    uint64_t set = 1ull << (SIGPIPE - 1);
    struct timespec none = {0, 0};
    syscall(SYS_rt_sigtimedwait, &set, NULL, &none, sizeof set);
}

unsigned log_width(void)
{
    enum { NARROWEST = 20 };
    struct winsize size = {.ws_col = 0};
    int fd = log_to.what == LOG_STDERR ? log_open() : -1;
    if (fd < 0 || syscall(SYS_ioctl, fd, TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_col < NARROWEST ? 0 : size.ws_col;
}

void log_text(const char *text, size_t size)
{
    int error = errno;
    if (sandbox_shut)
        return;
    struct signals_saved l = signals_block();
    uint64_t pending = 0;
    syscall(SYS_rt_sigpending, &pending, sizeof pending);
    int fd = log_open();
    while (fd >= 0 && size > 0) {
        long n = syscall(SYS_write, fd, text, size);
        if (n < 0 && errno == EPIPE && (pending & 1ull << (SIGPIPE - 1)) == 0)
            swallow_sigpipe();
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        text += n, size -= (size_t)n;
    }
    log_close(fd);
    signals_unblock(l);
    errno = error;
}

void log_line(const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    size_t size = compose(line, sizeof line, format, args);
    va_end(args);
    log_text(line, size);
}

static atomic_flag telling FORK_ZEROED;

bool log_lock(unsigned patience)
{
    const struct timespec moment = {0, 1000000};
    for (unsigned i = 0; atomic_flag_test_and_set(&telling); i++) {
        if (i == patience)
            return false;
        syscall(SYS_nanosleep, &moment, NULL);
    }
    return true;
}

void log_unlock(void)
{
    atomic_flag_clear(&telling);
}
