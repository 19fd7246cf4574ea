// expect: lock-order warning threads=2 locks=first,last
// expect: lock-order warning threads=2 locks=gone,inner
// expect: lock-order note guarded threads=2 locks=guarded_a,guarded_b

// What is found of locks does not get lost among many others that come and go, though one of them is destroyed itself
// (`gone`), nor does the guard of an order (`guard`).
#include "include/lockwatch.h"
#include "tests/cases/short_lived.h"

#include <pthread.h>
#include <stdatomic.h>

enum { MANY = 3000 };

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, last = PTHREAD_MUTEX_INITIALIZER,
                       inner = PTHREAD_MUTEX_INITIALIZER, guarded_a = PTHREAD_MUTEX_INITIALIZER,
                       guarded_b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t *gone, *guard;
static atomic_int stage;

static void both(pthread_mutex_t *a, pthread_mutex_t *b)
{
    pthread_mutex_lock(a);
    pthread_mutex_lock(b);
    pthread_mutex_unlock(b);
    pthread_mutex_unlock(a);
}

static void under_guard(pthread_mutex_t *a, pthread_mutex_t *b)
{
    pthread_mutex_lock(guard);
    both(a, b);
    pthread_mutex_unlock(guard);
}

static void wait_for(int s)
{
    while (stage < s)
        ;
}

static void *other(void *unused)
{
    wait_for(1);
    both(&last, &first);
    both(&inner, gone);
    under_guard(&guarded_b, &guarded_a);
    short_lived(MANY);
    stage = 2;
    return unused;
}

int main(void)
{
    pthread_t thread;
    gone = short_lived_make();
    guard = short_lived_make();
    LOCKWATCH_NAME(gone, "gone");
    pthread_create(&thread, NULL, other, NULL);
    short_lived(MANY);
    both(&first, &last);
    both(gone, &inner);
    under_guard(&guarded_a, &guarded_b);
    short_lived(MANY);
    stage = 1;
    wait_for(2);
    short_lived_end(gone);
    short_lived_end(guard);
    short_lived(MANY);
    pthread_join(thread, NULL);
    return 0;
}
