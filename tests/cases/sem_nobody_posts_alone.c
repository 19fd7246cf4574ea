// expect: deadlock error certain threads=1 locks=done

// A program without a second thread waits for a semaphore at 0.
#include <semaphore.h>

static sem_t done;

int main(void)
{
    sem_init(&done, 0, 0);
    sem_wait(&done);
    return 0;
}
