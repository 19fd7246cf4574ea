/*
 * Calls that release memory: locks in it have ended. These calls are made by the million, by the loader before the
 * library has started, from within dlsym, and while a thread ends; so each wrapper looks at the filter and jumps on.
 */
#include "preload/lock/memory.h"

#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>

__attribute__((noinline)) static void free_looking(void *block)
{
    memory_end_block(block);
    real.free(block);
}

__attribute__((noinline)) static void free_tidying(void *block)
{
    init_site_tidy((uint64_t)(uintptr_t)block);
    real.free(block);
}

/* Something is in its zone or in the next, or it is larger than a zone. */
__attribute__((noinline)) static void free_slowly(void *block)
{
    enum { OFTEN = 128 };
    static __thread uint8_t until_tidying = OFTEN;
    bool headed = likely(memory_headed) && likely(block != NULL);
    if (headed && (unlikely(!memory_is_small(block)) || unlikely(memory_touches(block))))
        free_looking(block);
    else if (headed && unlikely(--until_tidying == 0)) {
        until_tidying = OFTEN;
        free_tidying(block);
    } else
        real.free(block);
}

EXPORT void free(void *block)
{
    if (unlikely(memory_concerns(block)))
        free_slowly(block);
    else
        real.free(block);
}

/* --- blocks that may move --- */

/* `result`: the same block if it stayed, or another one. NULL: nothing happened, unless `size` is 0. */
static void *after_realloc(void *block, size_t before, void *result, size_t size)
{
    int error = errno;
    bool failed = result == NULL && size != 0;
    memory_moved(block, before, failed ? before : result == block ? size : 0);
    errno = error;
    return result;
}

__attribute__((noinline)) static void *realloc_slowly(void *block, size_t size)
{
    size_t before = memory_size(block);
    if (!memory_detach(block, before))
        return real.realloc(block, size);
    return after_realloc(block, before, real.realloc(block, size), size);
}

EXPORT void *realloc(void *block, size_t size)
{
    if (block != NULL && unlikely(memory_concerns(block)))
        return realloc_slowly(block, size);
    return real.realloc(block, size);
}

EXPORT void *reallocarray(void *block, size_t count, size_t each)
{
    size_t size, before;
    if (block == NULL || __builtin_mul_overflow(count, each, &size) || !memory_concerns(block))
        return real.reallocarray(block, count, each);
    before = memory_size(block);
    if (!memory_detach(block, before))
        return real.reallocarray(block, count, each);
    return after_realloc(block, before, real.reallocarray(block, count, each), size);
}

/* --- pages --- */

EXPORT int munmap(void *start, size_t size)
{
    memory_end(start, size);
    return real.munmap(start, size);
}

EXPORT void *mremap(void *start, size_t before, size_t size, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    void *to = (flags & MREMAP_FIXED) != 0 ? va_arg(arguments, void *) : NULL;
    va_end(arguments);
    if ((flags & MREMAP_FIXED) != 0)
        memory_end(to, size);
    if (!memory_detach(start, before))
        return real.mremap(start, before, size, flags, to);
    void *result = real.mremap(start, before, size, flags, to);
    int error = errno;
    memory_moved(start, before, result == MAP_FAILED ? before : result == start ? size : 0);
    errno = error;
    return result;
}

/* --- C++ --- */

/*
 * Those of libstdc++ call free, those of other allocators need not. SIZED: called with the size of the block.
 */
#define FORM(name, ends, end, parameters, arguments)                                                                   \
    EXPORT void name parameters;                                                                                       \
    EXPORT void name parameters                                                                                        \
    {                                                                                                                  \
        if (block != NULL && unlikely(ends))                                                                           \
            end;                                                                                                       \
        if (unlikely(real.name == NULL))                                                                               \
            real_find_cxx(); /* the constructor of another library may run before ours */                              \
        if (unlikely(real.name == NULL))                                                                               \
            real.free(block);                                                                                          \
        else                                                                                                           \
            real.name arguments;                                                                                       \
    }                                                                                                                  \
    extern __typeof__(name) own_##name __attribute__((alias(#name), visibility("hidden")));

#define PLAIN(name, parameters, arguments)                                                                             \
    FORM(name, memory_concerns(block), memory_end_block(block), parameters, arguments)
#define SIZED(name, parameters, arguments)                                                                             \
    FORM(name, size > MEMORY_ZONE || memory_filter_marks(block), memory_end(block, size), parameters, arguments)

PLAIN(_ZdlPv, (void *block), (block))
PLAIN(_ZdaPv, (void *block), (block))
SIZED(_ZdlPvm, (void *block, size_t size), (block, size))
SIZED(_ZdaPvm, (void *block, size_t size), (block, size))
PLAIN(_ZdlPvSt11align_val_t, (void *block, size_t align), (block, align))
PLAIN(_ZdaPvSt11align_val_t, (void *block, size_t align), (block, align))
SIZED(_ZdlPvmSt11align_val_t, (void *block, size_t size, size_t align), (block, size, align))
SIZED(_ZdaPvmSt11align_val_t, (void *block, size_t size, size_t align), (block, size, align))
PLAIN(_ZdlPvRKSt9nothrow_t, (void *block, const void *no), (block, no))
PLAIN(_ZdaPvRKSt9nothrow_t, (void *block, const void *no), (block, no))
PLAIN(_ZdlPvSt11align_val_tRKSt9nothrow_t, (void *block, size_t align, const void *no), (block, align, no))
PLAIN(_ZdaPvSt11align_val_tRKSt9nothrow_t, (void *block, size_t align, const void *no), (block, align, no))
