/*
 * Processes that acquire two process-shared mutexes in two orders, for tests/scripts/processes: shared_orders HOW
 *
 *   siblings   two children that live at the same time, and are there one after the other
 *   sequence   one child, and when that has ended the other
 *   parent     the parent before it forks, and the child
 *   deadlock   two children that wait for each other
 */
#include "tests/processes.h"

static void both(struct together *t, int first)
{
    pthread_mutex_lock(&t->mutex[first]);
    pthread_mutex_lock(&t->mutex[1 - first]);
    pthread_mutex_unlock(&t->mutex[1 - first]);
    pthread_mutex_unlock(&t->mutex[first]);
}

static void a_then_b(struct together *t)
{
    both(t, 0);
}

static void b_then_a(struct together *t)
{
    both(t, 1);
}

static void first_sibling(struct together *t)
{
    both(t, 0);
    meet(t, 1);
    meet(t, 3);
}

static void second_sibling(struct together *t)
{
    while (__atomic_load_n(&t->steps, __ATOMIC_SEQ_CST) == 0)
        sched_yield();
    both(t, 1);
    meet(t, 3);
}

static void a_and_wait_for_b(struct together *t)
{
    pthread_mutex_lock(&t->mutex[0]);
    meet(t, 2);
    pthread_mutex_lock(&t->mutex[1]);
}

static void b_and_wait_for_a(struct together *t)
{
    pthread_mutex_lock(&t->mutex[1]);
    meet(t, 2);
    pthread_mutex_lock(&t->mutex[0]);
}

int main(int argc, char **argv)
{
    struct together *t = together();
    const char *how = argc > 1 ? argv[1] : "";
    init_mutexes(t, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED);
    if (strcmp(how, "deadlock") == 0) {
        child(a_and_wait_for_b, t);
        child(b_and_wait_for_a, t);
    } else if (strcmp(how, "parent") == 0) {
        both(t, 0);
        child(b_then_a, t);
    } else if (strcmp(how, "sequence") == 0) {
        child(a_then_b, t);
        children();
        child(b_then_a, t);
    } else {
        child(first_sibling, t);
        child(second_sibling, t);
    }
    return children();
}
