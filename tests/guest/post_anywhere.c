// A signal handler posts a semaphore whose unit the thread holds, at every instruction of the calls that acquire and
// release other locks: the parent steps its child through them and sends the signal after one instruction more each
// time. Afterwards the thread holds nothing, so that nothing is acquired while holding anything else but what is here.
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 320 };

static sem_t unit;
static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t alone = PTHREAD_MUTEX_INITIALIZER;
static volatile sig_atomic_t held;

static void post(int number)
{
    (void)number;
    if (held) {
        held = 0;
        sem_post(&unit);
    }
}

static void work(void)
{
    sem_wait(&unit);
    held = 1;
    pthread_mutex_lock(&first);
    pthread_mutex_lock(&second);
    pthread_mutex_unlock(&first);
    pthread_mutex_unlock(&second);
}

static int stepped(void)
{
    sem_init(&unit, 0, 1);
    signal(SIGUSR1, post);
    for (int i = 0; i < 3; i++) { // what happens for the first time takes another way
        work();
        post(0);
        pthread_mutex_lock(&alone);
        pthread_mutex_unlock(&alone);
    }
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        raise(SIGTRAP);
        work();
        post(0);
        pthread_mutex_lock(&alone);
        pthread_mutex_unlock(&alone);
    }
    return 0;
}

static int wait_for(pid_t child, int *status)
{
    return waitpid(child, status, 0) == child && WIFSTOPPED(*status);
}

// `steps` instructions on, then the signal.
static int send_after(pid_t child, int steps)
{
    int status;
    for (int i = 0; i < steps; i++) {
        ptrace(PTRACE_SINGLESTEP, child, NULL, NULL);
        if (!wait_for(child, &status))
            return 0;
    }
    ptrace(PTRACE_CONT, child, NULL, (void *)SIGUSR1);
    return 1;
}

int main(void)
{
    int status, rounds = 0;
    pid_t child = fork();
    if (child == 0)
        return stepped();
    while (wait_for(child, &status))
        if (!send_after(child, rounds++))
            break; // it has ended: of short rounds some are passed over
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}
