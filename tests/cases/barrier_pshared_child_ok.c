// expect: none

// A shared barrier at which a child process arrives late.
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    const int access = PROT_READ | PROT_WRITE;
    pthread_barrier_t *meet = mmap(NULL, sizeof *meet, access, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_barrierattr_t attr;
    int status = 1;

    pthread_barrierattr_init(&attr);
    pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(meet, &attr, 2);
    if (fork() == 0) {
        usleep(300000);
        pthread_barrier_wait(meet);
        _exit(0);
    }
    pthread_barrier_wait(meet);
    wait(&status);
    return status;
}
