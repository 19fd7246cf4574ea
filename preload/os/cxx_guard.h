/*
 * What the C++ runtime keeps in the guard of a static variable. The first byte is for all runtimes (Itanium C++ ABI,
 * 3.3.3): not 0 once the variable is initialised. In the second one libstdc++ (libsupc++/guard.cc) and libc++abi
 * (cxa_guard_impl.h) note that a thread initialises it.
 */
#ifndef LOCKWATCH_PRELOAD_OS_CXX_GUARD_H
#define LOCKWATCH_PRELOAD_OS_CXX_GUARD_H

#include <stdbool.h>

/* libc++abi's mark in the second byte; libstdc++'s is 1. */
enum { CXX_GUARD_LIBCXX = 2 };

static inline bool cxx_guard_is_done(const void *guard)
{
    return __atomic_load_n((const unsigned char *)guard, __ATOMIC_ACQUIRE) != 0;
}

/* Whether a thread runs the initialiser. */
static inline bool cxx_guard_is_begun(const void *guard)
{
    return !cxx_guard_is_done(guard) && __atomic_load_n((const unsigned char *)guard + 1, __ATOMIC_RELAXED) != 0;
}

/* Whether the runtime refuses a thread that comes back to what it initialises; otherwise the thread would wait for
 * itself. */
static inline bool cxx_guard_refuses_own(const void *guard)
{
    return (__atomic_load_n((const unsigned char *)guard + 1, __ATOMIC_RELAXED) & CXX_GUARD_LIBCXX) != 0;
}

#endif
