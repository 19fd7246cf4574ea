// expect: none
// exit: hang

// A handler for SIGUSR1 is installed that posts. That nobody sends the signal cannot be known: a hang, no
// finding.
#include <semaphore.h>
#include <signal.h>

static sem_t s;

static void on_usr1(int signal)
{
    (void)signal;
    sem_post(&s);
}

int main(void)
{
    sem_init(&s, 0, 0);
    signal(SIGUSR1, on_usr1);
    while (sem_wait(&s) != 0) {
    }
    return 0;
}
