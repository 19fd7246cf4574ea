#include "preload/os/aside.h"

#include "preload/os/loaded.h"
#include "preload/os/unwatched.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

bool aside_taken;

/*
 * The runtime shows its own names if it is a library, or clang's. gcc's static one shows only those that libc has, too:
 * then it is the object that defines both of two calls that no other library intercepts together.
 */
extern void __tsan_init(void) __attribute__((weak));

static bool has_tsan(const void *libc)
{
#ifdef __GLIBC__
    const void *owner = loaded_at((void *)(uintptr_t)on_exit);
#else
    const void *owner = NULL;
#endif
    return __tsan_init != NULL ||
           (owner != NULL && owner != libc && owner == loaded_at(dlsym(RTLD_DEFAULT, "pthread_mutex_lock")));
}

#ifdef __GLIBC__
#define OTHER_LIBC "its C library is not glibc"
#else
#define OTHER_LIBC "its C library is not musl"
#endif

/* Why it does; NULL: it does not. */
static const char *reason(void)
{
    if (!loaded_has_own_libc())
        return OTHER_LIBC;
    const void *libc = loaded_libc();
    if (libc == NULL)
        return "liblockwatch.so was loaded behind libc";
    if (has_tsan(libc))
        return "built with ThreadSanitizer";
    return NULL;
}

bool aside_look(void)
{
    const char *why = reason();
    aside_taken = why != NULL;
    if (aside_taken) {
        real_find_all();
        real_hide_all();
        unwatched_note(NULL, why);
    }
    return aside_taken;
}
