/*
 * What the loader has loaded: which object lies at an address, and what a name means in those that are searched behind
 * this library. Where the search goes by the list of objects it takes no lock, allocates nothing, calls nothing and
 * leaves errno alone, so it may be made at any time, in a signal handler and before any constructor. It costs some 0.1
 * µs, and a few ns more for each object on the way to libc.
 */
#ifndef LOCKWATCH_PRELOAD_OS_LOADED_H
#define LOCKWATCH_PRELOAD_OS_LOADED_H

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

/* The library's own dynamic section; glibc's header has it. */
#ifndef __GLIBC__
extern ElfW(Dyn) _DYNAMIC[] __attribute__((visibility("hidden")));
#endif

/*
 * What an object's dynamic section says, as an address. glibc has added the base, except in the vDSO's; musl has not.
 */
static inline const void *loaded_at_base(uintptr_t base, uintptr_t said)
{
    return (const void *)(said < base ? base + said : said);
}

/* What a name means in one object, whose dynamic section this is; NULL: nothing. */
void *loaded_symbol(uintptr_t base, const void *dynamic, const char *name);

/* Likewise, and its size. */
void *loaded_data(uintptr_t base, const void *dynamic, const char *name, uint64_t *size);

/* The link map of what is loaded at this address; NULL: nothing, or not known. */
const void *loaded_at(const void *address);

/* A number of what is loaded at this address, another one for another object; 0: nothing, or not known. */
uint64_t loaded_mark(const void *address);

/* Whether that is libstdc++. */
bool loaded_is_libstdcxx(const void *address);

/* Of libc, NULL if it does not come behind this library; and whether it is of the kind that this library was built for
 * at all. */
const void *loaded_libc(void);
bool loaded_has_own_libc(void);
bool loaded_has_old_libc(void); /* glibc before 2.35, or musl: it lacks some of the calls */

/* The function that dlsym(RTLD_NEXT, name) finds; NULL: none. */
void *loaded_next(const char *name);

/* Take a name out of this library's own symbol table: whoever looks it up from now on finds the next library's. */
void loaded_hide(const char *const *names, unsigned count);

#endif
