// expect: destroy-in-use warning threads=2
// expect: destroy-in-use warning threads=1 locks=own
// expect: destroy-in-use warning threads=2
// expect: destroy-in-use warning threads=2
// expect: destroy-in-use warning threads=2
// expect: spin-blocked note threads=1 locks=done
// json: {l["name"] for f in doc["findings"] for l in f["locks"][:1]} == {"m", "own", "robust", "rw", "s", "done"}
// json: all(t["holds"] for f in doc["findings"] for t in f["threads"][1:])
// stdout-same: yes

// Destroyed while another thread, or this one, holds it. libc refuses some of them with EBUSY.
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER, own = PTHREAD_MUTEX_INITIALIZER, robust;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t s;
static sem_t taken, done;

static void *holder(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_mutex_lock(&robust);
    pthread_rwlock_rdlock(&rw);
    pthread_spin_lock(&s);
    sem_post(&taken);
    sem_wait(&done);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    pthread_mutexattr_t a;
    pthread_t thread;

    pthread_mutexattr_init(&a);
    pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&robust, &a);
    pthread_spin_init(&s, PTHREAD_PROCESS_PRIVATE);
    sem_init(&taken, 0, 0);
    sem_init(&done, 0, 0);
    pthread_create(&thread, NULL, holder, NULL);
    sem_wait(&taken);
    int bad = pthread_mutex_destroy(&m) != EBUSY;
    bad |= pthread_mutex_destroy(&robust) != 0;
    bad |= pthread_rwlock_destroy(&rw) != 0;
    bad |= pthread_spin_destroy(&s) != 0;
    pthread_mutex_lock(&own);
    bad |= pthread_mutex_destroy(&own) != EBUSY;
    pthread_mutex_unlock(&own);
    sem_post(&done);
    pthread_join(thread, NULL);
    return bad;
}
