/*
 * What is done on a signal, by the kernel's word; errno may change. libc's sigaction is one of the calls that lockwatch
 * passes on, and another library may.
 */
#ifndef LOCKWATCH_PRELOAD_OS_HANDLER_H
#define LOCKWATCH_PRELOAD_OS_HANDLER_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The address of its handler, SIG_DFL or SIG_IGN. */
static inline void *handler_of(int signal)
{
    struct {
        void *handler;
        unsigned long flags, restorer;
        uint64_t mask;
    } action = {.handler = (void *)SIG_DFL};
    syscall(SYS_rt_sigaction, signal, NULL, &action, sizeof action.mask);
    return action.handler;
}

#endif
