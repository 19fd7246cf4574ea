#include "analyzer/page/dot_program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SECONDS = 20 };

static int as_file(const char *text, size_t size)
{
    int fd = memfd_create("lockwatch", MFD_CLOEXEC);
    for (ssize_t done = 0, n; fd >= 0 && (size_t)done < size; done += n)
        if ((n = pwrite(fd, text + done, size - (size_t)done, done)) <= 0) {
            close(fd);
            fd = -1;
        }
    return fd;
}

/* It need not be watched, and must not be disturbed by what the watched program's environment says of libraries. */
static pid_t start(int from, int to)
{
    extern char **environ;
    char program[] = "dot", plain[] = "-Tplain", *argv[] = {program, plain, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    size_t count = 0, kept = 0;
    pid_t pid = -1;
    while (environ[count] != NULL)
        count++;
    char **environment = calloc(count + 1, sizeof *environment);
    for (size_t i = 0; environment != NULL && i < count; i++)
        if (strncmp(environ[i], "LD_", 3) != 0)
            environment[kept++] = environ[i];
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, from, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, to, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    int error = environment == NULL ? ENOMEM : posix_spawnp(&pid, argv[0], &actions, &attributes, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    free(environment);
    errno = error;
    return error == 0 ? pid : -1;
}

static int left(const struct timespec *until)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    long long ms = (until->tv_sec - now.tv_sec) * 1000LL + (until->tv_nsec - now.tv_nsec) / 1000000;
    return ms < 0 ? 0 : (int)ms;
}

/* All that can be read up to the end; NULL: it took too long, or there was no memory. */
static char *read_all(int fd)
{
    struct timespec until;
    char *text = NULL;
    size_t size = 0, room = 0;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += SECONDS;
    for (;;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (size + 1 >= room) {
            char *larger = realloc(text, room = room == 0 ? 1 << 16 : 2 * room);
            if (larger == NULL)
                break;
            text = larger;
        }
        int answer = poll(&ready, 1, left(&until));
        if (answer < 0 && errno == EINTR)
            continue;
        ssize_t n = answer <= 0 ? -1 : read(fd, text + size, room - size - 1);
        if (n < 0)
            break;
        text[size += (size_t)n] = 0;
        if (n == 0)
            return text;
    }
    free(text);
    return NULL;
}

const char *dot_program(const char *graphs, size_t size, char **layouts)
{
    int pipes[2], status = 0, from = as_file(graphs, size);
    *layouts = NULL;
    if (from < 0 || pipe2(pipes, O_CLOEXEC) != 0) {
        close(from);
        return "there was no memory for it";
    }
    pid_t pid = start(from, pipes[1]);
    int error = errno;
    close(from);
    close(pipes[1]);
    if (pid > 0) {
        *layouts = read_all(pipes[0]);
        if (*layouts == NULL)
            kill(pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            continue;
    }
    close(pipes[0]);
    if (pid < 0)
        return error == ENOENT ? "Graphviz, whose program dot lays graphs out, is not installed"
                               : "Graphviz' program dot could not be started";
    if (*layouts == NULL)
        return "it is too large to be laid out in time";
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return NULL;
    free(*layouts);
    *layouts = NULL;
    return "Graphviz' program dot failed";
}
