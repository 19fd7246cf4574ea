// expect: none
// args: 10000
// limit: 20

// Ten thousand threads on the smallest stacks there are, all alive at once, that lock in turn.
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static sem_t go;
static long sum;

static void *work(void *arg)
{
    sem_wait(&go);
    pthread_mutex_lock(&outer);
    pthread_mutex_lock(&inner);
    sum++;
    pthread_mutex_unlock(&inner);
    pthread_mutex_unlock(&outer);
    return arg;
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 100, made = 0;
    pthread_t *threads = calloc((size_t)count, sizeof *threads);
    pthread_attr_t small;

    sem_init(&go, 0, 0);
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, (size_t)PTHREAD_STACK_MIN);
    while (made < count && pthread_create(&threads[made], &small, work, NULL) == 0)
        made++;
    for (int i = 0; i < made; i++)
        sem_post(&go);
    for (int i = 0; i < made; i++)
        pthread_join(threads[i], NULL);
    free(threads);
    printf("%s\n", sum == made ? "all were there" : "some were lost");
    return made == count ? 0 : 1;
}
