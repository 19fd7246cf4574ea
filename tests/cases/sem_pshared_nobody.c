// expect: none
// exit: hang

// A shared semaphore that nobody posts: another process could, and who knows which there are. A hang, no
// finding.
#include <semaphore.h>
#include <stddef.h>
#include <sys/mman.h>

int main(void)
{
    sem_t *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    sem_init(s, 1, 0);
    sem_wait(s);
    return 0;
}
