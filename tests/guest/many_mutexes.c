// expect: none
// args: 1000000
// limit: 20

// A million mutexes, each locked once by itself, once under another one, and once by a second thread.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t *locks, outer = PTHREAD_MUTEX_INITIALIZER;
static int count;

static void *in_turn(void *arg)
{
    int bad = 0;

    for (int i = 0; i < count; i++) {
        bad += pthread_mutex_lock(&locks[i]) != 0;
        bad += pthread_mutex_unlock(&locks[i]) != 0;
    }
    printf("%d locks, %d refused\n", count, bad);
    return arg;
}

int main(int argc, char **argv)
{
    pthread_t thread;

    count = argc > 1 ? atoi(argv[1]) : 1000;
    locks = calloc((size_t)count, sizeof *locks); // NOLINT: an array of them
    in_turn(NULL);
    pthread_mutex_lock(&outer);
    in_turn(NULL);
    pthread_mutex_unlock(&outer);
    pthread_create(&thread, NULL, in_turn, NULL);
    pthread_join(thread, NULL);
    return 0;
}
