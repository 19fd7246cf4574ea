// expect: deadlock error certain threads=1 locks=s

// A spinlock taken twice by the same thread.
#define _GNU_SOURCE
#include <pthread.h>

static pthread_spinlock_t s;

int main(void)
{
    pthread_spin_init(&s, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_lock(&s);
    pthread_spin_lock(&s);
    return 0;
}
