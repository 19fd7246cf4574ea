// expect: none

// A shared semaphore that a child process posts, late, and twice.
#include <semaphore.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    sem_t *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status = 1;

    sem_init(s, 1, 0);
    if (fork() == 0) {
        for (int i = 0; i < 2; i++) {
            usleep(200000);
            sem_post(s);
        }
        _exit(0);
    }
    sem_wait(s);
    sem_wait(s);
    wait(&status);
    return status;
}
