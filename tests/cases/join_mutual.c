// expect: deadlock error certain threads=2

// Two threads join each other. POSIX lets the second be refused with EDEADLK; glibc 2.36, Debian 12's, means
// to, but does not note who joins whom.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

static pthread_t first, second;
static pthread_barrier_t known;

static void *joins(void *other)
{
    pthread_barrier_wait(&known);
    pthread_join(*(pthread_t *)other, NULL);
    return NULL;
}

int main(void)
{
    pthread_barrier_init(&known, NULL, 3);
    pthread_create(&first, NULL, joins, &second);
    pthread_create(&second, NULL, joins, &first);
    pthread_barrier_wait(&known);
    for (;;)
        pause();
}
