// expect: deadlock error certain threads=1
// exit: hang
// limit: 4
// stderr-has: is blocked forever
// report-has: Nothing found.
// json: len(doc["findings"]) == 0

// A thread is inside libc, which has the lock of the time zone, when main forks: in the child nobody releases it. The
// child calls nothing that the library sees, and has no record but the one that its parent has made of it.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef CHILD_NEEDS_IT
#define CHILD_NEEDS_IT 1
#endif

static char fifo[] = "/tmp/lockwatch.fifo.XXXXXX";
static atomic_int tid;

static void nap(long milliseconds)
{
    const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    syscall(SYS_nanosleep, &time, NULL);
}

static void *reads_zone(void *arg)
{
    tid = (int)syscall(SYS_gettid);
    tzset();
    return arg;
}

/* The system call that a thread is in. */
static long call_of(int thread)
{
    char path[64], text[128] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/syscall", thread);
    int fd = open(path, O_RDONLY);
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    return n <= 0 ? SYS_openat : text[0] == 'r' ? -1 : strtol(text, NULL, 10);
}

/* It is libc that opens the file, in tzset. */
static void make_fifo(void)
{
    char zone[64];
    int fd = mkstemp(fifo);
    if (fd < 0 || unlink(fifo) != 0 || mkfifo(fifo, 0600) != 0)
        abort();
    close(fd);
    snprintf(zone, sizeof zone, ":%s", fifo);
    setenv("TZ", zone, 1);
}

int main(void)
{
    pthread_t thread;
    int status = 0;
    make_fifo();
    pthread_create(&thread, NULL, reads_zone, NULL);
    while (tid == 0 || call_of(tid) != SYS_openat)
        nap(1);
    pid_t child = fork();
    if (child == 0) {
        if (CHILD_NEEDS_IT)
            tzset();
        else
            nap(2500); /* the parent looks at it meanwhile */
        _exit(0);
    }
    if (CHILD_NEEDS_IT)
        unlink(fifo);
    waitpid(child, &status, 0);
    close(open(fifo, O_WRONLY)); /* the thread goes on */
    pthread_join(thread, NULL);
    unlink(fifo);
    return status;
}
