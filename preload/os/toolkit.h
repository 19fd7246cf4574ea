/*
 * The functions behind the intercepted names of a toolkit (preload/os/toolkits.def): of the copy that the caller would
 * have called, were the library not there.
 *
 * A toolkit may be there or not, come by dlopen and go again, and be there more than once, as Python's packages each
 * bring an OpenMP runtime of their own. The loader binds a name in the program and what that needs first, then in what
 * the caller's module needs. That is followed here, once a module: under the loader's lock for its list of objects,
 * which it holds for moments only, never while a constructor runs. After that it costs some ten instructions; where the
 * copy may be unloaded, some two hundred.
 *
 * These names are exported with a version that is not the default. The loader binds calls to them, but dlsym does not
 * find them: a program without GLib that asks for g_mutex_lock gets NULL (glibc, elf/dl-lookup.c, check_match).
 */
#ifndef LOCKWATCH_PRELOAD_OS_TOOLKIT_H
#define LOCKWATCH_PRELOAD_OS_TOOLKIT_H

#include "preload/os/real.h"

#include <stdatomic.h>

enum { TOOLKIT_COPIES = 8, TOOLKIT_CALLS = 64, TOOLKIT_SITES = 1024, TOOLKIT_MODULES = 64 };

struct toolkit_copy {
    const void *owner;        /* its link map */
    bool stays;               /* it is never unloaded; else … */
    _Atomic uint64_t unloads; /* … how often anything was, when it was seen to be there */
    _Atomic uint32_t seen;    /* of what its locks are: the toolkit's own wrappers keep it; 0 when it is found */
    void *call[TOOLKIT_CALLS];
};

/* All zero before it is first used, so that nothing of it is touched in a process that has no such toolkit. */
struct toolkit {
    _Atomic uint32_t copies;
    _Atomic uint64_t unloads; /* how often anything was unloaded when `module` was last emptied */
    struct toolkit_copy copy[TOOLKIT_COPIES];
    _Atomic uint64_t
        site[TOOLKIT_SITES]; /* call sites: that, and in the lowest 8 bits the number of their copy, plus 1 */
    _Atomic uint64_t module[TOOLKIT_MODULES]; /* likewise link maps of callers */
};

/* The names of a toolkit's calls, in the order of its table, each ended by a zero, an empty one behind the last. */
struct toolkit_names {
    const char *all;
    void (*found)(const struct toolkit_copy *copy); /* NULL, or to be called with each copy that is found */
};

/* The calls of the copy that this caller is bound to; NULL: there is none, so nobody can have called it. */
void *const *toolkit_find(struct toolkit *t, const struct toolkit_names *names, uint64_t site) HIDDEN;

static inline _Atomic uint64_t *toolkit_place(struct toolkit *t, uint64_t site)
{
    return &t->site[(site ^ site >> 12) % TOOLKIT_SITES];
}

/* The same where it is known already, and there is one copy; else NULL. */
static inline void *const *toolkit_known(struct toolkit *t, uint64_t site)
{
    const uint64_t known = atomic_load_explicit(toolkit_place(t, site), memory_order_acquire);
    if (__builtin_expect(known >> 8 == site, 1) && t->copies == 1 && t->copy[(known & 0xff) - 1].stays)
        return t->copy[(known & 0xff) - 1].call;
    return NULL;
}

/* Export `toolkit_NAME` as NAME, with the version that makes no claim. */
#define TOOLKIT_EXPORT(name, version) TOOLKIT_EXPORT_AS(name, toolkit_##name, version)
#define TOOLKIT_EXPORT_AS(name, function, version) __asm__(".symver " #function ", " #name "@" version)

#endif
