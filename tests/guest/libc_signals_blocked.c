// expect: none

// A thread that has blocked libc's own signals, too, as only a system call can: one that waits for it stays where it
// is, whatever locks the thread acquires.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SETXID = 33 };

int main(void)
{
    static pthread_mutex_t m[8];
    const uint64_t all = ~0ull;
    uint64_t pending = 0;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, NULL, sizeof all);
    syscall(SYS_tgkill, getpid(), gettid(), SETXID);
    for (int i = 0; i < 8; i++)
        pthread_mutex_init(&m[i], NULL);
    for (int i = 0; i < 8; i++)
        pthread_mutex_lock(&m[i]);
    for (int i = 8; i-- > 0;)
        pthread_mutex_unlock(&m[i]);
    syscall(SYS_rt_sigpending, &pending, sizeof pending);
    puts((pending >> (SETXID - 1) & 1) != 0 ? "it waits" : "it came");
    fflush(stdout);
    _exit(0);
}
