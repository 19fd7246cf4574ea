// expect: lock-order warning threads=2 locks=c,d
// json: [c["stack"][2]["function"] for t in f["threads"] for c in t["holds"]] == ["second", "third"]

// Thread one comes to `both` by ways that differ in one return address further out, which the library must not take for
// those of the last stack that it has of the thread; what is further out still is the same.
#define _GNU_SOURCE
#include "tests/order.h"
#include <pthread.h>

#ifdef __clang__
#define CALL __attribute__((noinline))
#else
#define CALL __attribute__((noipa, optimize("O2", "omit-frame-pointer")))
#endif

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER, c = PTHREAD_MUTEX_INITIALIZER,
                       d = PTHREAD_MUTEX_INITIALIZER;
static int calls;

CALL static void both(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
    pthread_mutex_lock(outer);
    pthread_mutex_lock(inner);
    pthread_mutex_unlock(inner);
    pthread_mutex_unlock(outer);
}

CALL static void between(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
    both(outer, inner);
    calls++;
}

CALL static void first(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
    between(outer, inner);
    calls++;
}

CALL static void second(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
    between(outer, inner);
    calls++;
}

CALL static void third(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
    between(outer, inner);
    calls++;
}

CALL static void *one(void *unused)
{
    pthread_setname_np(pthread_self(), "one");
    first(&a, &b);
    second(&c, &d);
    step();
    return unused;
}

CALL static void *two(void *unused)
{
    await_step(1);
    first(&a, &b);
    third(&d, &c);
    return unused;
}

int main(void)
{
    pthread_t t1, t2;
    pthread_create(&t1, NULL, one, NULL);
    pthread_create(&t2, NULL, two, NULL);
    pthread_join(t1, NULL);
    pthread_join(t2, NULL);
    return 0;
}
