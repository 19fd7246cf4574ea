// expect: none

// Other programs are started, by fork and exec, vfork, posix_spawn and system, while a thread holds a lock
// that another wants.
#define _GNU_SOURCE
#include <pthread.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t held;
extern char **environ;

static void *holder(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_barrier_wait(&held);
    usleep(300000);
    pthread_mutex_unlock(&m);
    return arg;
}

static void *waiter(void *arg)
{
    pthread_barrier_wait(&held);
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    return arg;
}

static int result_of(pid_t pid)
{
    int status = 1;

    waitpid(pid, &status, 0);
    return status;
}

static int by_fork(char *const arguments[])
{
    pid_t pid = fork();

    if (pid == 0) {
        execv("/bin/true", arguments);
        _exit(1);
    }
    return result_of(pid);
}

static int by_vfork(char *const arguments[])
{
    pid_t pid = vfork();

    if (pid == 0) {
        execv("/bin/true", arguments);
        _exit(1);
    }
    return result_of(pid);
}

static int by_spawn(char *const arguments[])
{
    pid_t pid;

    return posix_spawn(&pid, "/bin/true", NULL, NULL, arguments, environ) || result_of(pid);
}

int main(void)
{
    char name[] = "true";
    char *const arguments[] = {name, NULL};
    pthread_t threads[2];
    int failed;

    pthread_barrier_init(&held, NULL, 3);
    pthread_create(&threads[0], NULL, holder, NULL);
    pthread_create(&threads[1], NULL, waiter, NULL);
    pthread_barrier_wait(&held);
    failed = by_fork(arguments) || by_vfork(arguments) || by_spawn(arguments) || system("exit 0") != 0;
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return failed;
}
