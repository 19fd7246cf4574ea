// expect: deadlock error certain threads=1 locks=m

// A signal handler takes the mutex that the code it interrupted holds.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stddef.h>

#ifndef BLOCK_SIGNAL
#define BLOCK_SIGNAL 0
#endif

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int count;

static void on_usr1(int signal)
{
    (void)signal;
    pthread_mutex_lock(&m);
    count++;
    pthread_mutex_unlock(&m);
}

int main(void)
{
    sigset_t usr1;

    signal(SIGUSR1, on_usr1);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    if (BLOCK_SIGNAL)
        pthread_sigmask(SIG_BLOCK, &usr1, NULL);
    pthread_mutex_lock(&m);
    raise(SIGUSR1);
    count++;
    pthread_mutex_unlock(&m);
    pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
    return count == 2 ? 0 : 1;
}
