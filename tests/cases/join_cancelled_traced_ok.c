// expect: none
// limit: 20

// A thread is cancelled and does not get to know, as a child traces it and stops it for a while: nobody runs outside of
// the cycle, and yet it ends. Where tracing is not allowed it ends at once.
#define _GNU_SOURCE
#include "tests/order.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_t other;
static pid_t joiner_tid;

static void *needs(void *x)
{
    step();
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    return x;
}

static void *joins(void *x)
{
    joiner_tid = (pid_t)syscall(SYS_gettid);
    step();
    pthread_join(other, NULL);
    return x;
}

/* The kernel lets the thread go when its tracer ends. Runs in a child. */
static void hold(int said)
{
    int status;
    if (ptrace(PTRACE_SEIZE, joiner_tid, NULL, NULL) == 0 && ptrace(PTRACE_INTERRUPT, joiner_tid, NULL, NULL) == 0)
        waitpid(joiner_tid, &status, __WALL);
    if (write(said, "", 1) == 1)
        sleep(4);
    _exit(0);
}

int main(void)
{
    pthread_t joiner;
    int said[2];
    char byte;
    if (pipe(said) != 0)
        return 1;
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    pthread_mutex_lock(&m);
    pthread_create(&other, NULL, needs, NULL);
    pthread_create(&joiner, NULL, joins, NULL);
    await_step(2);
    await_waiters(&m, 1);
    await_joiners(other, 1);
    pid_t child = fork();
    if (child == 0)
        hold(said[1]);
    if (read(said[0], &byte, 1) != 1)
        return 1;
    pthread_cancel(joiner);
    pthread_join(joiner, NULL);
    pthread_mutex_unlock(&m);
    pthread_join(other, NULL);
    waitpid(child, NULL, 0);
    return 0;
}
