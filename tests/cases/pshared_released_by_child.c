// expect: deadlock warning likely threads=1
// stderr-has: is shared between processes: another one could still release it
// limit: 5

// Main waits for a mutex that it holds itself, and shares with a child. The child could release it (POSIX leaves that
// undefined, but glibc does it), and does not.
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef RELEASES
#define RELEASES 0
#endif

int main(void)
{
    const int access = PROT_READ | PROT_WRITE;
    pthread_mutex_t *lock = mmap(NULL, sizeof *lock, access, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t attr;
    int status = 1;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(lock, &attr);
    pthread_mutex_lock(lock);
    if (fork() == 0) {
        usleep(700000);
        if (RELEASES)
            pthread_mutex_unlock(lock);
        _exit(0);
    }
    pthread_mutex_lock(lock);
    pthread_mutex_unlock(lock);
    wait(&status);
    return status;
}
