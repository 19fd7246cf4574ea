// expect: deadlock error certain threads=2
// json: "go" in {l["name"] for l in f["locks"]}

// Main joins a thread that waits for a post which only main could make, after the join.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static sem_t go;

static void *worker(void *arg)
{
    sem_wait(&go);
    return arg;
}

int main(void)
{
    pthread_t thread;

    sem_init(&go, 0, 0);
    pthread_create(&thread, NULL, worker, NULL);
    pthread_join(thread, NULL);
    sem_post(&go);
    return 0;
}
