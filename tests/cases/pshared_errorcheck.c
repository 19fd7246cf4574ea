// expect: deadlock error certain threads=2 locks=thread,mutex

// Main joins a thread that waits for what main has: a shared mutex, which no other process can unlock, as it checks who
// does it.
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/mman.h>

static pthread_mutex_t *m;

static void *waiter(void *arg)
{
    pthread_mutex_lock(m);
    pthread_mutex_unlock(m);
    return arg;
}

int main(void)
{
    pthread_mutexattr_t attr;
    pthread_t thread;

    m = mmap(NULL, sizeof *m, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(m, &attr);
    pthread_mutex_lock(m);
    pthread_create(&thread, NULL, waiter, NULL);
    pthread_join(thread, NULL);
    return 0;
}
