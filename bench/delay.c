/*
 * How long after a cycle of threads has closed the first line about it can be read: delay LIBRARY [TIMES]
 *
 * It runs itself under the library as `delay cycle N`: N threads with a mutex each, each wanting the next
 * one's. The thread that closes the cycle says when on standard output, right before it asks; the reader waits
 * for a line on the other's standard error.
 */
#define _GNU_SOURCE
#include "bench/measure.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_THREADS = 200, MOST_TIMES = 1000, SETTLE_US = 50000, GIVE_UP_MS = 3000 };

static pthread_mutex_t locks[MOST_THREADS];
static unsigned threads;
static atomic_uint ready;

static void *cycle_member(void *argument)
{
    pthread_mutex_t *mine = argument;
    pthread_mutex_lock(mine);
    ready++;
    while (ready < threads) {
        usleep(100);
    }
    pthread_mutex_lock(mine + 1);
    return NULL;
}

/* The first one closes the cycle, when the others have had time to fall asleep in theirs. */
static int cycle(unsigned count)
{
    threads = count < 2 ? 2 : count > MOST_THREADS ? MOST_THREADS : count;
    for (unsigned i = 0; i < threads; i++) {
        pthread_mutex_init(&locks[i], NULL);
    }
    pthread_mutex_lock(&locks[threads - 1]);
    for (unsigned i = 0; i + 1 < threads; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, cycle_member, &locks[i]) != 0) {
            return 3;
        }
    }
    while (ready < threads - 1) {
        usleep(100);
    }
    ready++;
    usleep(SETTLE_US);
    int64_t closing = measure_now();
    if (write(STDOUT_FILENO, &closing, sizeof closing) != sizeof closing) {
        return 3;
    }
    pthread_mutex_lock(&locks[0]);
    return 3;
}

static pid_t cycle_start(char *count, char **environment, const int out[2], const int err[2])
{
    char program[] = "/proc/self/exe", name[] = "delay", mode[] = "cycle";
    char *arguments[] = {name, mode, count, NULL};
    posix_spawn_file_actions_t files;
    pid_t child = 0;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, err[1], STDERR_FILENO);
    for (int i = 0; i < 2; i++) {
        posix_spawn_file_actions_addclose(&files, out[i]);
        posix_spawn_file_actions_addclose(&files, err[i]);
    }
    if (posix_spawn(&child, program, &files, NULL, arguments, environment) != 0) {
        perror("delay: posix_spawn");
        exit(3);
    }
    posix_spawn_file_actions_destroy(&files);
    return child;
}

/* Milliseconds until the first line that came after the cycle was closed; less than 0 if none came. */
static double cycle_reported(int out, int err)
{
    struct pollfd wait[] = {{.fd = out, .events = POLLIN}, {.fd = err, .events = POLLIN}};
    int64_t closing = 0;
    char text[4096];
    while (poll(wait, 2, GIVE_UP_MS) > 0) {
        if (wait[0].revents && read(out, &closing, sizeof closing) != sizeof closing) {
            return -1;
        }
        if (wait[1].revents) {
            ssize_t got = read(err, text, sizeof text);
            int64_t now = measure_now();
            if (got <= 0) {
                return -1;
            }
            if (closing && memchr(text, '\n', (size_t)got)) {
                return (double)(now - closing) / 1e6;
            }
        }
    }
    return -1;
}

static double cycle_delay(char *count, char **environment)
{
    int out[2], err[2];
    if (pipe(out) != 0 || pipe(err) != 0) {
        perror("delay: pipe");
        exit(3);
    }
    pid_t child = cycle_start(count, environment, out, err);
    close(out[1]);
    close(err[1]);
    double delay = cycle_reported(out[0], err[0]);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(out[0]);
    close(err[0]);
    return delay;
}

static void row(const char *name, char *count, double asked, unsigned times)
{
    static double delays[MOST_TIMES];
    for (unsigned i = 0; i < times; i++) {
        delays[i] = cycle_delay(count, environ);
        if (delays[i] < 0) {
            fprintf(stderr, "delay: %s: no report in try %u of %u\n", name, i + 1, times);
            return;
        }
    }
    double middle = measure_quantile(delays, times, 0.5);
    measure_print(name, middle, delays[times - 1], NAN, measure_quantile(delays, times, 0.25),
                  measure_quantile(delays, times, 0.75), asked, times);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fputs("usage: delay LIBRARY [TIMES]\n", stderr);
        return 2;
    }
    if (strcmp(argv[1], "cycle") == 0) {
        return cycle(argc > 2 ? (unsigned)atoi(argv[2]) : 2);
    }
    int times = argc > 2 ? atoi(argv[2]) : 20;
    times = times < 1 ? 1 : times > MOST_TIMES ? MOST_TIMES : times;
    char two[] = "2", hundred[] = "100";
    setenv("LD_PRELOAD", argv[1], 1);
    row("cycle of 2 closed to first line", two, 20, (unsigned)times);
    row("cycle of 100 closed to first line", hundred, 50, (unsigned)times);
    return 0;
}
