// expect: none

// A process that gives up the rights with which its record began says nothing of that: it is the program's own doing.
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOCKS = 2000 };
static pthread_mutex_t lock[LOCKS];

static void nest(int count)
{
    for (int i = 0; i < count; i++) {
        pthread_mutex_lock(&lock[i]);
        pthread_mutex_lock(&lock[i + 1]);
        pthread_mutex_unlock(&lock[i + 1]);
        pthread_mutex_unlock(&lock[i]);
    }
}

int main(void)
{
    int status;
    nest(1);
    fflush(stdout);
    if (fork() == 0) { /* its record would begin only now */
        if (getuid() == 0 && setuid(65534) != 0)
            _exit(1);
        nest(2);
        _exit(0);
    }
    wait(&status);
    if (getuid() == 0 && setuid(65534) != 0)
        return 1;
    nest(LOCKS - 1);
    printf("%d\n", status);
    return 0;
}
