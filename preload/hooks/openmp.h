/*
 * OpenMP's runtimes, gcc's and clang's, as the wrappers call them.
 */
#ifndef LOCKWATCH_PRELOAD_HOOKS_OPENMP_H
#define LOCKWATCH_PRELOAD_HOOKS_OPENMP_H

#include "preload/hooks/toolkit.h"

struct openmp {
#define OPENMP(result, name, parameters) result(*name) parameters;
#include "preload/os/toolkits.def"
};

#define OPENMP(result, name, parameters) EXPORT result toolkit_##name parameters;
#include "preload/os/toolkits.def"

extern struct toolkit openmp_toolkit HIDDEN;
void *const *openmp_find(uint64_t site) HIDDEN;

/* Of the copy that this caller is bound to. What that lacks is NULL. */
ALWAYS_INLINE const struct openmp *openmp(uint64_t site)
{
    void *const *calls = toolkit_known(&openmp_toolkit, site);
    return (const struct openmp *)(const void *)(calls != NULL ? calls : openmp_find(site));
}

#define ADDRESS(pointer) ((uint64_t)(uintptr_t)(pointer))

#endif
