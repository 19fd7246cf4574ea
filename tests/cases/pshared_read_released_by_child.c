// expect: deadlock warning likely threads=1
// limit: 5

// The same of a reader-writer lock that main has as a reader, and wants as a writer.
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
    pthread_rwlock_t *lock = mmap(NULL, sizeof *lock, access, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_rwlockattr_t attr;
    int status = 1;

    pthread_rwlockattr_init(&attr);
    pthread_rwlockattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_rwlock_init(lock, &attr);
    pthread_rwlock_rdlock(lock);
    if (fork() == 0) {
        usleep(700000);
        if (RELEASES)
            pthread_rwlock_unlock(lock);
        _exit(0);
    }
    pthread_rwlock_wrlock(lock);
    pthread_rwlock_unlock(lock);
    wait(&status);
    return status;
}
