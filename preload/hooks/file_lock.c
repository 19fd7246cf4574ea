/*
 * Locks of files: flock, lockf, and fcntl where it waits. Those of fcntl belong to the process, so a thread waits for
 * another process there; those of flock to an open file, and so to the thread that acquired it.
 */
#include "preload/lock/file_locks.h"
#include "preload/thread/thread.h"
#include "preload/wait/wait.h"

#include <fcntl.h>
#include <stdarg.h>
#include <sys/file.h>
#include <unistd.h>

#undef lockf64 /* of musl a macro */

/* `try_it` is the call that does not wait, `wait` the one that does: by what they are asked for. */
struct file_call {
    int (*really)(const struct file_call *x, int command);
    int fd, try_it, wait;
    bool cancels;
    uint64_t argument;
    int result, error;
};

static int wait_really(void *call)
{
    struct file_call *x = call;
    x->result = x->really(x, x->wait);
    x->error = errno;
    return 0;
}

/* The thread is watched. Returns what the call returned, with its errno. */
static int run(struct file_call *x, const struct call *call)
{
    int error = errno;
    if (x->cancels)
        pthread_testcancel(); /* a cancellation point, even if it need not wait */
    x->result = x->really(x, x->try_it);
    if (x->result != 0 && (errno == EAGAIN || errno == EACCES) && call->address != 0) {
        const struct wait w = {.call = *call, .block = wait_really, .argument = x};
        errno = error;
        file_locks_name(call->address, x->fd);
        errno = error;
        wait_run(&w);
        errno = x->result != 0 ? x->error : error;
    } else if (x->result != 0 && (errno == EAGAIN || errno == EACCES)) {
        errno = error;
        x->result = x->really(x, x->wait);
    }
    return x->result;
}

static uint64_t address_of(int fd, enum file_lock_type type)
{
    int error = errno;
    uint64_t address = file_locks_address(fd, type);
    errno = error;
    return address;
}

/* --- flock --- */

static int flock_really(const struct file_call *x, int operation)
{
    return real.flock(x->fd, operation);
}

EXPORT int flock(int fd, int operation)
{
    if (thread_watched() == NULL)
        return real.flock(fd, operation);
    uint64_t address = address_of(fd, FILE_LOCK_WHOLE);
    struct file_call x = {
        .really = flock_really, .fd = fd, .try_it = operation | LOCK_NB, .wait = operation, .result = -1};
    if ((operation & (LOCK_NB | LOCK_UN)) != 0)
        x.result = real.flock(fd, operation);
    else
        run(&x, &CALL_ABOUT(address, KIND_FILELOCK));
    if (x.result != 0 || address == 0 || self.own == NULL)
        return x.result;
    if ((operation & LOCK_UN) != 0)
        file_locks_released(address, fd);
    else
        file_locks_acquired(address, fd, (operation & LOCK_SH) != 0);
    return x.result;
}

/* --- fcntl --- */

static int fcntl_really(const struct file_call *x, int command)
{
    return real.fcntl(x->fd, command, x->argument);
}

/* Other commands have passed. */
static int lock_range(int fd, int command, uint64_t argument, const struct call *call)
{
    struct file_call x = {.really = fcntl_really,
                          .fd = fd,
                          .try_it = command == F_SETLKW ? F_SETLK : F_OFD_SETLK,
                          .wait = command,
                          .cancels = true,
                          .argument = argument};
    return run(&x, call);
}

#define IS_WAIT(command) (unlikely((command) == F_SETLKW || (command) == F_OFD_SETLKW) && thread_watched() != NULL)

EXPORT int fcntl(int fd, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    uint64_t argument = va_arg(arguments, uint64_t);
    va_end(arguments);
    if (IS_WAIT(command))
        return lock_range(fd, command, argument, &CALL_ABOUT(address_of(fd, FILE_LOCK_RANGE), KIND_FILELOCK));
    return real.fcntl(fd, command, argument);
}

extern __typeof__(fcntl) fcntl64 __attribute__((alias("fcntl"), visibility("default")));

/* --- lockf --- */

static int lockf_really(const struct file_call *x, int command)
{
    return real.lockf(x->fd, command, (off_t)x->argument);
}

EXPORT int lockf(int fd, int command, off_t size)
{
    struct file_call x = {.really = lockf_really,
                          .fd = fd,
                          .try_it = F_TLOCK,
                          .wait = F_LOCK,
                          .cancels = true,
                          .argument = (uint64_t)size};
    if (command != F_LOCK || thread_watched() == NULL)
        return real.lockf(fd, command, size);
    return run(&x, &CALL_ABOUT(address_of(fd, FILE_LOCK_RANGE), KIND_FILELOCK));
}

extern __typeof__(lockf) lockf64 __attribute__((alias("lockf"), visibility("default")));
