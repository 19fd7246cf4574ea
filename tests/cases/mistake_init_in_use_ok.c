// expect: spin-blocked note threads=1 locks=done

// Memory that looks like locks in use, for what was in it before, becomes locks while other threads hold and wait.
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct object {
    pthread_mutex_t m;
    pthread_rwlock_t rw;
    pthread_spinlock_t s;
    sem_t sem;
    pthread_cond_t c;
    pthread_barrier_t b;
};

static struct object model;
static sem_t go, done;

static void *holder(void *arg)
{
    pthread_mutex_lock(&model.m);
    pthread_rwlock_wrlock(&model.rw);
    pthread_spin_lock(&model.s);
    sem_post(&go);
    sem_wait(&done);
    pthread_spin_unlock(&model.s);
    pthread_rwlock_unlock(&model.rw);
    pthread_mutex_unlock(&model.m);
    return arg;
}

static void make(struct object *o)
{
    pthread_mutex_init(&o->m, NULL);
    pthread_rwlock_init(&o->rw, NULL);
    pthread_spin_init(&o->s, PTHREAD_PROCESS_PRIVATE);
    sem_init(&o->sem, 0, 1);
    pthread_cond_init(&o->c, NULL);
    pthread_barrier_init(&o->b, NULL, 2);
}

int main(void)
{
    struct object *copy = malloc(sizeof *copy);
    pthread_t thread;

    make(&model);
    sem_init(&go, 0, 0);
    sem_init(&done, 0, 0);
    pthread_create(&thread, NULL, holder, NULL);
    sem_wait(&go);
    memcpy(copy, &model, sizeof model);
    make(copy);
    for (int byte = 1; byte < 256; byte += 50) {
        memset(copy, byte, sizeof *copy);
        make(copy);
    }
    sem_post(&done);
    pthread_join(thread, NULL);
    make(&model);
    free(copy);
    return 0;
}
