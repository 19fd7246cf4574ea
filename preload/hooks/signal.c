/*
 * sigaction: whether a Python program handles SIGINT itself. All calls are passed on unchanged.
 */
#include "preload/hooks/hooks.h"
#include "preload/os/interpreter.h"

EXPORT int sigaction(int signal, const struct sigaction *action, struct sigaction *before)
{
    if (signal == SIGINT && action != NULL && unlikely(interpreter_there))
        interpreter_see_handler((const void *)(uintptr_t)action->sa_sigaction);
    return real.sigaction(signal, action, before);
}
