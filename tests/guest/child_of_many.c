// expect: none

// The child of a fork knows nothing of what its thread was part of before.
#include <pthread.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 8 };
static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static void *nest(void *arg)
{
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    return arg;
}

static void nest_by_thread(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, nest, NULL);
    pthread_join(thread, NULL);
}

static int child(void)
{
    nest(NULL);
    nest_by_thread();
    nest(NULL);
    nest_by_thread();
    return 0;
}

int main(void)
{
    int status = 1;

    for (int i = 0; i < THREADS; i++)
        nest_by_thread();
    nest(NULL);
    if (fork() == 0)
        _exit(child());
    wait(&status);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}
