// expect: deadlock warning likely threads=2
// expect: deadlock warning likely threads=2
// stderr-has: probable deadlock: 2 threads are blocked

// Two children acquire two named semaphores in two orders. The names are gone by then, as with Python's
// multiprocessing.Lock, so it is the mapping that tells which one is which.
#include "tests/processes.h"

#include <fcntl.h>
#include <stdio.h>

static sem_t *a, *b;

static void one(struct together *t)
{
    sem_wait(a);
    meet(t, 2);
    sem_wait(b);
}

static void other(struct together *t)
{
    sem_wait(b);
    meet(t, 2);
    sem_wait(a);
}

static sem_t *make(int number)
{
    char name[40];
    snprintf(name, sizeof name, "/lockwatch-test-%d-%d", (int)getpid(), number);
    sem_t *s = sem_open(name, O_CREAT | O_EXCL, 0600, 1);
    sem_unlink(name);
    return s;
}

int main(void)
{
    struct together *t = together();
    a = make(1);
    b = make(2);
    child(one, t);
    child(other, t);
    return children();
}
