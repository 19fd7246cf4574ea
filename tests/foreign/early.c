/* A library whose constructor does what the variable EARLY says, before lockwatch's has run. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER, made;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static sem_t semaphore;

static void routine(void)
{
    puts("once");
}

static void *locks(void *argument)
{
    pthread_mutex_init(&made, NULL);
    sem_init(&semaphore, 0, 1);
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_rwlock_wrlock(&rw);
    sem_wait(&semaphore);
    sem_post(&semaphore);
    pthread_rwlock_unlock(&rw);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    pthread_mutex_destroy(&made);
    free(realloc(malloc(10), 5000));
    return argument;
}

static void in_a_thread(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, locks, NULL);
    pthread_join(thread, NULL);
}

/* By both names that it has. */
int __pthread_key_create(pthread_key_t *key, void (*destructor)(void *));

static void keys(void)
{
    pthread_key_t key[2];
    printf("keys %d", pthread_key_create(&key[0], NULL));
    printf(" %d\n", __pthread_key_create(&key[1], NULL));
}

static void in_a_fork(void)
{
    pid_t child = fork();
    int status;
    if (child == 0) {
        in_a_thread();
        _exit(3);
    }
    waitpid(child, &status, 0);
    printf("child %d\n", WEXITSTATUS(status));
    fflush(stdout);
}

__attribute__((constructor)) static void start(int argc, char **argv)
{
    const char *what = getenv("EARLY");
    (void)argc;
    if (what == NULL)
        return;
    if (strcmp(what, "dlsym") == 0)
        dlsym(RTLD_DEFAULT, "not_there"), dlsym(RTLD_DEFAULT, "not_there_either");
    else if (strcmp(what, "locks") == 0)
        locks(NULL);
    else if (strcmp(what, "thread") == 0)
        in_a_thread();
    else if (strcmp(what, "fork") == 0)
        in_a_fork();
    else if (strcmp(what, "once") == 0)
        pthread_once(&once, routine);
    else if (strcmp(what, "keys") == 0)
        keys();
    else if (strcmp(what, "exit") == 0)
        exit(5);
    else if (strcmp(what, "exec") == 0) {
        unsetenv("EARLY");
        execv("/proc/self/exe", argv);
    }
}
