// expect: deadlock error certain threads=2 locks=t->mutex[]
// expect: deadlock error certain threads=2 locks=t->mutex[]
// stderr-has: deadlock: 2 threads are blocked forever

// Two programs that were started apart have the same memory at different addresses, by a file.
#define _GNU_SOURCE
#include "tests/processes.h"

#include <fcntl.h>
#include <stdio.h>

static int run(const char *path, int first)
{
    int fd = open(path, O_RDWR);
    if (first != 0)
        mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct together *t = mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pthread_mutex_lock(&t->mutex[first]);
    meet(t, 2);
    return pthread_mutex_lock(&t->mutex[1 - first]);
}

static void start(const char *path, const char *first)
{
    if (fork() == 0) {
        execl("/proc/self/exe", "processes_exec", path, first, (char *)NULL);
        _exit(1);
    }
}

int main(int argc, char **argv)
{
    if (argc == 3)
        return run(argv[1], argv[2][0] - '0');
    char path[40];
    int fd = memfd_create("shared", 0);
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)getpid(), fd);
    if (ftruncate(fd, sizeof(struct together)) != 0)
        return 1;
    struct together *t = mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    init_mutexes(t, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED);
    start(path, "0");
    start(path, "1");
    return children();
}
