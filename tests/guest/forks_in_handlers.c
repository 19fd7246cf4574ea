// expect: none
// stdout-same: yes
// limit: 40

// A signal handler forks at any instruction, in the library and outside, by libc and by a bare system call, and the
// child returns from it: it goes on with whatever was interrupted, and ends with 0.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FORKS = 120 };

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static sem_t never;
static volatile sig_atomic_t forks, is_child, bad;

static void fork_and_return(int number)
{
    int status = 1;
    (void)number;
    if (is_child || forks == FORKS)
        return;
    pid_t pid = ++forks % 2 != 0 ? fork() : (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) {
        is_child = 1;
        return;
    }
    waitpid(pid, &status, 0);
    bad += status != 0;
}

static void nest(pthread_mutex_t *m)
{
    pthread_mutex_init(m, NULL);
    pthread_mutex_lock(&a);
    pthread_mutex_lock(m);
    pthread_mutex_unlock(m);
    pthread_mutex_unlock(&a);
    pthread_mutex_destroy(m);
}

/* Blocked, but not for good. */
static void wait_a_little(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_nsec += 400000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    sem_timedwait(&never, &time);
}

/* So that there is a lock of another thread, too. */
static void *other(void *unused)
{
    static pthread_mutex_t m;
    for (int i = 0; i < 100; i++)
        nest(&m);
    return unused;
}

/* No handler meanwhile: fork takes malloc's lock, which libc may hold as it makes a thread or ends it. */
static void run_other(void)
{
    pthread_t thread;
    sigset_t alarm;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarm, NULL);
    if (pthread_create(&thread, NULL, other, NULL) == 0)
        pthread_join(thread, NULL);
    pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
}

int main(void)
{
    static pthread_mutex_t many[64];
    const struct itimerval often = {{0, 300}, {0, 300}};
    struct sigaction action;

    sem_init(&never, 0, 0);
    memset(&action, 0, sizeof action);
    action.sa_handler = fork_and_return;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    for (unsigned i = 0; forks < FORKS && !is_child; i++) {
        nest(&many[i % 64]);
        if (i % 200 == 0)
            wait_a_little();
        if (i == 5000)
            run_other();
    }
    for (unsigned i = 0; is_child && i < 64; i++)
        nest(&many[i]);
    if (!is_child)
        printf("%d of %d ended badly\n", (int)bad, (int)forks);
    fflush(stdout);
    _exit(bad != 0);
}
