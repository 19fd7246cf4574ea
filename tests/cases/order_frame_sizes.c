// expect: lock-order warning threads=2 locks=a,b
// json: all(h["stack"][0]["function"] == "both" for t in f["threads"] for h in t["holds"])
// json: all(h["stack"][1]["function"] == "many" for t in f["threads"] for h in t["holds"])
// json: all(h["stack"][2]["function"] == "large" for t in f["threads"] for h in t["holds"])
// json: all(h["stack"][3]["function"] == "variable" for t in f["threads"] for h in t["holds"])
// json: all(h["stack"][4]["function"] == t["name"] for t in f["threads"] for h in t["holds"])

// Frames of each sort, after many others by the same calls: one of a size that is not known when it is compiled, a
// large one, and one that saves all registers. After a while the library knows the way from each to its caller's
// without the unwinder.
#define _GNU_SOURCE
#include "tests/order.h"
#include <alloca.h>
#include <pthread.h>

#ifdef __clang__
#define CALL __attribute__((noinline)) static
#else
#define CALL __attribute__((noipa, optimize("O2", "omit-frame-pointer"))) static
#endif

static pthread_mutex_t other[64], a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

CALL int both(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
    pthread_mutex_lock(outer);
    pthread_mutex_lock(inner);
    pthread_mutex_unlock(inner);
    pthread_mutex_unlock(outer);
    return 1;
}

/* Six sums are kept across the call. */
CALL long many(pthread_mutex_t *outer, pthread_mutex_t *inner, const long *v)
{
    long p = v[0] * 3, q = v[1] * 5, r = v[2] * 7, s = v[3] * 11, t = v[4] * 13, u = v[5] * 17;
    int called = both(outer, inner);
    return p ^ q ^ r ^ s ^ t ^ u ^ called;
}

CALL long large(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
    volatile long room[500] = {0};
    long v[6] = {1, 2, 3, 4, 5, 6};
    room[7] = many(outer, inner, v);
    return room[7] + room[400];
}

CALL long variable(pthread_mutex_t *outer, pthread_mutex_t *inner, size_t size)
{
    volatile char *room = alloca(size);
    room[size - 1] = 1;
    long sum = large(outer, inner);
    return sum + room[size - 1];
}

CALL void *one(void *unused)
{
    pthread_setname_np(pthread_self(), "one");
    for (int i = 0; i < 63; i++)
        variable(&other[i], &other[i + 1], 16 + (size_t)(i % 5) * 64);
    variable(&a, &b, 100);
    step();
    return unused;
}

CALL void *two(void *unused)
{
    pthread_setname_np(pthread_self(), "two");
    await_step(1);
    for (int i = 0; i < 63; i++)
        variable(&other[i], &other[i + 1], 16 + (size_t)(i % 7) * 64);
    variable(&b, &a, 200);
    return unused;
}

int main(void)
{
    pthread_t t1, t2;
    for (int i = 0; i < 64; i++)
        pthread_mutex_init(&other[i], NULL);
    pthread_create(&t1, NULL, one, NULL);
    pthread_create(&t2, NULL, two, NULL);
    pthread_join(t1, NULL);
    pthread_join(t2, NULL);
    return 0;
}
