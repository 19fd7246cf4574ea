// expect: lock-order warning locks=a,b,c
// json: [t["waits"]["lock"] is not None for t in f["threads"]] == [True, True, True]

// a before b and b before c are declared: a must not be acquired while c is held, by a thread that is alone.
#include "include/lockwatch.h"
#include <pthread.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, c = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t b = PTHREAD_RWLOCK_INITIALIZER;

int main(void)
{
    LOCKWATCH_ORDER(&a, &b);
    LOCKWATCH_ORDER(&b, &c);
    pthread_mutex_lock(&c);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&c);
    pthread_rwlock_wrlock(&b);
    pthread_rwlock_unlock(&b);
    return 0;
}
