/*
 * What programs may call of the library itself: include/lockwatch.h.
 */
#include "include/lockwatch.h"
#include "preload/lock/lock.h"
#include "preload/process/process.h"

#include <errno.h>

/* From any thread, watched or not. */
EXPORT void lockwatch_name(const void *lock, const char *name)
{
    int error = errno;
    if (lock != NULL)
        lock_name((uint64_t)(uintptr_t)lock, name);
    errno = error;
}
