#include "analyzer/attach/process.h"
#include "analyzer/attach/registers.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

/* A thread that has ended meanwhile has moved. */
static int stop(struct target_thread *to)
{
    struct user_regs_struct registers;
    struct iovec where = {&registers, sizeof registers};
    pid_t tid = (pid_t)to->kernel;
    struct target_thread then = *to;
    int status;
    if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) == 0 && waitpid(tid, &status, __WALL) == tid && WIFSTOPPED(status) &&
        ptrace(PTRACE_GETREGSET, tid, (void *)NT_PRSTATUS, &where) == 0) {
        registers_keep(to, &registers);
        to->moved |= to->in_call != then.in_call || to->call != then.call ||
                     memcmp(to->argument, then.argument, sizeof to->argument) != 0;
        return 0;
    }
    to->moved = true;
    return errno == ESRCH || errno == ECHILD ? 0 : errno;
}

bool process_stop(struct target *t)
{
    int error = 0;
    for (size_t i = 0; i < t->threads && error == 0; i++) {
        struct target_thread *to = &t->thread[i];
        if (ptrace(PTRACE_SEIZE, (pid_t)to->kernel, NULL, NULL) != 0) {
            to->moved = true;
            error = errno == ESRCH ? 0 : errno;
        } else {
            error = stop(to);
        }
        if (error != 0)
            snprintf(t->error, sizeof t->error, "thread %u cannot be stopped: %s%s", to->kernel, strerror(error),
                     error == EPERM ? " (is a debugger there already?)" : "");
    }
    return error == 0;
}

void process_continue(const struct target *t)
{
    for (size_t i = 0; i < t->threads; i++)
        ptrace(PTRACE_DETACH, (pid_t)t->thread[i].kernel, NULL, NULL);
}
