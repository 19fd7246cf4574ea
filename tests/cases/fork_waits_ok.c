// expect: none

// The children of a process with two threads wait, for longer than their parent watches them: for a semaphore that
// processes share, for a signal, and one works in a program of its own.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void *rest(void *arg)
{
    pthread_barrier_wait(arg);
    return arg;
}

int main(void)
{
    pthread_t thread;
    pthread_barrier_t over;
    pid_t child[3];
    int worst = 0, status;
    sem_t *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    sem_init(shared, 1, 0);
    pthread_barrier_init(&over, NULL, 2);
    pthread_create(&thread, NULL, rest, &over);
    for (int i = 0; i < 3; i++) {
        child[i] = fork();
        if (child[i] == 0 && i == 0)
            _exit(sem_wait(shared));
        if (child[i] == 0 && i == 1)
            _exit(pause() == 0);
        if (child[i] == 0)
            _exit(execl("/bin/sleep", "sleep", "3", NULL));
    }
    waitpid(child[2], &status, 0);
    worst |= status;
    sem_post(shared);
    waitpid(child[0], &status, 0);
    worst |= status;
    kill(child[1], SIGKILL);
    waitpid(child[1], &status, 0);
    worst |= WTERMSIG(status) != SIGKILL;
    pthread_barrier_wait(&over);
    pthread_join(thread, NULL);
    return worst != 0;
}
