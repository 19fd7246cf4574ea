#include "preload/os/aside.h"

#include "preload/os/unwatched.h"

#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>

bool aside_taken;

/*
 * libgcc's unwinder calls it, too. The linker gives these names their meaning (--wrap, in the Makefile): so it may be
 * missing.
 */
extern int __real__dl_find_object(void *address, struct dl_find_object *result) __attribute__((weak));
extern int __wrap__dl_find_object(void *address, struct dl_find_object *result) HIDDEN;

int __wrap__dl_find_object(void *address, struct dl_find_object *result)
{
    return __real__dl_find_object != NULL ? __real__dl_find_object(address, result) : -1;
}

const void *aside_object(const void *address)
{
    struct dl_find_object object;
    if (address == NULL || _dl_find_object((void *)(uintptr_t)address, &object) != 0)
        return NULL;
    return object.dlfo_link_map;
}

/* This name is in none of the libraries that put themselves before libc's calls. */
const void *aside_libc(void)
{
    return aside_object(dlsym(RTLD_NEXT, "gnu_get_libc_version"));
}

/*
 * The runtime shows its own names if it is a library, or clang's. gcc's static one shows only those that libc has, too:
 * then it is the object that defines both of two calls that no other library intercepts together.
 */
extern void __tsan_init(void) __attribute__((weak));

static bool has_tsan(const void *libc)
{
    const void *owner = aside_object((void *)(uintptr_t)on_exit);
    return __tsan_init != NULL ||
           (owner != NULL && owner != libc && owner == aside_object(dlsym(RTLD_DEFAULT, "pthread_mutex_lock")));
}

/*
 * What is opened by dlopen finds libc behind itself, too, but is itself further behind; by dlmopen, it is the first in
 * its namespace, where otherwise the program is.
 */
static bool is_before(const void *libc)
{
    const struct link_map *m = aside_object(&aside_taken);
    if (m == NULL || m->l_prev == NULL)
        return false;
    while (m != NULL && m != libc)
        m = m->l_next;
    return m != NULL;
}

/* Why it does; NULL: it does not. */
static const char *reason(void)
{
    if (__real__dl_find_object == NULL)
        return "its C library is not glibc";
    const void *libc = aside_libc();
    if (libc == NULL || !is_before(libc))
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
        real_hide(true);
        unwatched_note(NULL, why);
    }
    return aside_taken;
}
