// expect: deadlock error certain threads=1 locks=a
// report-has: holds 2 units of slots and a
// report-has: created by T1 at units_of_a_semaphore.c:40

// A thread that holds two units of a semaphore says so once. Where it was created is a line of the
// caller of a helper that was inlined, not of the helper.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static sem_t slots;
static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;

static void use(void)
{
    sem_wait(&slots);
    sem_post(&slots);
}

static void *worker(void *unused)
{
    pthread_mutex_lock(&a);
    sem_wait(&slots);
    sem_wait(&slots);
    pthread_mutex_lock(&a);
    return unused;
}

static inline __attribute__((always_inline)) pthread_t start(void *(*routine)(void *))
{
    pthread_t t;
    pthread_create(&t, NULL, routine, NULL);
    return t;
}

int main(void)
{
    sem_init(&slots, 0, 3);
    use();
    pthread_t t = start(worker);
    pthread_join(t, NULL);
    return 0;
}
