#include "preload/thread/routine.h"

#include "preload/os/loaded.h"

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool is_of_libstdcxx(uint64_t code)
{
    const struct link_map *m = loaded_at((const void *)(uintptr_t)code);
    const char *slash = m == NULL ? NULL : strrchr(m->l_name, '/');
    return slash != NULL && strncmp(slash, "/libstdc++.so", sizeof "/libstdc++.so" - 1) == 0;
}

/* Its argument is a std::thread::_State: the third virtual function is _M_run, as the ABI has it since gcc 5. */
uint64_t routine_run_by(uint64_t start, const void *argument)
{
    enum { RUN = 2 };
    if (argument == NULL || !is_of_libstdcxx(start))
        return start;
    const uint64_t *const *object = argument;
    uint64_t run = object[0][RUN];
    return loaded_at((const void *)(uintptr_t)run) != NULL ? run : start;
}
