// expect: none

// Two orders, but one of the two waits with a time-out, and gives up.
#include "tests/processes.h"

static void one(struct together *t)
{
    pthread_mutex_lock(&t->mutex[0]);
    meet(t, 2);
    pthread_mutex_lock(&t->mutex[1]);
    pthread_mutex_unlock(&t->mutex[1]);
    pthread_mutex_unlock(&t->mutex[0]);
}

static void other(struct together *t)
{
    struct timespec end;
    pthread_mutex_lock(&t->mutex[1]);
    meet(t, 2);
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 3;
    if (pthread_mutex_timedlock(&t->mutex[0], &end) == 0)
        pthread_mutex_unlock(&t->mutex[0]);
    pthread_mutex_unlock(&t->mutex[1]);
}

int main(void)
{
    struct together *t = together();
    init_mutexes(t, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED);
    child(one, t);
    child(other, t);
    return children();
}
