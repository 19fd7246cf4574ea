// expect: none

// The child of a fork destroys, or makes anew, what threads of the parent had: one that did not come along, and the
// one that forked.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t theirs = PTHREAD_MUTEX_INITIALIZER, own = PTHREAD_MUTEX_INITIALIZER,
                       own2 = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static sem_t taken, done;

static void *holder(void *arg)
{
    pthread_mutex_lock(&theirs);
    pthread_rwlock_rdlock(&rw);
    sem_post(&taken);
    sem_wait(&done);
    pthread_rwlock_unlock(&rw);
    pthread_mutex_unlock(&theirs);
    return arg;
}

static void *later(void *arg)
{
    pthread_mutex_lock(&own);
    pthread_mutex_lock(&own2);
    pthread_mutex_unlock(&own2);
    pthread_mutex_unlock(&own);
    return arg;
}

static int child(void)
{
    pthread_t thread;

    pthread_mutex_init(&own, NULL);
    pthread_mutex_destroy(&own2);
    pthread_mutex_init(&own2, NULL);
    pthread_create(&thread, NULL, later, NULL);
    int bad = pthread_join(thread, NULL);
    pthread_mutex_destroy(&theirs);
    pthread_rwlock_destroy(&rw);
    sem_destroy(&done);
    return bad;
}

int main(void)
{
    pthread_t thread;
    int status = 1;

    sem_init(&taken, 0, 0);
    sem_init(&done, 0, 0);
    pthread_create(&thread, NULL, holder, NULL);
    sem_wait(&taken);
    pthread_mutex_lock(&own);
    pthread_mutex_lock(&own2);
    if (fork() == 0)
        _exit(child());
    wait(&status);
    pthread_mutex_unlock(&own2);
    pthread_mutex_unlock(&own);
    sem_post(&done);
    pthread_join(thread, NULL);
    return status;
}
