#include "preload/os/fork_guard.h"

#include <errno.h>
#include <sys/mman.h>

_Alignas(ARCH_PAGE_MOST) union fork_guard fork_guard;
bool fork_guard_started, fork_guard_inlines;
static bool observed;
static uint32_t allowed;

void fork_guard_start(void)
{
    int error = errno;
    madvise(&fork_guard, sizeof fork_guard, MADV_WIPEONFORK);
    errno = error;
    fork_guard_started = true;
    fork_guard_open();
}

void fork_guard_open(void)
{
    fork_guard.open = UINT64_MAX;
    fork_guard.inlined = fork_guard_inlines && !observed ? UINT64_MAX : 0;
    fork_guard_allow(allowed);
}

void fork_guard_allow(uint32_t toolkit)
{
    allowed = toolkit;
    for (unsigned i = 0; i < GUARD_TOOLKIT; i++)
        fork_guard.toolkit[i] = (toolkit >> i & 1) != 0 ? fork_guard.inlined : 0;
}

void fork_guard_observe(void)
{
    observed = true;
    fork_guard.inlined = 0;
    fork_guard_allow(allowed);
}
