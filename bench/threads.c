/* The price of a watched call between two threads: [LD_PRELOAD=…] threads [SECONDS-A-ROW [PART-OF-A-NAME...]] */
#define _GNU_SOURCE
#include "bench/measure.h"

#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>

/* Two threads do a batch side by side: work(me), me being 0 or 1. The gate is our own, of nothing that is
 * watched. */
static struct {
    void (*work)(const struct calls *, unsigned rounds, int me);
    const struct calls *side;
    unsigned rounds;
    alignas(64) atomic_uint started;
    alignas(64) atomic_uint finished;
} crew;

static struct {
    alignas(64) pthread_mutex_t own[2][32];
    alignas(64) pthread_mutex_t shared;
    pthread_cond_t turned[2];
    int turn;
    unsigned long counter;
    alignas(64) pthread_barrier_t barrier;
    alignas(64) sem_t ping[2];
} have;

static void await(atomic_uint *what, unsigned value)
{
    for (unsigned spins = 0; atomic_load_explicit(what, memory_order_acquire) != value; spins++) {
        if (spins > 1000) {
            sched_yield();
        }
    }
}

static void *second(void *argument)
{
    for (unsigned job = 1;; job++) {
        await(&crew.started, job);
        crew.work(crew.side, crew.rounds, 1);
        atomic_store_explicit(&crew.finished, job, memory_order_release);
    }
    return argument;
}

static void both(void (*work)(const struct calls *, unsigned, int), const struct calls *c, unsigned rounds)
{
    crew.work = work;
    crew.side = c;
    crew.rounds = rounds;
    unsigned job = atomic_load_explicit(&crew.started, memory_order_relaxed) + 1;
    atomic_store_explicit(&crew.started, job, memory_order_release);
    work(c, rounds, 0);
    await(&crew.finished, job);
}

static void private_lock(const struct calls *c, unsigned rounds, int me)
{
    pthread_mutex_t *lock = &have.own[me][0];
    while (rounds--) {
        c->pthread_mutex_lock(lock);
        c->pthread_mutex_unlock(lock);
    }
}

static void contended_lock(const struct calls *c, unsigned rounds, int me)
{
    (void)me;
    while (rounds--) {
        c->pthread_mutex_lock(&have.shared);
        have.counter++;
        c->pthread_mutex_unlock(&have.shared);
    }
}

static void condition(const struct calls *c, unsigned rounds, int me)
{
    while (rounds--) {
        c->pthread_mutex_lock(&have.shared);
        while (have.turn != me) {
            c->pthread_cond_wait(&have.turned[me], &have.shared);
        }
        have.turn = !me;
        c->pthread_cond_signal(&have.turned[!me]);
        c->pthread_mutex_unlock(&have.shared);
    }
}

static void barrier(const struct calls *c, unsigned rounds, int me)
{
    (void)me;
    while (rounds--) {
        c->pthread_barrier_wait(&have.barrier);
    }
}

static void semaphores(const struct calls *c, unsigned rounds, int me)
{
    while (rounds--) {
        c->sem_wait(&have.ping[me]);
        c->sem_post(&have.ping[!me]);
    }
}

static void both_private(const struct calls *c, unsigned rounds, unsigned size)
{
    (void)size;
    both(private_lock, c, rounds);
}

static void both_contended(const struct calls *c, unsigned rounds, unsigned size)
{
    (void)size;
    both(contended_lock, c, rounds);
}

static void both_condition(const struct calls *c, unsigned rounds, unsigned size)
{
    (void)size;
    both(condition, c, rounds);
}

static void both_barrier(const struct calls *c, unsigned rounds, unsigned size)
{
    (void)size;
    both(barrier, c, rounds);
}

static void both_semaphores(const struct calls *c, unsigned rounds, unsigned size)
{
    (void)size;
    both(semaphores, c, rounds);
}

/* Left to itself the scheduler may keep a pair that takes turns on one processor, or not: so that is said. */
static const struct bench_case apart[] = {
    {"2 threads, a lock each", both_private, 0, 1, 0, 0, 200, NULL, 0},
    {"2 threads, one lock", both_contended, 0, 2, 1.03, 0, 2000, NULL, 0},
    {"condition to and fro, 2 CPUs", both_condition, 0, 1, 1.03, 0, 500, NULL, 0},
    {"barrier, 2 CPUs", both_barrier, 0, 1, 1.03, 0, 500, NULL, 0},
    {"semaphores to and fro, 2 CPUs", both_semaphores, 0, 1, 0, 0, 500, NULL, 0},
};
static const struct bench_case together[] = {
    {"condition to and fro, 1 CPU", both_condition, 0, 1, 1.03, 0, 500, NULL, 0},
    {"barrier, 1 CPU", both_barrier, 0, 1, 1.03, 0, 500, NULL, 0},
    {"semaphores to and fro, 1 CPU", both_semaphores, 0, 1, 0, 0, 500, NULL, 0},
};

/* The processors that we may use, at most two. */
static int processors(int found[2])
{
    cpu_set_t set;
    int count = 0;
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        for (int cpu = 0; cpu < CPU_SETSIZE && count < 2; cpu++) {
            if (CPU_ISSET(cpu, &set)) {
                found[count++] = cpu;
            }
        }
    }
    return count;
}

static void settle(pthread_t thread, int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    pthread_setaffinity_np(thread, sizeof set, &set);
}

int main(int argc, char **argv)
{
    struct calls plain;
    calls_find_plain(&plain);
    pthread_mutex_init(&have.shared, NULL);
    pthread_barrier_init(&have.barrier, NULL, 2);
    for (int i = 0; i < 2; i++) {
        pthread_mutex_init(&have.own[i][0], NULL);
        pthread_cond_init(&have.turned[i], NULL);
        sem_init(&have.ping[i], 0, i == 0);
    }
    pthread_t thread;
    if (pthread_create(&thread, NULL, second, NULL) != 0) {
        perror("pthread_create");
        return 3;
    }
    struct measure_wish wish = measure_arguments(argc, argv, 0);
    int cpu[2], cpus = processors(cpu);
    if (cpus > 0) {
        settle(pthread_self(), cpu[0]);
    }
    if (cpus == 2) {
        settle(thread, cpu[1]);
        measure_rows(apart, sizeof apart / sizeof apart[0], &plain, &wish);
    } else {
        fputs("threads: one processor: nothing is measured on two\n", stderr);
    }
    if (cpus > 0) {
        settle(thread, cpu[0]);
        measure_rows(together, sizeof together / sizeof together[0], &plain, &wish);
    }
    return 0;
}
