// expect: deadlock error certain threads=2 locks=config,logging

// Two modules, set up once each, and each by way of the other.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

static pthread_once_t config = PTHREAD_ONCE_INIT, logging = PTHREAD_ONCE_INIT;
static pthread_barrier_t both;

static void set_up_logging(void);

static void set_up_config(void)
{
    pthread_barrier_wait(&both);
    pthread_once(&logging, set_up_logging);
}

static void set_up_logging(void)
{
    pthread_barrier_wait(&both);
    pthread_once(&config, set_up_config);
}

static void *configures(void *arg)
{
    pthread_once(&config, set_up_config);
    return arg;
}

static void *logs(void *arg)
{
    pthread_once(&logging, set_up_logging);
    return arg;
}

int main(void)
{
    pthread_t threads[2];

    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&threads[0], NULL, configures, NULL);
    pthread_create(&threads[1], NULL, logs, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
