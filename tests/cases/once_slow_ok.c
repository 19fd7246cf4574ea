// expect: none

// Five wait for a slow routine, which is itself a chain of two; the last to come does not wait.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

static pthread_once_t outer = PTHREAD_ONCE_INIT, inner = PTHREAD_ONCE_INIT;
static int runs;

static void set_up_inner(void)
{
    usleep(150000);
    runs++;
}

static void set_up_outer(void)
{
    pthread_once(&inner, set_up_inner);
    usleep(150000);
    runs++;
}

static void *caller(void *arg)
{
    pthread_once(&outer, set_up_outer);
    return arg;
}

int main(void)
{
    pthread_t threads[6];

    for (int i = 0; i < 6; i++)
        pthread_create(&threads[i], NULL, caller, NULL);
    for (int i = 0; i < 6; i++)
        pthread_join(threads[i], NULL);
    pthread_once(&outer, set_up_outer);
    return runs == 2 ? 0 : 1;
}
