#include "preload/os/fork_zeroed.h"

#include <string.h>

/* The linker's, around all variables of the section. */
extern char __start_fork_zeroed[] HIDDEN, __stop_fork_zeroed[] HIDDEN;

void fork_zero(void)
{
    memset(__start_fork_zeroed, 0, (size_t)(__stop_fork_zeroed - __start_fork_zeroed));
}
