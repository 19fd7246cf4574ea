#include "preload/real.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * glibc's own names of them, which it exports for programs linked before 2.34; bound by the loader, without dlsym. An
 * architecture with another first version of glibc needs another number here.
 */
#define EARLY(result, name, parameters)                                                                                \
    extern result early_##name parameters;                                                                             \
    __asm__(".symver early_" #name ", __" #name "@GLIBC_2.2.5")
EARLY(int, pthread_mutex_lock, (pthread_mutex_t *));
EARLY(int, pthread_mutex_trylock, (pthread_mutex_t *));
EARLY(int, pthread_mutex_unlock, (pthread_mutex_t *));
EARLY(int, pthread_mutex_init, (pthread_mutex_t *, const pthread_mutexattr_t *));
EARLY(int, pthread_mutex_destroy, (pthread_mutex_t *));

/* --- memory given back before ours has run ---
 */

static __thread bool looking;

/* Memory goes back to whose it is: the next malloc's behind us, not libc's. NULL: dlsym itself is asking. */
static void *find_early(const char *name)
{
    int error = errno;
    if (looking)
        return NULL;
    looking = true;
    void *address = dlsym(RTLD_NEXT, name);
    looking = false;
    errno = error;
    return address;
}

/* What dlsym gives back here, a few bytes, is lost: it cannot be known yet whose it is. */
static void early_free(void *block)
{
    void (*next)(void *) = (void (*)(void *))find_early("free");
    if (next != NULL)
        next(block);
}

static void *early_realloc(void *block, size_t size)
{
    void *(*next)(void *, size_t) = (void *(*)(void *, size_t))find_early("realloc");
    if (next != NULL)
        return next(block, size);
    errno = ENOMEM;
    return NULL;
}

static void *early_reallocarray(void *block, size_t count, size_t each)
{
    void *(*next)(void *, size_t, size_t) = (void *(*)(void *, size_t, size_t))find_early("reallocarray");
    if (next != NULL)
        return next(block, count, each);
    errno = ENOMEM;
    return NULL;
}

static int early_munmap(void *start, size_t size)
{
    return (int)syscall(SYS_munmap, start, size);
}

struct real real = {
    .pthread_mutex_lock = early_pthread_mutex_lock,
    .pthread_mutex_trylock = early_pthread_mutex_trylock,
    .pthread_mutex_unlock = early_pthread_mutex_unlock,
    .pthread_mutex_init = early_pthread_mutex_init,
    .pthread_mutex_destroy = early_pthread_mutex_destroy,
    .free = early_free,
    .realloc = early_realloc,
    .reallocarray = early_reallocarray,
    .munmap = early_munmap,
};

void real_find(void)
{
    static atomic_int found;
    if (atomic_load_explicit(&found, memory_order_acquire))
        return;
    void *address;
#define CALL(result, name, parameters)                                                                                 \
    if ((address = dlsym(RTLD_NEXT, #name)) != NULL)                                                                   \
        real.name = (result(*) parameters)address;
#define CALL_CXX(result, name, parameters)
#include "preload/calls.def"
#undef CALL_CXX
#undef CALL
    atomic_store_explicit(&found, 1, memory_order_release);
}

/* --- operator delete ---
 */

static int is_cxx(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size, (void)argument;
    return strstr(info->dlpi_name, "/libstdc++.so") != NULL || strstr(info->dlpi_name, "/libc++.so") != NULL;
}

/* Our own ones, whatever their names are bound to. */
#define CALL(result, name, parameters)
#define CALL_CXX(result, name, parameters) extern result own_##name parameters HIDDEN;
#include "preload/calls.def"
#undef CALL_CXX

/* A symbol without a value is passed over by the loader (glibc, elf/dl-lookup.c, check_match). */
static void hide(ElfW(Sym) *const *symbol, unsigned count)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), low = UINTPTR_MAX, high = 0;
    for (unsigned i = 0; i < count; i++) {
        uintptr_t at = (uintptr_t)symbol[i];
        low = at < low ? at : low;
        high = at > high ? at : high;
    }
    low = low / page * page;
    if (high < low || mprotect((void *)low, high + sizeof **symbol - low, PROT_READ | PROT_WRITE) != 0)
        return;
    for (unsigned i = 0; i < count; i++)
        symbol[i]->st_value = 0;
    mprotect((void *)low, high + sizeof **symbol - low, PROT_READ);
}

void real_find_cxx(void)
{
    ElfW(Sym) * lonely[16];
    unsigned count = 0;
    Dl_info info;
    bool cxx = dl_iterate_phdr(is_cxx, NULL) != 0;
    void *symbol;
#define CALL_CXX(result, name, parameters)                                                                             \
    real.name = cxx ? (result(*) parameters)dlsym(RTLD_NEXT, #name) : NULL;                                            \
    if (real.name == NULL && dladdr1((void *)(uintptr_t)own_##name, &info, &symbol, RTLD_DL_SYMENT) != 0 &&            \
        symbol != NULL)                                                                                                \
        lonely[count++] = symbol;
#include "preload/calls.def"
#undef CALL_CXX
#undef CALL
    hide(lonely, count);
}
