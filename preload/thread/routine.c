#include "preload/thread/routine.h"

#include "preload/os/loaded.h"

#include <stddef.h>

/* Its argument is a std::thread::_State: the third virtual function is _M_run, as the ABI has it since gcc 5. */
uint64_t routine_run_by(uint64_t start, const void *argument)
{
    enum { RUN = 2 };
    if (argument == NULL || !loaded_is_libstdcxx((const void *)(uintptr_t)start))
        return start;
    const uint64_t *const *object = argument;
    uint64_t run = object[0][RUN];
    return loaded_at((const void *)(uintptr_t)run) != NULL ? run : start;
}
