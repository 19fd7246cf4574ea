/*
 * A library in between that counts the calls of a few functions and passes them on. At the end it says how many, so
 * that a call that passes it by shows. lockwatch tries a lock before it waits for it, so trying counts as locking.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

enum counted { MUTEX_LOCK, MUTEX_UNLOCK, READ_LOCK, RWLOCK_UNLOCK, POST, COUNTED };
static _Atomic unsigned calls[COUNTED];

static int pass(enum counted what, const char *name, void *object)
{
    int (*next)(void *) = (int (*)(void *))dlsym(RTLD_NEXT, name);
    calls[what]++;
    return next(object);
}

int pthread_mutex_lock(pthread_mutex_t *m)
{
    return pass(MUTEX_LOCK, "pthread_mutex_lock", m);
}

int pthread_mutex_trylock(pthread_mutex_t *m)
{
    return pass(MUTEX_LOCK, "pthread_mutex_trylock", m);
}

int pthread_mutex_unlock(pthread_mutex_t *m)
{
    return pass(MUTEX_UNLOCK, "pthread_mutex_unlock", m);
}

int pthread_rwlock_rdlock(pthread_rwlock_t *l)
{
    return pass(READ_LOCK, "pthread_rwlock_rdlock", l);
}

int pthread_rwlock_tryrdlock(pthread_rwlock_t *l)
{
    return pass(READ_LOCK, "pthread_rwlock_tryrdlock", l);
}

int pthread_rwlock_unlock(pthread_rwlock_t *l)
{
    return pass(RWLOCK_UNLOCK, "pthread_rwlock_unlock", l);
}

int sem_post(sem_t *s)
{
    return pass(POST, "sem_post", s);
}

/* In thousands, as others may call some of these a few times more. */
__attribute__((destructor)) static void say(void)
{
    printf("mutexes %u %u, rwlocks %u %u, posts %u\n", calls[MUTEX_LOCK] / 1000, calls[MUTEX_UNLOCK] / 1000,
           calls[READ_LOCK] / 1000, calls[RWLOCK_UNLOCK] / 1000, calls[POST] / 1000);
}
