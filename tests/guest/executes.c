/*
 * executes HOW PROGRAM: has it executed by the call of that name, with four arguments and MARK in its environment, and
 * says how the call failed. `vfork` is execve in the child of a vfork, `handler` execve in a signal handler on a small
 * stack of its own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#if !__GLIBC_PREREQ(2, 34)
#include <sys/syscall.h>
static int execveat(int fd, const char *path, char *const arguments[], char *const environment[], int flags)
{
    return (int)syscall(SYS_execveat, fd, path, arguments, environment, flags);
}
#endif

static const char *how;
static char zero[] = "zero", one[] = "one", two[] = "", three[] = "three";
static char *program, *list[] = {zero, one, two, three, NULL}, *huge[] = {zero, NULL, NULL};

/* strerrorname_np is not older than glibc 2.32. */
static const char *name_of(int error)
{
    static const struct {
        int error;
        char name[8];
    } names[] = {{E2BIG, "E2BIG"},   {EACCES, "EACCES"},   {EFAULT, "EFAULT"},  {EISDIR, "EISDIR"},
                 {ENOENT, "ENOENT"}, {ENOEXEC, "ENOEXEC"}, {ENOTDIR, "ENOTDIR"}};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].error == error)
            return names[i].name;
    return strerror(error);
}

static int is(const char *word)
{
    return strcmp(how, word) == 0;
}

static int by_descriptor(void)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", program);
    char *slash = strrchr(folder, '/');
    int fd = open(program, O_PATH);
    if (is("fexecve"))
        return fexecve(fd, list, environ);
    if (is("execveat_empty"))
        return execveat(fd, "", list, environ, AT_EMPTY_PATH);
    if (is("execveat_whole") || slash == NULL)
        return execveat(AT_FDCWD, program, list, environ, 0);
    *slash = 0;
    return execveat(open(folder, O_PATH), slash + 1, list, environ, 0);
}

/* They fail, whatever the program is. */
static int in_vain(void)
{
    if (is("too_much")) {
        huge[1] = memset(malloc(1 << 24), 'x', 1 << 24);
        huge[1][(1 << 24) - 1] = 0;
        return execv(program, huge);
    }
    char **none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *bad[] = {(char *)none, NULL};
    if (is("no_path"))
        return execve((char *)none, list, environ);
    if (is("no_environment"))
        return execve(program, list, none);
    return execve(program, list, bad);
}

static int execute(void)
{
    if (is("execve") || is("vfork") || is("handler"))
        return execve(program, list, environ);
    if (is("execv"))
        return execv(program, list);
    if (is("execvp"))
        return execvp(program, list);
    if (is("execvpe"))
        return execvpe(program, list, environ);
    if (is("execl"))
        return execl(program, "zero", "one", "", "three", (char *)NULL);
    if (is("execlp"))
        return execlp(program, "zero", "one", "", "three", (char *)NULL);
    if (is("execle"))
        return execle(program, "zero", "one", "", "three", (char *)NULL, environ);
    if (strncmp(how, "exec", 4) == 0 || is("fexecve"))
        return by_descriptor();
    return in_vain();
}

static void on_signal(int number)
{
    (void)number;
    execute();
}

static void in_handler(void)
{
    enum { SMALL = 8192 };
    stack_t stack = {.ss_sp = malloc(SMALL), .ss_size = SMALL};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
    sigaltstack(&stack, NULL);
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
}

static int spawn(void)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status = 0;
    posix_spawn_file_actions_init(&actions);
    if (strstr(how, "_there") != NULL)
        posix_spawn_file_actions_addchdir_np(&actions, "there");
    int error =
        (strstr(how, "spawnp") != NULL ? posix_spawnp : posix_spawn)(&pid, program, &actions, NULL, list, environ);
    if (error == 0)
        waitpid(pid, &status, 0);
    errno = error;
    return status;
}

static int by_shell(void)
{
    char command[PATH_MAX + 16];
    snprintf(command, sizeof command, "exec %s a", program);
    if (is("system"))
        return system(command);
    FILE *stream = popen(command, "w");
    return stream == NULL ? -1 : pclose(stream);
}

int main(int count, char **argument)
{
    int status = 0;
    if (count != 3)
        return 2;
    how = argument[1], program = argument[2];
    setenv("MARK", "mark", 1);
    errno = 0;
    if (strncmp(how, "posix_spawn", 11) == 0)
        status = spawn();
    else if (is("system") || is("popen"))
        status = by_shell();
    else if (is("vfork")) {
        pid_t pid = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork): that is what is tried */
        if (pid == 0) {
            execute(); /* NOLINT(clang-analyzer-unix.Vfork) */
            _exit(errno);
        }
        waitpid(pid, &status, 0);
    } else if (is("handler"))
        in_handler();
    else
        status = execute();
    printf("%d %s\n", status, errno == 0 ? "done" : name_of(errno));
    return errno != 0;
}
