// expect: none

// Handlers of pthread_atfork: what the thread that forks has locked, its child unlocks, and the parent, too. More
// locks than the library notes for a child, some of them read locks.
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ALL = 40 };
static pthread_mutex_t m[ALL];
static pthread_rwlock_t rw[ALL];

static void prepare(void)
{
    for (int i = 0; i < ALL; i++) {
        pthread_mutex_lock(&m[i]);
        pthread_rwlock_rdlock(&rw[i]);
    }
}

static void release(void)
{
    for (int i = 0; i < ALL; i++) {
        pthread_mutex_unlock(&m[i]);
        pthread_rwlock_unlock(&rw[i]);
    }
}

static void *forks(void *arg)
{
    int status;

    pid_t child = fork();
    if (child == 0) {
        prepare();
        release();
        _exit(0);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0 ? arg : NULL;
}

int main(void)
{
    pthread_t thread;
    void *same;

    for (int i = 0; i < ALL; i++) {
        pthread_mutex_init(&m[i], NULL);
        pthread_rwlock_init(&rw[i], NULL);
    }
    pthread_atfork(prepare, release, release);
    pthread_create(&thread, NULL, forks, m);
    pthread_join(thread, &same);
    return same != m;
}
