/*
 * Stopping a worker: a flag, set under the lock that the worker looks at it with, and a join.
 *
 * What goes wrong: the thread that stops it keeps the lock until the worker has ended, so that nobody sees the
 * service half shut down. But the worker needs the lock to see the flag. One waits for a mutex, the other
 * for a thread: half of the cycle is in no list of locks.
 *
 * The fix: set the flag under the lock, release it, then join. ("Never call out, and never wait, with
 * a lock held": Butenhof, "Programming with POSIX Threads", 1997.)
 *
 * expect-faulty: deadlock error certain threads=2
 * expect-fixed: none
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t state_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_t worker_thread;
static int stopping;
static int jobs, done;
static int rounds = 100;

static int next_job(void)
{
    int job;

    pthread_mutex_lock(&state_lock);
    if (jobs > 0)
        job = jobs--;
    else
        job = stopping ? -1 : 0;
    pthread_mutex_unlock(&state_lock);
    return job;
}

static void *worker(void *arg)
{
    int job;

    (void)arg;
    pthread_setname_np(pthread_self(), "worker");
    while ((job = next_job()) >= 0) {
        if (job > 0)
            done++;
        else
            usleep(1000);
    }
    return NULL;
}

static void service_start(void)
{
    pthread_create(&worker_thread, NULL, worker, NULL);
}

static void service_submit(void)
{
    pthread_mutex_lock(&state_lock);
    jobs++;
    pthread_mutex_unlock(&state_lock);
}

static void service_stop(void)
{
    pthread_mutex_lock(&state_lock);
    stopping = 1;
#ifdef FAULTY
    pthread_join(worker_thread, NULL);
    pthread_mutex_unlock(&state_lock);
#else
    pthread_mutex_unlock(&state_lock);
    pthread_join(worker_thread, NULL);
#endif
}

int main(int argc, char **argv)
{
    static const struct option known[] = {{"rounds", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0}};
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (c != 'r')
            return 2;
        rounds = atoi(optarg);
    }
    service_start();
    for (int i = 0; i < rounds; i++)
        service_submit();
    service_stop();
    printf("%d jobs submitted, %d done\n", rounds, done);
    return 0;
}
