// expect: deadlock error certain threads=2 locks=a,b
// json: all(t["name"] != "victim" for t in f["threads"])

// Three more threads wait for the cycle's mutexes, and a fourth for a mutex that one of these holds. They are
// stuck as well, but they are not what is wrong.
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t c = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both, queued;

static void *forward(void *arg)
{
    pthread_mutex_lock(&a);
    pthread_barrier_wait(&both);
    pthread_barrier_wait(&queued);
    usleep(100000);
    pthread_mutex_lock(&b);
    return arg;
}

static void *backward(void *arg)
{
    pthread_mutex_lock(&b);
    pthread_barrier_wait(&both);
    pthread_barrier_wait(&queued);
    pthread_mutex_lock(&a);
    return arg;
}

static void *victim(void *arg)
{
    pthread_setname_np(pthread_self(), "victim");
    if (arg == &a)
        pthread_mutex_lock(&c);
    pthread_barrier_wait(&queued);
    pthread_mutex_lock(arg);
    return NULL;
}

int main(void)
{
    pthread_mutex_t *wants[4] = {&a, &b, &b, &c};
    pthread_t thread;

    pthread_barrier_init(&both, NULL, 3);
    pthread_barrier_init(&queued, NULL, 6);
    pthread_create(&thread, NULL, forward, NULL);
    pthread_create(&thread, NULL, backward, NULL);
    pthread_barrier_wait(&both);
    for (int i = 0; i < 4; i++)
        pthread_create(&thread, NULL, victim, wants[i]);
    pthread_join(thread, NULL);
    return 0;
}
