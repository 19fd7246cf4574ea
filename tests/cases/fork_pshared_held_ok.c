// expect: none
// limit: 10

// Locks that processes share are held at a fork, by main and by another thread. The children wait for them: they are
// not their own, and not left behind either, as the threads of the parent go on and release them.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MUTEXES = 5,
    READ = MUTEXES,
    WRITE,
    SPIN,
    UNDECLARED,
    UNIT,
    KINDS
}; /* the first few are mutexes of several types */

/* All of them, once for each of two threads. */
struct shared {
    pthread_mutex_t mutex[MUTEXES];
    pthread_rwlock_t read, written;
    pthread_spinlock_t spin, undeclared;
    sem_t unit;
    atomic_int begun;
} * shared[2];

static atomic_int held, over; /* no barriers: a spinlock is held */

static void await(atomic_int *flag)
{
    while (!*flag)
        usleep(1000);
    *flag = 0;
}

static void make(struct shared *s)
{
    pthread_mutexattr_t a;
    pthread_rwlockattr_t r;
    for (int i = 0; i < MUTEXES; i++) {
        pthread_mutexattr_init(&a);
        pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
        pthread_mutexattr_settype(&a, i == 1   ? PTHREAD_MUTEX_RECURSIVE
                                      : i == 2 ? PTHREAD_MUTEX_ERRORCHECK
                                               : PTHREAD_MUTEX_NORMAL);
        if (i == 3)
            pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
        if (i == 4)
            pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT);
        pthread_mutex_init(&s->mutex[i], &a);
    }
    pthread_rwlockattr_init(&r);
    pthread_rwlockattr_setpshared(&r, PTHREAD_PROCESS_SHARED);
    pthread_rwlock_init(&s->read, &r);
    pthread_rwlock_init(&s->written, &r);
    pthread_spin_init(&s->spin, PTHREAD_PROCESS_SHARED);
    pthread_spin_init(&s->undeclared, PTHREAD_PROCESS_PRIVATE);
    sem_init(&s->unit, 1, 1);
}

static int lock(struct shared *s, int kind, int again)
{
    switch (kind) {
    case READ:
        return again ? pthread_rwlock_wrlock(&s->read) : pthread_rwlock_rdlock(&s->read);
    case WRITE:
        return again ? pthread_rwlock_rdlock(&s->written) : pthread_rwlock_wrlock(&s->written);
    case SPIN:
        return pthread_spin_lock(&s->spin);
    case UNDECLARED:
        return pthread_spin_lock(&s->undeclared);
    case UNIT:
        return sem_wait(&s->unit);
    default:
        return pthread_mutex_lock(&s->mutex[kind]);
    }
}

static void unlock(struct shared *s, int kind)
{
    switch (kind) {
    case READ:
        pthread_rwlock_unlock(&s->read);
        break;
    case WRITE:
        pthread_rwlock_unlock(&s->written);
        break;
    case SPIN:
        pthread_spin_unlock(&s->spin);
        break;
    case UNDECLARED:
        pthread_spin_unlock(&s->undeclared);
        break;
    case UNIT:
        sem_post(&s->unit);
        break;
    default:
        pthread_mutex_unlock(&s->mutex[kind]);
    }
}

static int kind; /* what is held now */

static void *hold(void *unused)
{
    lock(shared[1], kind, 0);
    held = 1;
    await(&over);
    unlock(shared[1], kind);
    return unused;
}

static pid_t child_of(int who)
{
    pid_t child = fork();
    if (child == 0) {
        shared[who]->begun = 1;
        int bad = lock(shared[who], kind, 1);
        unlock(shared[who], kind);
        _exit(bad);
    }
    return child;
}

static int one_kind(void)
{
    pthread_t thread;
    int status = 0, other = 0;
    pid_t child;

    lock(shared[0], kind, 0);
    child = child_of(0); /* the first time there is no record yet */
    pthread_create(&thread, NULL, hold, NULL);
    await(&held);
    pid_t second = child_of(1);
    await(&shared[0]->begun);
    await(&shared[1]->begun);
    usleep(50000); /* so that they wait: what is deemed certain is reported at once */
    unlock(shared[0], kind);
    over = 1;
    pthread_join(thread, NULL);
    waitpid(child, &status, 0);
    waitpid(second, &other, 0);
    return status | other;
}

int main(void)
{
    const int access = PROT_READ | PROT_WRITE;
    int bad = 0;
    for (int i = 0; i < 2; i++)
        make(shared[i] = mmap(NULL, sizeof *shared[i], access, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    for (kind = 0; kind < KINDS; kind++)
        bad |= one_kind();
    return bad != 0;
}
