// expect: deadlock warning likely threads=3
// limit: 6
// report-has: was never signalled so far; 10
// report-has: that were initialised at the same place were signalled, but only by

// Two workers each wait for a task of their own queue, which nobody is left to run. The condition of a task lives for
// one call and was never signalled; those before it were, by the workers. A thread goes on that has nothing to do with
// these.
#include "tests/order.h"

struct task {
    pthread_mutex_t lock;
    pthread_cond_t done;
    int over, nested;
    struct task *next;
};

static pthread_mutex_t queue = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static struct task *first;

static void put(struct task *t, int nested)
{
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->done, NULL);
    t->over = 0;
    t->nested = nested;
    pthread_mutex_lock(&queue);
    t->next = first;
    first = t;
    pthread_cond_signal(&more);
    pthread_mutex_unlock(&queue);
}

static void await_end(struct task *t)
{
    pthread_mutex_lock(&t->lock);
    while (!t->over)
        pthread_cond_wait(&t->done, &t->lock);
    pthread_mutex_unlock(&t->lock);
    pthread_cond_destroy(&t->done);
    pthread_mutex_destroy(&t->lock);
}

static void run(struct task *t)
{
    struct task inner;
    if (t->nested) {
        step();
        await_step(2);
        put(&inner, 0);
        await_end(&inner);
    }
    pthread_mutex_lock(&t->lock);
    t->over = 1;
    pthread_cond_signal(&t->done);
    pthread_mutex_unlock(&t->lock);
}

static void work(void)
{
    struct task *t;
    pthread_mutex_lock(&queue);
    while (first == NULL)
        pthread_cond_wait(&more, &queue);
    t = first;
    first = t->next;
    pthread_mutex_unlock(&queue);
    run(t);
}

static void *worker(void *arg)
{
    for (;;)
        work();
    return arg;
}

#ifndef BESIDE
#define BESIDE
#endif

static void *beside(void *arg)
{
    BESIDE
    for (;;)
        usleep(10000);
    return arg;
}

int main(void)
{
    pthread_t threads[3];
    struct task tasks[2];

    pthread_create(&threads[0], NULL, beside, NULL);
    pthread_create(&threads[1], NULL, worker, NULL);
    pthread_create(&threads[2], NULL, worker, NULL);
    for (int i = 0; i < 10; i++) {
        put(&tasks[0], 0);
        await_end(&tasks[0]);
    }
    put(&tasks[0], 1);
    put(&tasks[1], 1);
    await_end(&tasks[0]);
    await_end(&tasks[1]);
    return 0;
}
