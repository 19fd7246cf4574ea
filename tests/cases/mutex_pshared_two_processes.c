// expect: deadlock warning likely threads=2 locks=shared->a,shared->b
// expect: deadlock warning likely threads=2 locks=shared->a,shared->b
// stderr-has: probable deadlock: 2 threads are blocked
// report-has: shared between processes: another one could still release it

// Two processes lock each other out over shared memory: what the one holds stands in the record of the other. Each of
// the two records has the finding.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    pthread_mutex_t a, b;
    pthread_barrier_t both;
};

int main(void)
{
    const int access = PROT_READ | PROT_WRITE;
    struct shared *shared = mmap(NULL, sizeof *shared, access, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t mutex;
    pthread_barrierattr_t barrier;

    pthread_mutexattr_init(&mutex);
    pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
    pthread_barrierattr_init(&barrier);
    pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&shared->a, &mutex);
    pthread_mutex_init(&shared->b, &mutex);
    pthread_barrier_init(&shared->both, &barrier, 2);
    if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pthread_mutex_lock(&shared->b);
        pthread_barrier_wait(&shared->both);
        pthread_mutex_lock(&shared->a);
        _exit(0);
    }
    pthread_mutex_lock(&shared->a);
    pthread_barrier_wait(&shared->both);
    pthread_mutex_lock(&shared->b);
    wait(NULL);
    return 0;
}
