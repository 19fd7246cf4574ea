// expect: none
// env: LOCKWATCH_OPTIONS=keep=auto

// Programs that let themselves do no more than they do, and are killed for anything else, live as they do alone:
// whether there is a record by then or not, with threads and without, and also where the filter is put on by a bare
// system call.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOCKS = 3000, THREADS = 3 };
static pthread_mutex_t lock[LOCKS];
static sem_t semaphore;

static void *nest(void *unused)
{
    for (int i = 0; i < LOCKS - 1; i++) {
        pthread_mutex_lock(&lock[i]);
        pthread_mutex_lock(&lock[i + 1]);
        pthread_mutex_unlock(&lock[i]);
        pthread_mutex_unlock(&lock[i + 1]);
    }
    sem_post(&semaphore);
    return unused;
}

static void *wait_nested(void *unused)
{
    pthread_mutex_lock(&lock[0]);
    sem_wait(&semaphore);
    pthread_mutex_unlock(&lock[0]);
    return unused;
}

static void run_threads(void)
{
    pthread_t thread[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&thread[i], NULL, i == 0 ? wait_nested : nest, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
}

static void run_alone(void)
{
    pthread_mutex_t *heap = malloc(sizeof(pthread_mutex_t));
    pthread_mutex_init(heap, NULL);
    pthread_mutex_lock(heap);
    nest(NULL);
    pthread_mutex_unlock(heap);
    free(heap);
    pthread_mutex_destroy(&lock[1]);
    pthread_mutex_init(&lock[1], NULL);
}

#define ALLOW(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define NUMBER BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
#define KILL BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)

static void shut_in(bool threads, bool bare)
{
    struct sock_filter alone[] = {NUMBER, ALLOW(brk), ALLOW(exit_group), KILL};
    struct sock_filter with_threads[] = {NUMBER,
                                         ALLOW(brk),
                                         ALLOW(exit_group),
                                         ALLOW(exit),
                                         ALLOW(futex),
                                         ALLOW(mmap),
                                         ALLOW(munmap),
                                         ALLOW(mprotect),
                                         ALLOW(madvise),
                                         ALLOW(clone),
                                         ALLOW(clone3),
                                         ALLOW(rseq),
                                         ALLOW(rt_sigaction),
                                         ALLOW(getrandom),
                                         ALLOW(prlimit64),
                                         ALLOW(gettid),
                                         ALLOW(rt_sigprocmask),
                                         ALLOW(set_robust_list),
                                         KILL};
    struct sock_fprog program = {sizeof alone / sizeof *alone, alone};
    if (threads)
        program = (struct sock_fprog){sizeof with_threads / sizeof *with_threads, with_threads};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (bare ? syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0
             : prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(9);
}

static void child(bool early, bool threads, bool bare)
{
    if (!early) {
        run_alone();
        if (threads)
            run_threads();
    }
    shut_in(threads, bare);
    if (threads)
        run_threads();
    run_alone();
    exit(7);
}

int main(void)
{
    sem_init(&semaphore, 0, 1);
    for (int kind = 0; kind < 8; kind++) {
        int status;
        fflush(stdout);
        if (fork() == 0)
            child((kind & 1) != 0, (kind & 2) != 0, (kind & 4) != 0);
        wait(&status);
        printf("%d: %#x\n", kind, (unsigned)status);
    }
    return 0;
}
