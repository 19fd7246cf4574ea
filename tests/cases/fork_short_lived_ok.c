// expect: none

// A thread forks with two locks held, releases them and destroys them, and goes on with others: what it forgets of
// them is not what its child has.
#include "tests/cases/short_lived.h"

#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 30 };

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;

static void *in_order(void *unused)
{
    pthread_mutex_lock(&first);
    pthread_mutex_lock(&second);
    pthread_mutex_unlock(&second);
    pthread_mutex_unlock(&first);
    return unused;
}

static void child(pthread_mutex_t *a, pthread_mutex_t *b)
{
    pthread_t thread;
    pthread_mutex_unlock(b);
    pthread_mutex_unlock(a);
    pthread_create(&thread, NULL, in_order, NULL);
    pthread_join(thread, NULL);
    in_order(NULL);
    exit(0);
}

int main(void)
{
    int bad = 0, status;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_t *a = short_lived_make(), *b = short_lived_make();
        pthread_mutex_lock(a);
        pthread_mutex_lock(b);
        pid_t pid = fork();
        if (pid == 0)
            child(a, b);
        pthread_mutex_unlock(b);
        pthread_mutex_unlock(a);
        short_lived_end(a);
        short_lived_end(b);
        short_lived(500);
        bad += waitpid(pid, &status, 0) != pid || status != 0;
    }
    return bad;
}
