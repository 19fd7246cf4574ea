// expect: deadlock error certain threads=3
// json: "meet" in {l["name"] for l in f["locks"]}

// A barrier for three at which two arrive; main, who might be the third, joins them instead.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

static pthread_barrier_t meet;

static void *party(void *arg)
{
    pthread_barrier_wait(&meet);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_barrier_init(&meet, NULL, 3);
    pthread_create(&threads[0], NULL, party, NULL);
    pthread_create(&threads[1], NULL, party, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
