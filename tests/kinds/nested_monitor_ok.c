// expect: none
// kinds: mutex c11

// The outer mutex is released before the condition wait.
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
    unlock(&outer);
    lock(&inner);
    while (items == 0)
        cond_wait(&nonempty, &inner);
    items--;
    unlock(&inner);
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
