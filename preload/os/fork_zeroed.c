#include "preload/os/fork_zeroed.h"

#include <stdint.h>
#include <string.h>

/* The linker's, around all variables of the section. */
extern char __start_fork_zeroed[] HIDDEN; // NOLINT: its name
extern char __stop_fork_zeroed[] HIDDEN;  // NOLINT

void fork_zero(void)
{
    uintptr_t size = (uintptr_t)__stop_fork_zeroed - (uintptr_t)__start_fork_zeroed;
    memset(__start_fork_zeroed, 0, size);
}
