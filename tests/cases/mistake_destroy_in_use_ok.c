// expect: none

// The last of several users of an object destroys its locks, right after another has released them.
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

enum { USERS = 4, ROUNDS = 300 };

struct object {
    pthread_mutex_t m;
    pthread_rwlock_t rw;
    pthread_spinlock_t s;
    sem_t sem;
    int users;
};

static void let_go(struct object *o)
{
    pthread_rwlock_rdlock(&o->rw);
    pthread_rwlock_unlock(&o->rw);
    sem_wait(&o->sem);
    pthread_spin_lock(&o->s);
    pthread_spin_unlock(&o->s);
    sem_post(&o->sem);
    pthread_mutex_lock(&o->m);
    int left = --o->users;
    pthread_mutex_unlock(&o->m);
    if (left > 0)
        return;
    pthread_mutex_destroy(&o->m);
    pthread_rwlock_destroy(&o->rw);
    pthread_spin_destroy(&o->s);
    sem_destroy(&o->sem);
    free(o);
}

static struct object *make(void)
{
    struct object *o = malloc(sizeof *o);
    pthread_mutex_init(&o->m, NULL);
    pthread_rwlock_init(&o->rw, NULL);
    pthread_spin_init(&o->s, PTHREAD_PROCESS_PRIVATE);
    sem_init(&o->sem, 0, 1);
    o->users = USERS;
    return o;
}

static struct object *all[ROUNDS];

static void *user(void *arg)
{
    for (int i = 0; i < ROUNDS; i++)
        let_go(all[i]);
    return arg;
}

int main(void)
{
    pthread_t threads[USERS];

    for (int i = 0; i < ROUNDS; i++)
        all[i] = make();
    for (int i = 0; i < USERS; i++)
        pthread_create(&threads[i], NULL, user, NULL);
    for (int i = 0; i < USERS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
