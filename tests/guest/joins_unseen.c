// expect: none

// The end of a thread that the library has not seen begin is waited for, for longer than a wait is patient, by a
// program that does nothing else, and so has no record.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

static void *sleeps(void *arg)
{
    sleep(7);
    return arg;
}

int main(void)
{
    void *libc = dlopen("libc.so.6", RTLD_NOW);
    int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) =
        (int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))dlsym(libc, "pthread_create");
    pthread_t thread;
    if (create == NULL || create(&thread, NULL, sleeps, NULL) != 0)
        return 1;
    return pthread_join(thread, NULL);
}
