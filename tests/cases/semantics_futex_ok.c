// expect: none

// What libc's syscall() returns and leaves in errno is the kernel's, with all six arguments.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static atomic_int word, other, asleep;

#define SAY(what, ...)                                                                                                 \
    do {                                                                                                               \
        errno = 77;                                                                                                    \
        long said = syscall(__VA_ARGS__);                                                                              \
        printf("%s: %ld, %d\n", what, said, errno);                                                                    \
    } while (0)

static void *sleeper(void *arg)
{
    asleep++;
    errno = 77;
    long said = syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    return said == 0 && errno == 77 ? arg : NULL;
}

static void handler(int signal)
{
    (void)signal;
}

/* A wait without a time-out, interrupted by a handler of a signal that does not restart it. */
static void *interrupted(void *arg)
{
    asleep++;
    SAY("interrupted", SYS_futex, &other, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    return arg;
}

static void wake(int threads)
{
    while (asleep < threads)
        usleep(1000);
    for (long woken = 0; woken < threads;)
        woken += syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

int main(void)
{
    const struct sigaction action = {.sa_handler = handler};
    const struct timespec soon = {0, 1000000};
    pthread_t threads[2];
    void *as_it_should;

    SAY("another value", SYS_futex, &word, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
    SAY("no memory", SYS_futex, 8, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    SAY("askew", SYS_futex, (char *)&word + 1, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    SAY("time-out", SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &soon, NULL, 0);
    SAY("no bits", SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, 0);
    SAY("another value, some bits", SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 1, NULL, NULL, 4);
    SAY("wake none", SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    SAY("wake with an operation", SYS_futex, &word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &other,
        FUTEX_OP(FUTEX_OP_SET, 5, FUTEX_OP_CMP_EQ, 0));
    printf("it has set %d\n", other);
    other = 0;
    SAY("requeue another value", SYS_futex, &word, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)1, &other, 9);
    SAY("requeue this value", SYS_futex, &word, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)1, &other, 0);
    SAY("no such operation", SYS_futex, &word, 99, 1, NULL, NULL, 0);
    SAY("no descriptor", SYS_read, -1, NULL, 1);
    char *page = (char *)syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
    page[0] = 1;
    SAY("six arguments", SYS_mmap, NULL, 4096, PROT_READ, MAP_PRIVATE, -1, 4096L);

    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, sleeper, &word);
    wake(2);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], &as_it_should);
        printf("woken: %d\n", as_it_should == &word);
    }
    sigaction(SIGUSR1, &action, NULL);
    asleep = 0;
    pthread_create(&threads[0], NULL, interrupted, NULL);
    while (asleep == 0)
        usleep(1000);
    for (int i = 0; i < 20; i++) {
        usleep(10000);
        pthread_kill(threads[0], SIGUSR1);
        if (pthread_tryjoin_np(threads[0], NULL) == 0)
            return 0;
    }
    return 1;
}
