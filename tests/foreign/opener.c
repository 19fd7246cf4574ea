/* HOW LIBRARY: opens it at run time, in its main thread, in another, or in a namespace of its own; or libc in one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static const char *how, *library;

static void *use(void *handle)
{
    int (*lock)(pthread_mutex_t *) = (int (*)(pthread_mutex_t *))dlsym(handle, "pthread_mutex_lock");
    int (*unlock)(pthread_mutex_t *) = (int (*)(pthread_mutex_t *))dlsym(handle, "pthread_mutex_unlock");
    void (*release)(void *) = (void (*)(void *))dlsym(RTLD_DEFAULT, "free");
    if (lock == NULL || unlock == NULL || release == NULL)
        return NULL;
    for (int i = 0; i < 3; i++) {
        lock(&a);
        lock(&b);
        release(malloc(5000));
        unlock(&b);
        unlock(&a);
    }
    return handle;
}

/* There may be too little room for its thread-local variables; then it is not opened, and dlopen says so. */
static void *open_it(void *argument)
{
    void *handle;
    if (strcmp(how, "namespace") == 0)
        handle = dlmopen(LM_ID_NEWLM, library, RTLD_NOW);
    else if (strcmp(how, "libc") == 0)
        handle = dlmopen(LM_ID_NEWLM, "libc.so.6", RTLD_NOW);
    else
        handle = dlopen(library, RTLD_NOW | RTLD_GLOBAL);
    if (handle != NULL)
        use(handle);
    return argument;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    if (argc != 3)
        return 2;
    how = argv[1], library = argv[2];
    if (strcmp(how, "main") == 0)
        open_it(NULL);
    pthread_create(&thread, NULL, strcmp(how, "main") == 0 ? use : open_it, RTLD_DEFAULT);
    pthread_join(thread, NULL);
    use(RTLD_DEFAULT);
    puts("done");
    return 7;
}
