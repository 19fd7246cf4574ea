// expect: deadlock error certain threads=2 locks=c
// Two threads wait at a condition variable of the kind that x86-64 had before glibc 2.3.2; main has ended.
#include <pthread.h>

#ifdef __x86_64__
__asm__(".symver pthread_cond_wait,pthread_cond_wait@GLIBC_2.2.5");
#endif

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;

static void *waits(void *unused)
{
    pthread_mutex_lock(&m);
    pthread_cond_wait(&c, &m);
    return unused;
}

int main(void)
{
    pthread_t t;
    pthread_create(&t, NULL, waits, NULL);
    pthread_create(&t, NULL, waits, NULL);
    pthread_exit(NULL);
}
