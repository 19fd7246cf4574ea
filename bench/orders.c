/*
 * What an order of locks costs that nobody had taken before: orders [LOCKS] takes five at a time, each lock once as the
 * outermost, so that it makes four new orders a lock. None of them closes a cycle. First libc's own calls do it, then,
 * on the same locks, the linked ones.
 */
#define _GNU_SOURCE
#include "bench/measure.h"

enum { INNER = 4, STRIDE = 50 };

static pthread_mutex_t *locks;
static unsigned count;

/* Nanoseconds for one of the inner locks, its part of the outermost one included. */
static double take_all(const struct calls *side)
{
    uint32_t chance = 1;
    int64_t start = measure_now();
    for (unsigned i = 0; i < count; i++) {
        unsigned at[INNER + 1] = {i};
        side->pthread_mutex_lock(&locks[i]);
        for (int k = 1; k <= INNER; k++) {
            chance = chance * 1664525 + 1013904223;
            at[k] = at[k - 1] + 1 + (chance >> 16) % STRIDE;
            side->pthread_mutex_lock(&locks[at[k]]);
        }
        for (int k = INNER; k >= 0; k--) {
            side->pthread_mutex_unlock(&locks[at[k]]);
        }
    }
    return (double)(measure_now() - start) / count / INNER;
}

static void *nothing(void *unused)
{
    return unused;
}

int main(int argc, char **argv)
{
    struct calls plain;
    pthread_t thread;
    count = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1000000;
    locks = calloc(count + INNER * STRIDE + 1, sizeof(pthread_mutex_t));
    calls_find_plain(&plain);
    if (!locks || pthread_create(&thread, NULL, nothing, NULL) != 0) {
        fputs("orders: no memory or no thread\n", stderr);
        return 3;
    }
    pthread_join(thread, NULL);
    take_all(&plain); /* the pages are there now */
    double without = take_all(&plain), first = take_all(&calls_linked), again = take_all(&calls_linked);
    measure_print("an order that is new", without, first, first - without, NAN, NAN, 1200, count * INNER);
    measure_print("the same once more, in no thread's cache", without, again, again - without, NAN, NAN, 0,
                  count * INNER);
    return 0;
}
