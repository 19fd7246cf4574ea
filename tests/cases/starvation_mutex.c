// env: LOCKWATCH_OPTIONS=starve_ms=50
// expect: starvation note threads=1 locks=m
// expect: starvation note threads=1 locks=s
// json: all(f["threads"][0]["name"] == "patient" for f in doc["findings"])

// A mutex and a semaphore are released and taken again at once: whoever waits is woken too late, time and again. On
// one processor, and with the least of all priorities, it never comes first.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stddef.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static sem_t s, taken;

static void *patient(void *arg)
{
    const struct sched_param none = {0};
    pthread_setname_np(pthread_self(), "patient");
    pthread_setschedparam(pthread_self(), SCHED_IDLE, &none);
    sem_wait(&taken);
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    sem_wait(&taken);
    sem_wait(&s);
    sem_post(&s);
    return arg;
}

static void greedy_with_mutex(void)
{
    for (int i = 0; i < 40; i++) {
        pthread_mutex_lock(&m);
        if (i == 0)
            sem_post(&taken);
        usleep(10000);
        pthread_mutex_unlock(&m);
    }
}

static void greedy_with_semaphore(void)
{
    for (int i = 0; i < 40; i++) {
        sem_wait(&s);
        if (i == 0)
            sem_post(&taken);
        usleep(10000);
        sem_post(&s);
    }
}

int main(void)
{
    pthread_t thread;
    cpu_set_t one;

    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    sched_setaffinity(0, sizeof one, &one);
    sem_init(&s, 0, 1);
    sem_init(&taken, 0, 0);
    pthread_create(&thread, NULL, patient, NULL);
    greedy_with_mutex();
    greedy_with_semaphore();
    pthread_join(thread, NULL);
    return 0;
}
