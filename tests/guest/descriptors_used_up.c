// expect: none
// json: doc["process"]["complete"]

// While a program has used up its descriptors its record grows on.
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LOCKS = 20000, MOST = 64 };
static pthread_mutex_t lock[LOCKS];

static void nest(int from, int to)
{
    for (int i = from; i < to; i++) {
        pthread_mutex_lock(&lock[i]);
        pthread_mutex_lock(&lock[i + 1]);
        pthread_mutex_unlock(&lock[i + 1]);
        pthread_mutex_unlock(&lock[i]);
    }
}

int main(void)
{
    struct rlimit limit = {MOST, MOST};
    int fd[MOST], count = 0, fresh;
    setrlimit(RLIMIT_NOFILE, &limit);
    nest(0, 1);
    while ((fresh = open("/dev/null", O_RDONLY)) >= 0)
        fd[count++] = fresh;
    nest(1, LOCKS / 2);
    while (count > 0)
        close(fd[--count]);
    nest(LOCKS / 2, LOCKS - 1);
    puts("done");
    return 0;
}
