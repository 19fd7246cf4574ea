// expect: none
// stdout-same: no

// Forks while another thread goes through the list of objects, as a look of the library's own may. The child of glibc's
// fork would wait for that thread, which it does not have, when it does the same: its unwinder, its first dlopen.
#define _GNU_SOURCE
#include <link.h>
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static sem_t inside, leave;

static int stay(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)info, (void)size, (void)unused;
    sem_post(&inside);
    sem_wait(&leave);
    return 1;
}

static int go(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)info, (void)size, (void)unused;
    return 1;
}

static void *walk(void *unused)
{
    dl_iterate_phdr(stay, NULL);
    return unused;
}

int main(void)
{
    pthread_t thread;
    int status = 0;
    sem_init(&inside, 0, 0);
    sem_init(&leave, 0, 0);
    pthread_create(&thread, NULL, walk, NULL);
    sem_wait(&inside);
    pid_t child = fork();
    if (child == 0) {
        alarm(10);
        _exit(dl_iterate_phdr(go, NULL) != 1);
    }
    waitpid(child, &status, 0);
    sem_post(&leave);
    pthread_join(thread, NULL);
    return status != 0;
}
