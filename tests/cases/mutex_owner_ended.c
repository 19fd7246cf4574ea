// expect: deadlock error certain threads=1 locks=m
// expect: exit-holding warning threads=1 locks=m

// A thread ends with the mutex held and is joined. Who asks for it then waits for a thread that has ended.
#include <pthread.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void *forgetful(void *arg)
{
    pthread_mutex_lock(&m);
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, forgetful, NULL);
    pthread_join(thread, NULL);
    pthread_mutex_lock(&m);
    return 0;
}
