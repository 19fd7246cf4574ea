// expect: none

// A program with threads forks; the child takes and releases locks that were free, waits for its own
// child, and ends. The parent's threads work on.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t quiet = PTHREAD_MUTEX_INITIALIZER, busy = PTHREAD_MUTEX_INITIALIZER;
static atomic_int stop;

static void *worker(void *arg)
{
    while (!stop) {
        pthread_mutex_lock(&busy);
        usleep(500);
        pthread_mutex_unlock(&busy);
    }
    return arg;
}

static void *child_worker(void *arg)
{
    pthread_mutex_lock(&quiet);
    usleep(1000);
    pthread_mutex_unlock(&quiet);
    return arg;
}

static int child(void)
{
    pthread_t threads[2];

    pthread_mutex_lock(&quiet);
    pthread_create(&threads[0], NULL, child_worker, NULL);
    pthread_create(&threads[1], NULL, child_worker, NULL);
    usleep(10000);
    pthread_mutex_unlock(&quiet);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 9;
}

int main(void)
{
    pthread_t thread;
    int status, sum = 0;

    pthread_create(&thread, NULL, worker, NULL);
    for (int i = 0; i < 5; i++) {
        pid_t pid = fork();

        if (pid == 0)
            _exit(child());
        waitpid(pid, &status, 0);
        sum += WEXITSTATUS(status);
    }
    stop = 1;
    pthread_join(thread, NULL);
    return sum == 45 ? 0 : 1;
}
