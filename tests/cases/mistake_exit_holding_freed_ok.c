// expect: none

// The memory that a lock was in went before the thread did. (Freed while held, it is a mistake of another kind.)
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>

static void *worker(void *arg)
{
    for (int i = 0; i < 2; i++) {
        pthread_mutex_t *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        pthread_mutex_init(m, NULL);
        pthread_mutex_lock(m);
        munmap(m, 4096);
    }
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, worker, NULL);
    pthread_join(thread, NULL);
    return 0;
}
