// expect: deadlock error certain threads=1 locks=s

// A binary semaphore, used as a lock before, taken twice by the only thread.
#include <semaphore.h>

static sem_t s;

int main(void)
{
    sem_init(&s, 0, 1);
    for (int i = 0; i < 10; i++) {
        sem_wait(&s);
        sem_post(&s);
    }
    sem_wait(&s);
    sem_wait(&s);
    return 0;
}
