// expect: wait-holding warning threads=3 locks=a,b,c

// As wait_holding_third, with a condition: its mutex is released by the wait, a is not, and who signals needs b.
#include "tests/order.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER, m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int wanted, there;

static void *waits(void *arg)
{
    for (int i = 0; i < 3; i++) {
        pthread_mutex_lock(&a);
        pthread_mutex_lock(&m);
        wanted++;
        while (there <= i)
            pthread_cond_wait(&c, &m);
        pthread_mutex_unlock(&m);
        pthread_mutex_unlock(&a);
    }
    step();
    return arg;
}

static void *signals(void *arg)
{
    for (int done = 0; done < 3;) {
        pthread_mutex_lock(&b);
        pthread_mutex_lock(&m);
        if (wanted > done) {
            done++;
            there++;
            pthread_cond_signal(&c);
        }
        pthread_mutex_unlock(&m);
        pthread_mutex_unlock(&b);
        sched_yield();
    }
    return arg;
}

static void *third(void *arg)
{
    await_step(1);
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    return arg;
}

int main(void)
{
    void *(*const roles[])(void *) = {waits, signals, third};
    pthread_t thread[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&thread[i], NULL, roles[i], NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    return 0;
}
