// expect: none
// limit: 30

// A process whose threads lock and block all the while makes children in every way there is, and at last becomes
// another program. Each child does what it would have done, and sees the environment that it was given.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER, c = PTHREAD_MUTEX_INITIALIZER;
static sem_t s;
static atomic_int stop;

static void *work(void *arg)
{
    while (!stop) {
        pthread_mutex_lock(&a);
        pthread_mutex_lock(&b);
        sem_post(&s);
        pthread_mutex_unlock(&a);
        pthread_mutex_unlock(&b);
        sem_wait(&s);
    }
    return arg;
}

static void *child_work(void *arg)
{
    pthread_mutex_lock(&c);
    pthread_mutex_unlock(&c);
    return arg;
}

/* Locks that nobody else takes, before and after it has a thread. */
static int child(int n)
{
    pthread_mutex_t d = PTHREAD_MUTEX_INITIALIZER;
    pthread_t thread;

    pthread_mutex_lock(&c);
    pthread_mutex_lock(&d);
    if (n % 2 == 0)
        pthread_create(&thread, NULL, child_work, NULL);
    pthread_mutex_unlock(&c);
    pthread_mutex_unlock(&d);
    if (n % 2 == 0)
        pthread_join(thread, NULL);
    return n;
}

static int ended(pid_t pid)
{
    int status = -1;

    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -status;
}

static void forks(void)
{
    int sum = 0;

    for (int i = 0; i < 60; i++) {
        pid_t pid = fork();

        if (pid == 0)
            _exit(child(i));
        sum += ended(pid);
    }
    printf("forked: %d\n", sum);
}

static void vforks(void)
{
    for (int i = 0; i < 10; i++) {
        pid_t pid = vfork(); // NOLINT: it is what is tested

        if (pid == 0) {
            execl("/bin/sh", "sh", "-c", "exit 7", (char *)NULL);
            _exit(127);
        }
        if (ended(pid) != 7)
            printf("vfork failed\n");
        pid = vfork(); // NOLINT
        if (pid == 0)
            _exit(9);
        if (ended(pid) != 9)
            printf("vfork without exec failed\n");
    }
}

static void spawns(void)
{
    char name[] = "sh", option[] = "-c", command[] = "test \"$MARK\" = x";
    char *const arguments[] = {name, option, command, NULL};
    char line[100] = "";
    pid_t pid = -1;

    for (int i = 0; i < 10; i++)
        if (posix_spawn(&pid, "/bin/sh", NULL, NULL, arguments, environ) != 0 || ended(pid) != 0)
            printf("spawn failed\n");
    FILE *pipe = popen("echo from a pipe", "r");
    if (fgets(line, sizeof line, pipe) != NULL)
        printf("%s", line);
    printf("pclose %d\n", WEXITSTATUS(pclose(pipe)));
    printf("system %d\n", WEXITSTATUS(system("exit 6")));
}

int main(int argc, char **argv)
{
    pthread_t threads[3];

    if (argc > 1) {
        printf("the new program: %s, %d\n", getenv("MARK"), child(2));
        return 0;
    }
    setenv("MARK", "x", 1);
    setvbuf(stdout, NULL, _IOLBF, 0);
    sem_init(&s, 0, 0);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    forks();
    vforks();
    spawns();
    fflush(stdout);
    execl("/proc/self/exe", argv[0], "again", (char *)NULL);
    return 1;
}
