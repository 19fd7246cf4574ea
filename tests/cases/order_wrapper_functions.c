// expect: lock-order warning threads=2
// expect: lock-order warning threads=2
// report-has: mutex created in open_all at order_wrapper_functions.c:44
// report-has: mutex created in open_all at order_wrapper_functions.c:46
// report-has: To suppress it: lock-order:close_socket
// report-has: To suppress it: lock-order:rotate
// json: doc["findings"][0]["id"] != doc["findings"][1]["id"]
// json: "order_wrapper_functions.c:37" not in f["advice"] and "order_wrapper_functions.c:61" in f["advice"]
// where: glibc >= (2, 34)
// All locks of a program are made by one function and taken by another one: what tells its two cycles apart, and the
// sides of each, is who called these.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

static pthread_mutex_t *table, *socket, *file, *catalog;
static atomic_int done;

#ifndef CALLED
#define CALLED inline __attribute__((always_inline))
#endif
#ifndef BEFORE
#define BEFORE 0
#endif

static CALLED pthread_mutex_t *mutex_new(void)
{
    pthread_mutex_t *m = malloc(sizeof *m);
    if (m == NULL || pthread_mutex_init(m, NULL) != 0)
        abort();
    return m;
}

static __attribute__((noinline)) void mutex_lock(pthread_mutex_t *m)
{
    if (pthread_mutex_lock(m) != 0)
        abort();
    atomic_fetch_add(&done, 0);
}

static void open_all(void)
{
    table = mutex_new();

    socket = mutex_new();

    file = mutex_new();
    catalog = mutex_new();
}

static __attribute__((noinline)) void both(pthread_mutex_t *first, pthread_mutex_t *second)
{
    pthread_mutex_unlock(first);
    pthread_mutex_unlock(second);
}

static __attribute__((noinline)) void close_socket(void)
{
    mutex_lock(socket);
    mutex_lock(table);
    both(socket, table);
}

static __attribute__((noinline)) void shut_down(void)
{
    mutex_lock(table);
    mutex_lock(socket);
    both(socket, table);
}

static __attribute__((noinline)) void rotate(void)
{
    mutex_lock(file);
    mutex_lock(catalog);
    both(file, catalog);
}

static __attribute__((noinline)) void append(void)
{
    mutex_lock(catalog);
    mutex_lock(file);
    both(file, catalog);
}

static void *first(void *unused)
{
    close_socket();
    rotate();
    done = 1;
    return unused;
}

static void *second(void *unused)
{
    while (!done)
        sched_yield();
    shut_down();
    append();
    return unused;
}

int main(void)
{
    pthread_t one, two;
    for (int i = 0; i < BEFORE; i++)
        free(mutex_new());
    open_all();
    pthread_create(&one, NULL, first, NULL);
    pthread_create(&two, NULL, second, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return 0;
}
