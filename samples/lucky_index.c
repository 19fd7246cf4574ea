/*
 * A store with a lock for its memory and one for its index: the deadlock that did not happen this time.
 *
 * Putting something in acquires memory, then index. What goes wrong: tidying up acquires index first, then memory while
 * holding it. The two deadlock if both are between their acquisitions at one moment. Here the writer pauses when the
 * tidying comes, as it mostly does; so the faulty program runs to its end like the fixed one, and will for years.
 *
 * The fix: one order for both, memory before index (J. W. Havender, "Avoiding deadlock in multitasking systems", 1968).
 *
 * expect-faulty: lock-order warning threads=2 locks=index_lock,memory_lock
 * stderr-has-faulty: memory_lock -> index_lock: 412 times; index_lock -> memory_lock: once.
 * expect-fixed: none
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static pthread_mutex_t memory_lock = PTHREAD_MUTEX_INITIALIZER, index_lock = PTHREAD_MUTEX_INITIALIZER;
static long stored, indexed;
static int rounds = 412;

static void put(void)
{
    pthread_mutex_lock(&memory_lock);
    stored++;
    pthread_mutex_lock(&index_lock);
    indexed++;
    pthread_mutex_unlock(&index_lock);
    pthread_mutex_unlock(&memory_lock);
}

static void tidy(void)
{
#ifdef FAULTY
    pthread_mutex_lock(&index_lock);
    pthread_mutex_lock(&memory_lock);
#else
    pthread_mutex_lock(&memory_lock);
    pthread_mutex_lock(&index_lock);
#endif
    indexed = stored;
    pthread_mutex_unlock(&memory_lock);
    pthread_mutex_unlock(&index_lock);
}

static void pause_for(long milliseconds)
{
    nanosleep(&(struct timespec){.tv_nsec = milliseconds * 1000000}, NULL);
}

static void *writer(void *unused)
{
    pthread_setname_np(pthread_self(), "writer");
    for (int i = 0; i < rounds; i++) {
        if (i == rounds / 2)
            pause_for(40);
        put();
    }
    return unused;
}

static void *janitor(void *unused)
{
    pthread_setname_np(pthread_self(), "janitor");
    pause_for(20);
    tidy();
    return unused;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"rounds", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0}};
    pthread_t threads[2];
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (option == 'r')
            rounds = atoi(optarg);
    pthread_create(&threads[0], NULL, writer, NULL);
    pthread_create(&threads[1], NULL, janitor, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    printf("%ld stored, %ld indexed\n", stored, indexed);
    return 0;
}
