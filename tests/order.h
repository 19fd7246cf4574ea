/*
 * Order between the threads of a test program, without a sleep that a busy machine makes too short, and without a call
 * that lockwatch sees: it would take a semaphore for happens-before, or for a waker.
 *
 *   step(), await_step(n)          threads count steps, and wait until there were n of them
 *   await_waiters(&lock, n)        until n threads of this process are asleep in a futex of that lock. The kernel says
 *                                  in which futex a thread sleeps, so a thread that is about to wait does not count
 *   await_joiners(thread, n)       likewise in the join of a thread
 *
 * They leave errno as it was, take no lock, and are no cancellation points. A test that gets nowhere in them is ended
 * by its time limit.
 */
#ifndef TESTS_ORDER_H
#define TESTS_ORDER_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int order_steps;

__attribute__((unused)) static void step(void)
{
    __atomic_add_fetch(&order_steps, 1, __ATOMIC_SEQ_CST);
}

__attribute__((unused)) static void await_step(int count)
{
    while (__atomic_load_n(&order_steps, __ATOMIC_SEQ_CST) < count)
        sched_yield();
}

/* The system call in which a thread of this process sleeps, and its first argument; -1: it runs, or is not there. */
__attribute__((unused)) static long order_call(const char *tid, unsigned long *argument)
{
    char name[64], line[256];
    ssize_t length;
    int fd;
    snprintf(name, sizeof name, "/proc/self/task/%.20s/syscall", tid);
    fd = (int)syscall(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC);
    length = syscall(SYS_read, fd, line, sizeof line - 1);
    syscall(SYS_close, fd);
    *argument = 0;
    if (length <= 0)
        return -1;
    line[length] = 0;
    char *end;
    long call = strtol(line, &end, 10); /* "running" has none */
    if (end == line)
        return -1;
    *argument = strtoul(end, NULL, 0);
    return call;
}

/* How many threads of this process sleep in a futex between two addresses. */
static int order_asleep(unsigned long from, unsigned long to)
{
    char room[4096];
    int count = 0, fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (long size; (size = syscall(SYS_getdents64, fd, room, sizeof room)) > 0;)
        for (long at = 0; at < size; at += ((struct dirent *)(room + at))->d_reclen) {
            const char *tid = ((struct dirent *)(room + at))->d_name;
            unsigned long address;
            long call = tid[0] == '.' ? -1 : order_call(tid, &address);
            count += call == SYS_futex && from <= address && address < to;
        }
    syscall(SYS_close, fd);
    return count;
}

__attribute__((unused)) static void order_await(const volatile void *from, size_t size, int count)
{
    int error = errno;
    while (order_asleep((unsigned long)from, (unsigned long)from + size) < count)
        sched_yield();
    errno = error;
}

#ifdef __GLIBC__
#define waiters(lock) order_asleep((unsigned long)(lock), (unsigned long)((lock) + 1))
#else
/* Those of musl's conditions sleep at a word of their own, in a list that begins in the condition; those of its
 * barriers on the stack of the first one. Who sleeps and counts is no more than who is in the list. */
__attribute__((unused)) static int order_asleep_on_condition(const pthread_cond_t *c)
{
    enum { NEXT = 1, HEAD = 1, WORD = 20 };
    int count = 0;
    if (((void *const volatile *)c)[0] != NULL) /* shared by processes */
        return order_asleep((unsigned long)c, (unsigned long)(c + 1));
    for (char *node = ((char *const volatile *)c)[HEAD]; node != NULL; node = ((char *const volatile *)node)[NEXT])
        count += order_asleep((unsigned long)node + WORD, (unsigned long)node + WORD + 1);
    return count;
}

__attribute__((unused)) static int order_asleep_at_barrier(const pthread_barrier_t *b)
{
    enum { ROUND = 3, SIZE = 16 };
    unsigned long round = ((const volatile unsigned long *)b)[ROUND];
    return round == 0 ? 0 : order_asleep(round, round + SIZE);
}

#define waiters(lock)                                                                                                  \
    _Generic((lock), pthread_cond_t *                                                                                  \
             : order_asleep_on_condition((const void *)(lock)), pthread_barrier_t *                                    \
             : order_asleep_at_barrier((const void *)(lock)), default                                                  \
             : order_asleep((unsigned long)(lock), (unsigned long)((lock) + 1)))
#endif
#define await_waiters(lock, count)                                                                                     \
    do {                                                                                                               \
        int order_error = errno;                                                                                       \
        while (waiters(lock) < (count))                                                                                \
            sched_yield();                                                                                             \
        errno = order_error;                                                                                           \
    } while (0)

/* pthread_join waits on a word of libc's structure of the thread, which is what pthread_t points to. */
#define await_joiners(thread, count) order_await((const void *)(thread), 2048, (count))

#endif
