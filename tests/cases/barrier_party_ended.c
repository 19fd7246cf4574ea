// expect: deadlock error certain
// json: "meet" in {l["name"] for l in f["locks"]}

// Three have met ten times; one of them ends too early, and the two others wait for it.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>

static pthread_barrier_t meet;

static void *party(void *rounds)
{
    for (int i = 0; i < (int)(intptr_t)rounds; i++)
        pthread_barrier_wait(&meet);
    return NULL;
}

int main(void)
{
    pthread_t threads[3];

    pthread_barrier_init(&meet, NULL, 3);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, party, (void *)(intptr_t)(i == 1 ? 10 : 11));
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
