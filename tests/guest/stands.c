/*
 * Programs in which threads stand still, for tests/scripts/stall: the way is the first argument. They say "ready" when
 * they do. None is a deadlock that lockwatch can prove.
 */
#include "../cases/futex_unseen.h"
#include "../order.h"

#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER, work_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static sem_t permit;
static int never, pipe_ends[2];
static const char *way;

static int is(const char *word)
{
    return strcmp(way, word) == 0;
}

static void nap(long milliseconds)
{
    const struct timespec moment = {0, milliseconds * 1000000};
    nanosleep(&moment, NULL);
}

static void wait_for_work(void)
{
    pthread_mutex_lock(&work_lock);
    if (is("naps"))
        pthread_cond_signal(&work);
    for (;;)
        pthread_cond_wait(&work, &work_lock);
}

/* --- one thread keeps another one waiting --- */

static void *holder(void *unused)
{
    char byte;
    if (is("reader"))
        pthread_rwlock_rdlock(&rwlock);
    else if (is("permit"))
        sem_wait(&permit), sem_post(&permit), sem_wait(&permit);
    else
        pthread_mutex_lock(&table);
    step();
    if (is("waits"))
        wait_for_work();
    if (is("input") && read(pipe_ends[0], &byte, 1) < 0)
        abort();
    while (is("unseen"))
        futex_wait_unseen(&never, 0);
    for (int i = 0; !is("goes_on") || i < 400; i++)
        nap(5);
    pthread_mutex_unlock(&table);
    return unused;
}

static void *user(void *unused)
{
    await_step(1);
    if (is("reader"))
        pthread_rwlock_wrlock(&rwlock);
    else if (is("permit"))
        sem_wait(&permit);
    else
        pthread_mutex_lock(&table);
    if (is("goes_on"))
        pthread_mutex_unlock(&table);
    return unused;
}

/* --- pools --- */

/* The one that has the table waits for work, the others for the table. */
static void *member(void *unused)
{
    pthread_mutex_lock(&table);
    wait_for_work();
    return unused;
}

static void *worker(void *unused)
{
    wait_for_work();
    return unused;
}

/* Has to do with nobody. On a busy machine it waits for a processor after each nap, but for much less than it naps. */
static void *napper(void *unused)
{
    for (;;)
        nap(300);
    return unused;
}

static void end_in_order(int number)
{
    (void)number;
    _exit(0);
}

int main(int argc, char **argv)
{
    void *(*const pair[])(void *) = {holder, user}, *(*const pool[])(void *) = {worker, worker},
                               *(*const beside[])(void *) = {worker, napper};
    pthread_t thread[2];
    way = argc > 1 ? argv[1] : "runs";
    bool naps = is("naps") || is("naps_first");
    if (is("handler"))
        signal(SIGTERM, end_in_order);
    sem_init(&permit, 0, 1);
    if (pipe(pipe_ends) != 0)
        return 1;
    for (int i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL,
                       is("leader") ? member
                       : is("idle") ? pool[i]
                       : naps       ? beside[i]
                                    : pair[i],
                       NULL);
    if (is("reader"))
        await_waiters(&rwlock, 1);
    else if (is("permit"))
        await_waiters(&permit, 1);
    else if (is("idle") || naps)
        await_waiters(&work, naps ? 1 : 2);
    else
        await_waiters(&table, 1);
    puts("ready");
    fflush(stdout);
    if (is("naps"))
        wait_for_work();
    if (is("leader") || is("idle") || is("input") || is("waits"))
        poll(NULL, 0, -1);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    return 0;
}
