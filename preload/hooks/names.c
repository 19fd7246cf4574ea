/*
 * What programs may call of the library itself: include/lockwatch.h.
 */
#include "include/lockwatch.h"
#include "preload/lock/lock.h"
#include "preload/process/process.h"

#include <errno.h>

/* Also of a thread that is over for us, or that we do not know: a name needs no thread. */
EXPORT void lockwatch_name(const void *lock, const char *name)
{
    int error = errno;
    real_find();
    if (lock != NULL)
        lock_name((uint64_t)(uintptr_t)lock, name);
    errno = error;
}
