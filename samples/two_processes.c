/*
 * Two clerks are processes of their own. The accounts, each with a mutex, lie in memory that they share.
 *
 * What goes wrong: the one transfers from the first account to the second, the other back. Each locks the account that
 * it takes the money from, then the other one. Neither process has all of the cycle: what one waits for, the other
 * holds. lockwatch reads the records of both.
 *
 * The fix: the account with the lower number is locked first, whichever way the money goes.
 *
 * Both clerks have the finding in their records, so it is there twice.
 *
 * expect-faulty: deadlock error certain threads=2 locks=bank->account[].mutex
 * expect-faulty: deadlock error certain threads=2 locks=bank->account[].mutex
 * limit-faulty: 4
 * stderr-has-faulty: deadlock: 2 threads are blocked forever
 * expect-fixed: none
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct account {
    pthread_mutex_t mutex;
    long balance;
};

static struct bank {
    struct account account[2];
    atomic_int at_work;
} * bank;

static void lock_both(int from, int to)
{
#ifdef FAULTY
    int first = from;
#else
    int first = from < to ? from : to;
#endif
    pthread_mutex_lock(&bank->account[first].mutex);
#ifdef FAULTY
    for (bank->at_work++; bank->at_work < 2;) /* so that it goes wrong every time */
        usleep(1000);
#endif
    pthread_mutex_lock(&bank->account[from + to - first].mutex);
}

static void clerk(int from, int to)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0; i < 1000; i++) {
        lock_both(from, to);
        bank->account[from].balance--;
        bank->account[to].balance++;
        pthread_mutex_unlock(&bank->account[0].mutex);
        pthread_mutex_unlock(&bank->account[1].mutex);
    }
    exit(0);
}

int main(void)
{
    pthread_mutexattr_t attributes;
    bank = mmap(NULL, sizeof *bank, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK); /* nobody but its owner can unlock it */
    for (int i = 0; i < 2; i++)
        pthread_mutex_init(&bank->account[i].mutex, &attributes);
    for (int i = 0; i < 2; i++)
        if (fork() == 0)
            clerk(i, 1 - i);
    while (wait(NULL) > 0)
        continue;
    printf("%ld in all\n", bank->account[0].balance + bank->account[1].balance);
    return 0;
}
