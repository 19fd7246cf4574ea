// expect: none
// limit: 10

// A queue of one place that processes share: the place is taken by a thread that ends, and released by another
// process. Nobody here has ever posted it.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static sem_t *place;

static void *put(void *argument)
{
    sem_wait(place);
    return argument;
}

int main(void)
{
    pthread_t thread;
    int status = 1;
    place = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED || sem_init(place, 1, 1) != 0)
        return 1;
    pid_t child = fork();
    if (child == 0) {
        usleep(2700000);
        sem_post(place);
        _exit(0);
    }
    pthread_create(&thread, NULL, put, NULL);
    pthread_join(thread, NULL);
    sem_wait(place);
    waitpid(child, &status, 0);
    return status;
}
