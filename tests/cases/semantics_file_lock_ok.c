// expect: none

// What flock, lockf and fcntl return and leave in errno is the kernel's, waiting or not.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

static const char path[] = "/dev/shm/lockwatch-test-semantics";

#define SAY(call)                                                                                                      \
    do {                                                                                                               \
        errno = 77;                                                                                                    \
        int said = (call);                                                                                             \
        printf("%s: %d, %d\n", #call, said, errno);                                                                    \
    } while (0)

static void handler(int signal)
{
    (void)signal;
}

int main(void)
{
    const struct sigaction action = {.sa_handler = handler};
    int one = open(path, O_RDWR | O_CREAT, 0666), two = open(path, O_RDWR), ready[2], go[2];
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET}, none = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
    char byte = 0;

    SAY(flock(one, LOCK_EX));
    SAY(flock(two, LOCK_EX | LOCK_NB));
    SAY(flock(one, LOCK_SH));
    SAY(flock(two, LOCK_SH));
    SAY(flock(two, LOCK_UN));
    SAY(flock(one, LOCK_UN));
    SAY(flock(-1, LOCK_EX));
    SAY(flock(one, 99));
    SAY(fcntl(-1, F_SETLKW, &all));
    SAY(fcntl(one, F_SETLKW, NULL));
    SAY(fcntl(one, F_GETFD));
    SAY(fcntl(one, F_SETFD, FD_CLOEXEC));
    SAY(fcntl(one, F_GETFD));
    SAY(lockf(one, F_LOCK, 0));
    SAY(lockf(one, F_ULOCK, 0));
    SAY(lockf(-1, F_LOCK, 0));
    SAY(fcntl(one, F_OFD_SETLKW, &all));
    SAY(fcntl(two, F_OFD_SETLK, &all));
    SAY(fcntl(one, F_OFD_SETLK, &none));

    if (pipe(ready) != 0 || pipe(go) != 0)
        return 1;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int own = open(path, O_RDWR);
        flock(own, LOCK_EX);
        fcntl(own, F_SETLKW, &all);
        write(ready[1], &byte, 1);
        read(go[0], &byte, 1);
        usleep(300000);
        _exit(0);
    }
    read(ready[0], &byte, 1);
    sigaction(SIGALRM, &action, NULL);
    ualarm(100000, 0);
    SAY(flock(one, LOCK_EX));
    ualarm(100000, 0);
    SAY(fcntl(one, F_SETLKW, &all));
    ualarm(100000, 0);
    SAY(lockf(one, F_LOCK, 0));
    write(go[1], &byte, 1);
    SAY(flock(one, LOCK_EX));
    SAY(fcntl(one, F_SETLKW, &all));
    waitpid(child, NULL, 0);
    unlink(path);
    return 0;
}
