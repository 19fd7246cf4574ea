#include "preload/output/analyzer_call.h"

#include "preload/os/loaded.h"
#include "preload/os/log.h"
#include "preload/os/raw_lock.h"
#include "preload/os/sandbox.h"
#include "preload/store/store.h"
#include "preload/store/suppression.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char library[PATH_MAX]; /* its path, where the loader has a relative one; else "" */

static const char *loaded_as(void)
{
    const struct link_map *m = loaded_at(library);
    return m != NULL ? m->l_name : "";
}

void analyzer_call_find(void)
{
    char whole[PATH_MAX];
    const char *path = loaded_as();
    if (path[0] != '/' && path[0] != 0 && realpath(path, whole) != NULL)
        memcpy(library, whole, strlen(whole) + 1);
}

/* Beside a path of the library, as built and as installed; or in bin/ next to lib/. */
static bool find_near(const char *own, char *path, size_t room)
{
    static const char *const places[] = {"%.*s/lockwatch", "%.*s/../bin/lockwatch"};
    const char *slash = strrchr(own, '/');
    for (unsigned i = 0; i < 2 && own[0] == '/'; i++)
        if (snprintf(path, room, places[i], (int)(slash - own), own) < (int)room && access(path, X_OK) == 0)
            return true;
    return false;
}

/* As realpath, which needs more stack than a handler may have. */
static bool follow(const char *path, char *whole, size_t room)
{
    char link[40];
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return false;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, whole, room - 1);
    syscall(SYS_close, fd);
    whole[n > 0 ? n : 0] = 0;
    return n > 0;
}

/* What was loaded may be a link to the library. */
static bool find_analyzer(char *path, size_t room)
{
    static char whole[PATH_MAX]; /* one call at a time */
    const char *own = library[0] != 0 ? library : loaded_as();
    return (follow(own, whole, sizeof whole) && find_near(whole, path, room)) || find_near(own, path, room);
}

/*
 * A child that executes another program becomes a common one: the kernel sends SIGCHLD at its end, whatever it was
 * cloned with. So the helper is a grandchild; the child between, which executes nothing, is passed over by wait().
 */
struct helper {
    const char *path;
    const char *const *arguments;
    int log;
    int patience; /* in units of 2 ms */
    char *stack;  /* its end; of the grandchild, until it executes */
};

/* Wait until a child has ended, at most so many times 2 ms; then it is killed. Its exit status, or -1. */
static int reap(pid_t pid, int patience)
{
    const struct timespec moment = {0, 2000000};
    int status = -1;
    for (int i = 0;; i++) {
        long n = syscall(SYS_wait4, pid, &status, __WALL | WNOHANG, NULL);
        if (n != 0)
            return n == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        if (i == patience)
            syscall(SYS_kill, pid, SIGKILL);
        syscall(SYS_nanosleep, &moment, NULL);
    }
}

static int run_grandchild(void *argument)
{
    const struct helper *e = argument;
    const char *const environment[] = {"PATH=/usr/bin:/bin", NULL};
    syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* it ends with the child, should that be killed */
    syscall(SYS_execve, e->path, e->arguments, environment);
    syscall(SYS_exit_group, 127);
    return 0;
}

/* dup2, which newer processors do not have. */
static bool copy_to(int from, int to)
{
    return from == to || syscall(SYS_dup3, from, to, 0) == to;
}

/* Before Linux 5.9 one by one, as far as descriptors go by default, or the limit allows. */
static bool close_from(unsigned first)
{
    enum { CLOSE_RANGE = 436, MOST = 4096 }; /* the number, on all processors */
    struct rlimit limit = {0};
    if (syscall(CLOSE_RANGE, first, ~0u, 0u) == 0)
        return true;
    if (errno != ENOSYS || syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) != 0 || limit.rlim_cur > MOST)
        return false;
    for (unsigned fd = first; fd < limit.rlim_cur; fd++)
        syscall(SYS_close, fd);
    return true;
}

/* It shares our memory and runs beside us: system calls only. */
static int run_child(void *argument)
{
    const struct helper *e = argument;
    const struct {
        void *handler;
        unsigned long flags, restorer;
        uint64_t mask;
    } by_default = {NULL, 0, 0, 0};
    syscall(SYS_rt_sigaction, SIGCHLD, &by_default, NULL,
            sizeof by_default.mask);               /* ignored, its child would be reaped by the kernel */
    bool apart = e->log < 0 || copy_to(e->log, 1); /* from the program's output */
    syscall(SYS_close, 0);
    syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR, 0);
    if (e->log < 0)
        apart = copy_to(0, 1);
    apart = apart && copy_to(1, 2);
    int status = 127;
    if (apart && close_from(3)) {
        pid_t pid = clone(run_grandchild, e->stack, CLONE_VM | CLONE_VFORK | SIGCHLD, argument);
        status = pid > 0 ? reap(pid, e->patience) : 127;
    }
    syscall(SYS_exit_group, status);
    return 0;
}

enum analyzer_call analyzer_call(const char *what, const char *way)
{
    enum { STACK = 64 * 1024, LIVE = 5000, END = 3000 /* a process waits to end */, AFTER = 1000 };
    static char path[PATH_MAX]; /* one call at a time, and perhaps on a very small stack */
    if (store_path() == NULL || sandbox_entered() || !find_analyzer(path, sizeof path))
        return ANALYZER_FAILED;
    const char *const arguments[] = {"lockwatch", "live-report", store_path(), what, way, NULL};
    struct helper helper = {path, arguments, log_open(), strcmp(what, "--end") == 0 ? END : LIVE, NULL};
    if (helper.log < 0 && !suppression_any() && strcmp(what, "--child") != 0 && strcmp(what, "--processes") != 0)
        return ANALYZER_PRINTED; /* there is no log, and no need to know whether it is suppressed */
    char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) {
        log_close(helper.log);
        return ANALYZER_FAILED;
    }
    struct signals_saved l = signals_block();
    helper.stack = stack + STACK / 2;
    pid_t pid = clone(run_child, stack + STACK, CLONE_VM, &helper); /* no exit signal: see struct helper */
    signals_unblock(l);
    int status = pid > 0 ? reap(pid, helper.patience + AFTER) : -1;
    munmap(stack, STACK);
    log_close(helper.log);
    static const enum analyzer_call by_status[] = {ANALYZER_PRINTED, ANALYZER_SUPPRESSED, ANALYZER_FAILED,
                                                   ANALYZER_FAILED, ANALYZER_CERTAIN};
    return status >= 0 && status < (int)(sizeof by_status / sizeof by_status[0]) ? by_status[status] : ANALYZER_FAILED;
}
