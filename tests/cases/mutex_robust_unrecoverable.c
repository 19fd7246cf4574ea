// expect: exit-holding note threads=1 locks=m

// A robust mutex is released as its last owner left it. From then on it is refused, to all, and may be destroyed.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>

static pthread_mutex_t m;

static void *leave(void *argument)
{
    pthread_mutex_lock(&m);
    return argument;
}

static void *ask(void *argument)
{
    return pthread_mutex_lock(&m) == ENOTRECOVERABLE ? NULL : argument;
}

int main(void)
{
    pthread_mutexattr_t robust;
    pthread_t thread;
    void *wrong = NULL;
    pthread_mutexattr_init(&robust);
    pthread_mutexattr_setrobust(&robust, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&m, &robust);
    pthread_create(&thread, NULL, leave, NULL);
    pthread_join(thread, NULL);
    if (pthread_mutex_lock(&m) != EOWNERDEAD || pthread_mutex_unlock(&m) != 0)
        return 1;
    if (pthread_mutex_lock(&m) != ENOTRECOVERABLE)
        return 2;
    pthread_create(&thread, NULL, ask, &m);
    pthread_join(thread, &wrong);
    return wrong != NULL ? 3 : pthread_mutex_destroy(&m);
}
