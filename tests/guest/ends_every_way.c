// expect: lock-order warning threads=2 locks=memory,disk
// args: crossed exit
// exit: 7
// stderr-has: lock-order

// A program that takes two locks in both orders (crossed), under a third one (guarded) or in one (ordered), and then
// ends in one of many ways, with 7. tests/scripts/exit_report tries them all.
#include "tests/order.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t memory = PTHREAD_MUTEX_INITIALIZER, disk = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t met;
static const char *order, *way;

static void nest(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
    pthread_mutex_lock(outer);
    pthread_mutex_lock(inner);
    pthread_mutex_unlock(inner);
    pthread_mutex_unlock(outer);
}

/* The first one and then the second one, while both are there. */
static void *save(void *unused)
{
    pthread_mutex_lock(&guard);
    nest(&memory, &disk);
    pthread_mutex_unlock(&guard);
    step();
    await_step(2);
    return unused;
}

static void *load(void *unused)
{
    await_step(1);
    if (strcmp(order, "guarded") == 0)
        pthread_mutex_lock(&guard);
    if (strcmp(order, "ordered") == 0)
        nest(&memory, &disk);
    else
        nest(&disk, &memory);
    if (strcmp(order, "guarded") == 0)
        pthread_mutex_unlock(&guard);
    step();
    if (strcmp(way, "thread") == 0) {
        pthread_barrier_wait(&met);
        _exit(7);
    }
    return unused;
}

static void *linger(void *unused)
{
    for (;;)
        nest(&memory, &disk);
    return unused;
}

static void end_here(int number)
{
    (void)number;
    _exit(7);
}

/* On a stack that has just room for it, and nothing below. */
static void end_in_handler(void)
{
    enum { PAGE = 4096, SIZE = 2 * PAGE };
    char *room = mmap(NULL, PAGE + SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t small = {.ss_sp = room + PAGE, .ss_size = SIZE};
    struct sigaction action = {.sa_handler = end_here, .sa_flags = SA_ONSTACK};
    mprotect(room + PAGE, SIZE, PROT_READ | PROT_WRITE);
    sigaltstack(&small, NULL);
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
}

static void end(void)
{
    pthread_t thread;
    pid_t pid = 0;
    int status;
    if (strcmp(way, "_exit") == 0)
        _exit(7);
    if (strcmp(way, "_Exit") == 0)
        _Exit(7);
    if (strcmp(way, "handler") == 0)
        end_in_handler();
    if (strcmp(way, "thread") == 0) {
        pthread_barrier_wait(&met);
        pause();
    }
    if (strcmp(way, "killed") == 0)
        raise(SIGKILL);
    if (strcmp(way, "abort") == 0)
        abort();
    if (strcmp(way, "closed") == 0)
        close(STDERR_FILENO);
    if (strcmp(way, "busy") == 0)
        for (int i = 0; i < 3; i++)
            pthread_create(&thread, NULL, linger, NULL);
    if (strcmp(way, "vfork") == 0 && (pid = vfork()) == 0) /* NOLINT(*vfork) */
        _exit(3);
    if (strcmp(way, "fork") == 0 && (pid = fork()) == 0) {
        nest(&memory, &disk); /* a record of its own, with nothing wrong in it */
        exit(3);
    }
    if (strcmp(way, "fork") == 0)
        waitpid(pid, &status, 0);
    if (strcmp(way, "daemon") == 0 && daemon(1, 1) == 0)
        nest(&memory, &disk); /* the parent ends in there, with 0 */
    if (strcmp(way, "exec") == 0)
        execl("/bin/sh", "sh", "-c", "exit 7", NULL);
    exit(7);
}

int main(int argc, char **argv)
{
    pthread_t a, b;
    order = argc > 1 ? argv[1] : "crossed";
    way = argc > 2 ? argv[2] : "exit";
    pthread_barrier_init(&met, NULL, 2);
    pthread_create(&a, NULL, save, NULL);
    pthread_create(&b, NULL, load, NULL);
    pthread_join(a, NULL);
    if (strcmp(way, "thread") != 0)
        pthread_join(b, NULL);
    puts("done");
    fflush(stdout);
    end();
}
