// expect: init-in-use warning threads=2
// expect: init-in-use warning threads=1 locks=own
// expect: init-in-use warning threads=2
// expect: init-in-use warning threads=2
// expect: spin-blocked note threads=1 locks=done
// json: {f["locks"][0]["name"] for f in doc["findings"] if f["severity"] == "warning"} == {"m", "own", "rw", "s"}

// Made anew while another thread, or this one, holds it. What it held is lost with it: it does not end holding it.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER, own = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t s;
static sem_t taken, done;

static void *holder(void *arg)
{
    pthread_mutex_lock(&own);
    pthread_mutex_init(&own, NULL);
    pthread_mutex_lock(&m);
    pthread_rwlock_wrlock(&rw);
    pthread_spin_lock(&s);
    sem_post(&taken);
    sem_wait(&done);
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_spin_init(&s, PTHREAD_PROCESS_PRIVATE);
    sem_init(&taken, 0, 0);
    sem_init(&done, 0, 0);
    pthread_create(&thread, NULL, holder, NULL);
    sem_wait(&taken);
    pthread_mutex_init(&m, NULL);
    pthread_rwlock_init(&rw, NULL);
    pthread_spin_init(&s, PTHREAD_PROCESS_PRIVATE);
    sem_post(&done);
    pthread_join(thread, NULL);
    return pthread_mutex_trylock(&own) || pthread_mutex_trylock(&m);
}
