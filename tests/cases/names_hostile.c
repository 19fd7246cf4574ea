// expect: deadlock error certain threads=2
// stderr-has: mutex \x1b]0;x\x07\x1b[2Jred\x0alockwatch: said by nobody\x9b31m\x7f\u202ertl
// stderr-has: T2 (\x1b[2J\x0ax\x7f\x9b)
// report-has: mutex \xff\x9b\x80%s%n<b>"'
// report-has: T3 (\xff\xfe\x0d\x08)
// json: any(l["name"].startswith("\33]0;x\a\33[2Jred\nlockwatch: ") for l in f["locks"])
// json: any(l["name"].endswith("nobody\x9b31m\x7f\u202ertl") for l in f["locks"])
// json: any(l["name"] == '???%s%n<b>"\'\\' for l in f["locks"])

// Names that would clear a terminal, colour it, feign a line of ours or turn the order of words around: none of that
// gets through, and JSON has them as they are.
#define _GNU_SOURCE
#include "include/lockwatch.h"

#include <pthread.h>
#include <stdlib.h>

static pthread_mutex_t *one, *other;
static pthread_barrier_t both;

static void *backward(void *arg)
{
    pthread_setname_np(pthread_self(), "\xff\xfe\r\b");
    pthread_mutex_lock(other);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(one);
    return arg;
}

static void *forward(void *arg)
{
    pthread_setname_np(pthread_self(), "\033[2J\nx\177\xc2\x9b");
    pthread_mutex_lock(one);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(other);
    return arg;
}

int main(void)
{
    pthread_t first, second;

    one = malloc(sizeof *one);
    other = malloc(sizeof *other);
    pthread_mutex_init(one, NULL);
    pthread_mutex_init(other, NULL);
    LOCKWATCH_NAME(one, "\033]0;x\a\033[2Jred\nlockwatch: said by nobody\xc2\x9b"
                        "31m\177\xe2\x80\xae"
                        "rtl");
    LOCKWATCH_NAME(other, "\xff\x9b\x80%s%n<b>\"'\\");
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&first, NULL, forward, NULL);
    pthread_create(&second, NULL, backward, NULL);
    pthread_join(first, NULL);
    pthread_join(second, NULL);
    return 0;
}
