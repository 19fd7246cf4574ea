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

/* libc's own, from 32 on, as the kernel has them in a set: SIGCANCEL and SIGSETXID; musl has a third one. */
#ifdef __GLIBC__
#define SIGNALS_OF_LIBC ((uint64_t)3 << 31)
#else
#define SIGNALS_OF_LIBC ((uint64_t)7 << 31)
#endif

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
