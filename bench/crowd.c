/*
 * Many threads with two locks each of their own, which they acquire nested, in the same code: crowd THREADS
 * MILLISECONDS prints the threads' CPU time for one nested pair, in nanoseconds, and the memory in use for each thread,
 * in KiB. bench/run runs it with and without the library. The threads wait for each other by bare system calls, which
 * are not watched.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { WARM = 100, STEP = 256 };

static atomic_uint arrived, begun, ended;
static int64_t share; /* CPU nanoseconds for each thread */

struct member {
    pthread_t thread;
    int64_t ns, pairs;
    pthread_mutex_t lock[2];
};

static void until(atomic_uint *word, unsigned value)
{
    for (unsigned now; (now = atomic_load(word)) < value;) {
        syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, now, NULL, NULL, 0);
    }
}

static void release(atomic_uint *word)
{
    atomic_fetch_add(word, 1);
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static int64_t cpu_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void nest(pthread_mutex_t lock[2], int times)
{
    while (times--) {
        pthread_mutex_lock(&lock[0]);
        pthread_mutex_lock(&lock[1]);
        pthread_mutex_unlock(&lock[1]);
        pthread_mutex_unlock(&lock[0]);
    }
}

static void *work(void *argument)
{
    struct member *me = argument;
    nest(me->lock, WARM);
    release(&arrived);
    until(&begun, 1);
    int64_t start = cpu_now();
    do {
        nest(me->lock, STEP);
        me->pairs += STEP;
        me->ns = cpu_now() - start;
    } while (me->ns < share);
    release(&arrived);
    until(&ended, 1);
    return NULL;
}

static double resident_kib(void)
{
    long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    if (!statm || fscanf(statm, "%*d %ld", &pages) != 1) {
        perror("crowd: /proc/self/statm");
        exit(3);
    }
    fclose(statm);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024;
}

int main(int argc, char **argv)
{
    unsigned count = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 2;
    struct member *members = calloc(count, sizeof *members);
    if (count == 0 || !members) {
        fputs("usage: crowd THREADS MILLISECONDS\n", stderr);
        return 2;
    }
    share = (argc > 2 ? strtol(argv[2], NULL, 10) : 200) * INT64_C(1000000) / count;
    double before = resident_kib();
    for (unsigned i = 0; i < count; i++) {
        if (pthread_create(&members[i].thread, NULL, work, &members[i]) != 0) {
            perror("crowd: pthread_create");
            return 3;
        }
    }
    until(&arrived, count);
    release(&begun);
    until(&arrived, 2 * count);
    double memory = (resident_kib() - before) / count;
    release(&ended);
    int64_t ns = 0, pairs = 0;
    for (unsigned i = 0; i < count; i++) {
        pthread_join(members[i].thread, NULL);
        ns += members[i].ns;
        pairs += members[i].pairs;
    }
    printf("%.3f %.2f\n", (double)ns / (double)pairs, memory);
    return 0;
}
