// expect: deadlock error certain threads=3
// kinds: mutex c11

// A condition wait releases the inner mutex, but not the outer one, which whoever signals needs first. Nobody ever
// signalled; main waits for one of the two.
#include "tests/kinds/kind.h"

static lock_t outer, inner;
static cond_t nonempty;
static int items;

static void produce(void)
{
    await_step(1);
    lock(&outer);
    lock(&inner);
    items++;
    cond_signal(&nonempty);
    unlock(&inner);
    unlock(&outer);
}

static void consume(void)
{
    lock(&outer);
    step();
    lock(&inner);
    while (items == 0)
        cond_wait(&nonempty, &inner);
    items--;
    unlock(&inner);
    unlock(&outer);
}

int main(void)
{
    lock_init(&outer);
    lock_init(&inner);
    cond_init(&nonempty);
    run_together(consume, produce, NULL);
    cond_destroy(&nonempty);
    return items;
}
