// expect: deadlock error certain threads=1 locks=s

// A signal that is ignored, and one whose action is the default, wake nobody.
#define _GNU_SOURCE
#include <semaphore.h>
#include <signal.h>

static sem_t s;

int main(void)
{
    sem_init(&s, 0, 0);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR2, SIG_DFL);
    sem_wait(&s);
    return 0;
}
