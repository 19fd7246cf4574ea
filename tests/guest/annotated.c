// expect: none

// All that lockwatch.h has, in a program that is not linked with the library: without it nothing happens, and with it
// nothing that shows; not even where the calls do not fit together.
#include "include/lockwatch.h"
#include <errno.h>
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static int own, gate;

static void *work(void *arg)
{
    LOCKWATCH_NAME(&a, "a name");
    LOCKWATCH_CLASS(&b, "a class");
    LOCKWATCH_ORDER(&a, &b);
    LOCKWATCH_ENTER(&gate);
    LOCKWATCH_GIVE(arg);
    LOCKWATCH_TAKE(arg);
    LOCKWATCH_WAITS(&own, LOCKWATCH_SHARED);
    LOCKWATCH_GAVE_UP(&own);
    LOCKWATCH_WAITS(&own, 0);
    LOCKWATCH_ACQUIRED(&own, 0);
    LOCKWATCH_RELEASES(&own);
    LOCKWATCH_LEAVE(&gate);
    LOCKWATCH_IGNORE();
    LOCKWATCH_WATCH();
    return NULL;
}

static void *misfit(void *arg)
{
    LOCKWATCH_WATCH();
    LOCKWATCH_LEAVE(&gate);
    LOCKWATCH_RELEASES(&own);
    LOCKWATCH_GAVE_UP(&own);
    LOCKWATCH_ACQUIRED(NULL, 0);
    LOCKWATCH_WAITS(NULL, -1);
    LOCKWATCH_WAITS(&own, 0);
    LOCKWATCH_WAITS(&gate, 0);
    LOCKWATCH_GAVE_UP(&gate);
    LOCKWATCH_GAVE_UP(&own);
    LOCKWATCH_TAKE(&own);
    LOCKWATCH_ENTER(NULL);
    LOCKWATCH_ORDER(&a, &a);
    LOCKWATCH_ORDER(NULL, &a);
    LOCKWATCH_NAME(NULL, NULL);
    LOCKWATCH_CLASS(&a, NULL);
    return arg;
}

int main(void)
{
    void *(*const routines[])(void *) = {work, misfit};
    errno = 77;
    work(&own);
    misfit(&own);
    printf("errno %d\n", errno);
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, routines[i % 2], &own);
        pthread_join(thread, NULL);
    }
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    puts("done");
    return 0;
}
