// expect: none

// A child process holds a shared mutex for a while; the parent, which has no other thread, waits for it.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    pthread_mutex_t m;
    atomic_int locked;
};

int main(void)
{
    const int access = PROT_READ | PROT_WRITE;
    struct shared *shared = mmap(NULL, sizeof *shared, access, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t attr;
    int status = 1;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&shared->m, &attr);
    if (fork() == 0) {
        pthread_mutex_lock(&shared->m);
        shared->locked = 1;
        usleep(300000);
        pthread_mutex_unlock(&shared->m);
        _exit(0);
    }
    while (!shared->locked)
        usleep(1000);
    pthread_mutex_lock(&shared->m);
    pthread_mutex_unlock(&shared->m);
    wait(&status);
    return status;
}
