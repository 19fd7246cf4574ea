#include "analyzer/run_child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static sigset_t ours;
static struct sigaction on_child;

/* --- passing signals on --- */

/* What the kernel says of a process, from its state on; "" if there is none. */
static const char *state_of(pid_t pid, char text[512])
{
    char path[40];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return "";
    ssize_t n = read(fd, text, 511);
    close(fd);
    text[n > 0 ? n : 0] = 0;
    const char *at = strrchr(text, ')'); /* behind the name come the state and the parent */
    return at != NULL && strlen(at) > 4 ? at + 2 : "";
}

static pid_t parent_of(pid_t pid)
{
    char text[512];
    const char *state = state_of(pid, text);
    return state[0] != 0 ? (pid_t)strtol(state + 1, NULL, 10) : 0;
}

static bool is_stopped(pid_t pid)
{
    char text[512];
    return state_of(pid, text)[0] == 'T';
}

static bool descends(pid_t pid)
{
    enum { GENERATIONS = 64 };
    for (int i = 0; i < GENERATIONS && pid > 1; i++) {
        pid = parent_of(pid);
        if (pid == getpid())
            return true;
    }
    return false;
}

/* From the terminal the program has it already. True: it asks the program to end. */
static bool pass_on(pid_t child, const siginfo_t *info, const struct run_child_watch *watch)
{
    const int number = info->si_signo;
    bool kernel = info->si_code > 0, own = !kernel && descends(info->si_pid);
    bool asks = !own && (number == SIGTERM || number == SIGINT || number == SIGHUP || number == SIGQUIT);
    if (asks)
        watch->ending(watch->context, false);
    if (kernel || own)
        return asks;
    if (info->si_code == SI_QUEUE)
        sigqueue(child, number, info->si_value);
    else
        kill(child, number);
    return asks;
}

/* --- its time is over --- */

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* All of them are sought before the first one ends, as its children are nobody's then. */
static void end_all(int number)
{
    enum { MOST = 4096 };
    static pid_t found[MOST];
    size_t count = 0;
    DIR *all = opendir("/proc");
    const struct dirent *entry;
    while (all != NULL && count < MOST && (entry = readdir(all)) != NULL) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid > 0 && descends(pid))
            found[count++] = pid;
    }
    if (all != NULL)
        closedir(all);
    for (size_t i = 0; i < count; i++)
        kill(found[i], number);
}

/* What is to be done next, and when: by CLOCK_MONOTONIC, 0: never. */
struct schedule {
    uint64_t look, late, kill;
};

/* A child that takes no notice of SIGTERM is killed after that. */
static void do_what_is_due(struct schedule *s, const struct run_child_watch *watch, struct run_child_end *end)
{
    const uint64_t grace = 5ull * 1000000000;
    if (s->late != 0 && now() >= s->late) {
        s->late = 0;
        s->kill = now() + grace;
        end->late = end->asked = true;
        watch->ending(watch->context, true);
        end_all(SIGTERM);
        end_all(SIGCONT);
    } else if (s->kill != 0 && now() >= s->kill) {
        s->kill = now() + grace;
        end_all(SIGKILL);
    } else if (now() >= s->look) {
        s->look = now() + watch->look(watch->context) * 1000000ull;
    }
}

static struct timespec until_next(const struct schedule *s)
{
    uint64_t at = s->look, time = now();
    at = s->late != 0 && s->late < at ? s->late : at;
    at = s->kill != 0 && s->kill < at ? s->kill : at;
    at = at > time ? at - time : 0;
    return (struct timespec){(time_t)(at / 1000000000), (long)(at % 1000000000)};
}

/* --- stopping --- */

static bool has_terminal(void)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/*
 * Stops us too, so that the shell knows that the program is stopped; without a shell nothing would continue us. A
 * SIGCONT that continues us went to the whole group, unless it was sent to us alone.
 */
static void stop_likewise(pid_t child, int number)
{
    struct sigaction by_default = {.sa_handler = SIG_DFL}, before;
    const struct timespec at_once = {0, 0};
    sigset_t one, mask;
    if (!has_terminal())
        return;
    sigaction(number, &by_default, &before); /* fails for SIGSTOP */
    raise(number);
    sigemptyset(&one);
    sigaddset(&one, number);
    sigprocmask(SIG_UNBLOCK, &one, &mask);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    if (number != SIGSTOP)
        sigaction(number, &before, NULL);
    sigemptyset(&one);
    sigaddset(&one, SIGCONT);
    if (sigtimedwait(&one, NULL, &at_once) > 0 && is_stopped(child))
        kill(child, SIGCONT);
}

/* --- its life --- */

/* If it cannot be executed, errno goes to `report`, which execvp closes otherwise. */
static _Noreturn void execute(char **argv, int report)
{
    sigaction(SIGCHLD, &on_child, NULL);
    sigprocmask(SIG_SETMASK, &ours, NULL);
    execvp(argv[0], argv);
    int error = errno;
    if (write(report, &error, sizeof error) != sizeof error)
        _exit(127);
    _exit(127);
}

static bool has_ended(pid_t child, struct run_child_end *end)
{
    int status;
    while (waitpid(child, &status, WNOHANG | WUNTRACED) == child) {
        if (WIFSTOPPED(status)) {
            stop_likewise(child, WSTOPSIG(status));
            continue;
        }
        end->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
        end->status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
        return true;
    }
    return false;
}

struct run_child_end run_child(char **argv, const struct run_child_watch *watch)
{
    const uint64_t second = 1000000000;
    struct schedule schedule = {.look = now() + second, .late = watch->limit != 0 ? now() + watch->limit : 0};
    struct sigaction by_default = {.sa_handler = SIG_DFL};
    struct run_child_end end = {0};
    sigset_t all;
    siginfo_t info;
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0)
        return (struct run_child_end){.error = errno};
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &ours);
    sigaction(SIGCHLD, &by_default, &on_child); /* if it is ignored there is no waiting */
    pid_t child = fork();
    if (child == 0)
        execute(argv, report[1]);
    end.pid = child;
    if (child < 0)
        end.error = errno;
    close(report[1]);
    if (child > 0 && read(report[0], &end.error, sizeof end.error) != sizeof end.error)
        end.error = 0;
    close(report[0]);
    while (child > 0 && !has_ended(child, &end)) {
        struct timespec left = until_next(&schedule);
        int number = sigtimedwait(&all, &info, &left);
        if (number > 0 && number != SIGCHLD)
            end.asked |= pass_on(child, &info, watch);
        do_what_is_due(&schedule, watch, &end);
    }
    return end;
}

void run_child_over(void)
{
    struct sigaction ignored = {.sa_handler = SIG_IGN};
    const struct timespec at_once = {0, 0};
    sigset_t all;
    sigfillset(&all);
    while (sigtimedwait(&all, NULL, &at_once) > 0) /* they were meant for the program */
        continue;
    sigaction(SIGPIPE, &ignored, NULL); /* the reader of our output may have ended */
    sigaction(SIGCHLD, &on_child, NULL);
    sigprocmask(SIG_SETMASK, &ours, NULL);
}

void run_child_follow(const struct run_child_end *end)
{
    struct sigaction by_default = {.sa_handler = SIG_DFL};
    sigset_t one;
    if (end->signal == 0)
        exit(end->status);
    fflush(NULL);
    prctl(PR_SET_DUMPABLE, 0);
    sigaction(end->signal, &by_default, NULL);
    raise(end->signal);
    sigemptyset(&one);
    sigaddset(&one, end->signal);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    _exit(128 + end->signal); /* no signal kills the first process of a container */
}
