// expect: none

// A queue with mtx_t and cnd_t, with waits that end in time, waits that time out, call_once and thrd_exit.
#include <stddef.h>
#include <threads.h>
#include <time.h>

#define ITEMS 200

static mtx_t m;
static cnd_t changed;
static once_flag flag = ONCE_FLAG_INIT;
static int items, timeouts;

static void set_up(void)
{
    mtx_init(&m, mtx_timed);
    cnd_init(&changed);
}

static int producer(void *arg)
{
    (void)arg;
    call_once(&flag, set_up);
    thrd_sleep(&(struct timespec){0, 100000000}, NULL);
    for (int i = 0; i < ITEMS; i++) {
        mtx_lock(&m);
        while (items == 3)
            cnd_wait(&changed, &m);
        items++;
        cnd_broadcast(&changed);
        mtx_unlock(&m);
    }
    thrd_exit(5);
}

static int consumer(void *arg)
{
    struct timespec end;

    (void)arg;
    call_once(&flag, set_up);
    for (int i = 0; i < ITEMS; i++) {
        mtx_lock(&m);
        while (items == 0) {
            timespec_get(&end, TIME_UTC);
            end.tv_sec += (end.tv_nsec + 20000000) / 1000000000;
            end.tv_nsec = (end.tv_nsec + 20000000) % 1000000000;
            timeouts += cnd_timedwait(&changed, &m, &end) == thrd_timedout;
        }
        items--;
        cnd_broadcast(&changed);
        mtx_unlock(&m);
    }
    return 6;
}

int main(void)
{
    thrd_t threads[2];
    int results[2];

    thrd_create(&threads[0], producer, NULL);
    thrd_create(&threads[1], consumer, NULL);
    thrd_join(threads[0], &results[0]);
    thrd_join(threads[1], &results[1]);
    return results[0] == 5 && results[1] == 6 && timeouts > 0 ? 0 : 1;
}
