// expect: none
// kinds: mutex c11

// A bounded queue over one condition, with waits that are woken and, while the producer is not there, time out.
#include "tests/kinds/kind.h"

enum { ITEMS = 200, ROOM = 3 };
static lock_t m;
static cond_t changed;
static once_t made = ONCE;
static int items, timed_out;

static void make(void)
{
    lock_init(&m);
    cond_init(&changed);
}

static void produce(void)
{
    once(&made, make);
    await_step(1);
    for (int i = 0; i < ITEMS; i++) {
        lock(&m);
        while (items == ROOM)
            cond_wait(&changed, &m);
        items++;
        cond_broadcast(&changed);
        unlock(&m);
    }
}

static void consume(void)
{
    once(&made, make);
    lock(&m);
    const struct timespec end = in_ms(20);
    while (cond_until(&changed, &m, &end) == 0)
        ;
    timed_out = 1;
    unlock(&m);
    step();
    for (int i = 0; i < ITEMS; i++) {
        lock(&m);
        while (items == 0)
            cond_wait(&changed, &m);
        items--;
        cond_broadcast(&changed);
        unlock(&m);
    }
}

int main(void)
{
    run_together(produce, consume, NULL);
    cond_destroy(&changed);
    lock_destroy(&m);
    return timed_out != 1 || items != 0;
}
