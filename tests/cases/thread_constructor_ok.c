// expect: none
// exit: 4

// Threads and locks before main begins, and after it has returned.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static int count;

static void *task(void *arg)
{
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    usleep(10000);
    count++;
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    return arg;
}

static void run_two(void)
{
    pthread_t threads[2];

    pthread_create(&threads[0], NULL, task, NULL);
    pthread_create(&threads[1], NULL, task, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
}

static void __attribute__((constructor)) before(void)
{
    run_two();
}

static void __attribute__((destructor)) after(void)
{
    run_two();
    _exit(count);
}

int main(void)
{
    return 1;
}
