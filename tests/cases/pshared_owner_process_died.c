// expect: deadlock warning likely threads=1
// limit: 4
// stderr-has: of a process that has ended
// report-has: was left locked by thread
// report-has: make the mutex robust (pthread_mutexattr_setrobust) and handle EOWNERDEAD.

// A process ends with a mutex locked that it shared with its parent. The mutex is not robust: nobody will unlock it.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef ROBUST
#define ROBUST PTHREAD_MUTEX_STALLED
#endif

int main(void)
{
    pthread_mutex_t *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t attributes;

    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, ROBUST);
    pthread_mutex_init(m, &attributes);
    pid_t child = fork();
    if (child == 0) {
        pthread_mutex_lock(m);
        kill(getpid(), SIGKILL);
    }
    waitpid(child, NULL, 0);
    pthread_mutex_lock(m);
    pthread_mutex_consistent(m);
    pthread_mutex_unlock(m);
    return 0;
}
