/*
 * A histogram with OpenMP: every thread counts pixels of its part, and now and then two buckets are merged. A bucket
 * has a lock of its own, so that threads disturb each other little.
 *
 * What goes wrong: who merges locks the bucket that it merges into, and then the other one; of two threads that merge
 * the same two buckets the other way round each waits for the other.
 *
 * The fix: lock the bucket with the lower index first, whichever way it goes.
 *
 * expect-faulty: deadlock error certain threads=2
 * stderr-has-faulty: OpenMP thread 1
 * expect-fixed: none
 */
#include <omp.h>
#include <sched.h>
#include <stdio.h>

#define BUCKETS 4
#define PIXELS 4000

static struct {
    omp_lock_t lock;
    long count;
} bucket[BUCKETS];
static int arrived;

static void count(int value)
{
    omp_set_lock(&bucket[value].lock);
    bucket[value].count++;
    omp_unset_lock(&bucket[value].lock);
}

/* So that the faulty variant deadlocks each time: both threads merge at once. */
static void begin_together(void)
{
    int here;
#pragma omp atomic
    arrived++;
    do {
        sched_yield();
#pragma omp atomic read
        here = arrived;
    } while (here < 2);
}

static void merge(int from, int to)
{
#ifdef FAULTY
    int first = to, second = from;
    omp_set_lock(&bucket[first].lock);
    begin_together();
#else
    int first = from < to ? from : to, second = from < to ? to : from;
    begin_together();
    omp_set_lock(&bucket[first].lock);
#endif
    omp_set_lock(&bucket[second].lock);
    bucket[to].count += bucket[from].count;
    bucket[from].count = 0;
    omp_unset_lock(&bucket[second].lock);
    omp_unset_lock(&bucket[first].lock);
}

int main(void)
{
    long sum = 0;
    for (int i = 0; i < BUCKETS; i++)
        omp_init_lock(&bucket[i].lock);
#pragma omp parallel num_threads(2)
    {
        int me = omp_get_thread_num();
#pragma omp for
        for (int i = 0; i < PIXELS; i++)
            count(i % BUCKETS);
        merge(me, 1 - me);
    }
    for (int i = 0; i < BUCKETS; i++)
        sum += bucket[i].count;
    printf("%ld pixels\n", sum);
    return 0;
}
