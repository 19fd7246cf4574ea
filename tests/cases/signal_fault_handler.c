// expect: deadlock error certain threads=1
// json: f["locks"][0]["name"] == "s"

// Handlers for faults are installed, as runtimes do. A thread that sleeps cannot fault, so they wake nobody; the
// handler of sem_handler_installed could.
#include <semaphore.h>
#include <signal.h>

static sem_t s;

static void on_fault(int signal)
{
    (void)signal;
    sem_post(&s);
}

int main(void)
{
    const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS};

    sem_init(&s, 0, 0);
    for (unsigned i = 0; i < sizeof faults / sizeof *faults; i++)
        signal(faults[i], on_fault);
    while (sem_wait(&s) != 0) {
    }
    return 0;
}
