/* Threads, locks and memory, as any program has them; with an argument, a mistake that lockwatch tells of. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static int count;

static void *work(void *argument)
{
    for (int i = 0; i < 20; i++) {
        pthread_mutex_lock(&outer);
        pthread_mutex_lock(&inner);
        char *block = realloc(malloc(100), 10000);
        block[i] = 1;
        count += block[i];
        free(block);
        pthread_mutex_unlock(&inner);
        pthread_mutex_unlock(&outer);
    }
    return argument;
}

static void *release(void *mutex)
{
    pthread_mutex_unlock(mutex);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t thread[4];
    (void)argv;
    for (int i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, work, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    if (argc > 1) {
        pthread_mutex_lock(&outer);
        pthread_create(&thread[0], NULL, release, &outer);
        pthread_join(thread[0], NULL);
    }
    printf("%d\n", count);
    return 7;
}
