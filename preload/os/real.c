#include "preload/os/real.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdarg.h>
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
    extern result early_##name parameters __attribute__((weak));                                                       \
    __asm__(".symver early_" #name ", __" #name "@GLIBC_2.2.5")
EARLY(int, pthread_mutex_lock, (pthread_mutex_t *));
EARLY(int, pthread_mutex_trylock, (pthread_mutex_t *));
EARLY(int, pthread_mutex_unlock, (pthread_mutex_t *));
EARLY(int, pthread_mutex_init, (pthread_mutex_t *, const pthread_mutexattr_t *));
EARLY(int, pthread_mutex_destroy, (pthread_mutex_t *));

/* --- memory released before ours has run --- */

/*
 * It goes to whose it is: the next malloc's behind us, not libc's. What dlsym releases while it is asked for that, a
 * few bytes, is lost: it cannot be known yet whose it is.
 */
static void early_free(void *block)
{
    real_find();
    if (real.free != early_free)
        real.free(block);
}

static void *early_realloc(void *block, size_t size)
{
    real_find();
    if (real.realloc != early_realloc)
        return real.realloc(block, size);
    errno = ENOMEM;
    return NULL;
}

static void *early_reallocarray(void *block, size_t count, size_t each)
{
    real_find();
    if (real.reallocarray != early_reallocarray)
        return real.reallocarray(block, count, each);
    errno = ENOMEM;
    return NULL;
}

/* glibc's other name of it is one of ours. */
static int early_pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    real_find();
    return real.pthread_key_create != early_pthread_key_create ? real.pthread_key_create(key, destructor) : EAGAIN;
}

static int early_munmap(void *start, size_t size)
{
    return (int)syscall(SYS_munmap, start, size);
}

static long early_syscall(long number, ...)
{
    long a[6], result;
    va_list args;
    va_start(args, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(args, long);
    va_end(args);
    register long r10 __asm__("r10"), r8 __asm__("r8"), r9 __asm__("r9");
    r10 = a[3], r8 = a[4], r9 = a[5];
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    if (result >= 0 || result < -4095)
        return result;
    errno = (int)-result;
    return -1;
}

static int early_prctl(int option, ...)
{
    long a[4];
    va_list args;
    va_start(args, option);
    for (int i = 0; i < 4; i++)
        a[i] = va_arg(args, long);
    va_end(args);
    return (int)early_syscall(SYS_prctl, (long)option, a[0], a[1], a[2], a[3]);
}

struct real real = {
    .prctl = early_prctl,
    .syscall = early_syscall,
    .pthread_mutex_lock = early_pthread_mutex_lock,
    .pthread_mutex_trylock = early_pthread_mutex_trylock,
    .pthread_mutex_unlock = early_pthread_mutex_unlock,
    .pthread_mutex_init = early_pthread_mutex_init,
    .pthread_mutex_destroy = early_pthread_mutex_destroy,
    .pthread_key_create = early_pthread_key_create,
    .__pthread_key_create = early_pthread_key_create,
    .free = early_free,
    .realloc = early_realloc,
    .reallocarray = early_reallocarray,
    .munmap = early_munmap,
};

/* --- names that nobody shall find --- */

static bool is_in(const char *const *list, unsigned count, const char *name)
{
    for (unsigned i = 0; i < count; i++)
        if (strcmp(list[i], name) == 0)
            return true;
    return false;
}

extern const ElfW(Ehdr) __ehdr_start HIDDEN; /* the linker's */

/* glibc has added the base to what the dynamic section says, musl has not. */
static uintptr_t at_base(const ElfW(Dyn) * entry)
{
    uintptr_t base = (uintptr_t)&__ehdr_start, at = entry->d_un.d_ptr;
    return at < base ? base + at : at;
}

/* A symbol without a value is passed over by the loader (glibc, elf/dl-lookup.c, check_match; musl, find_sym2). */
static void clear(ElfW(Sym) * symbols, unsigned count, const char *strings, const char *const *list, unsigned listed)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), low = (uintptr_t)symbols / page * page;
    size_t size = (uintptr_t)(symbols + count) - low;
    if (mprotect((void *)low, size, PROT_READ | PROT_WRITE) != 0)
        return;
    for (unsigned i = 0; i < count; i++)
        if (symbols[i].st_value != 0 && is_in(list, listed, strings + symbols[i].st_name))
            symbols[i].st_value = 0;
    mprotect((void *)low, size, PROT_READ);
}

void real_hide(bool all)
{
    const char *list[sizeof real / sizeof real.free], *strings = NULL;
    unsigned listed = 0, count = 0;
    ElfW(Sym) *symbols = NULL;
#define CALL(result, name, parameters)                                                                                 \
    if (all || real.name == NULL)                                                                                      \
        list[listed++] = #name;
#include "preload/os/calls.def"
    for (const ElfW(Dyn) *d = _DYNAMIC; d->d_tag != DT_NULL; d++)
        if (d->d_tag == DT_SYMTAB)
            symbols = (ElfW(Sym) *)at_base(d);
        else if (d->d_tag == DT_STRTAB)
            strings = (const char *)at_base(d);
        else if (d->d_tag == DT_HASH) /* the Makefile asks for it, as only there the number of symbols stands */
            count = ((const Elf64_Word *)at_base(d))[1];
    if (symbols != NULL && strings != NULL && listed > 0)
        clear(symbols, count, strings, list, listed);
}

/* --- finding them --- */

/*
 * dlsym may release memory or lock, and so call back into us: such a call goes on with what is found so far. A
 * sanitizer may be in the middle of its own start: of the calls that it intercepts only dlsym is made.
 */
void real_find(void)
{
    static atomic_int found;
    static __thread volatile bool finding; /* volatile for clang: see comes_back in the Makefile */
    if (atomic_load_explicit(&found, memory_order_acquire) || finding)
        return;
    int error = errno;
    bool all = true;
    void *address;
    finding = true;
#define CALL(result, name, parameters)                                                                                 \
    if ((address = dlsym(RTLD_NEXT, #name)) != NULL)                                                                   \
        real.name = (result(*) parameters)address;                                                                     \
    else                                                                                                               \
        all = false;
#define CALL_CXX(result, name, parameters)
#include "preload/os/calls.def"
    if (!all)
        dlerror(); /* the program does not hear of it */
    finding = false;
    errno = error;
    atomic_store_explicit(&found, 1, memory_order_release);
}

static int is_cxx(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size, (void)argument;
    return strstr(info->dlpi_name, "/libstdc++.so") != NULL || strstr(info->dlpi_name, "/libc++.so") != NULL;
}

static bool find_cxx(void)
{
    bool all = true;
    void *address;
#define CALL(result, name, parameters)
#define CALL_CXX(result, name, parameters)                                                                             \
    if ((address = dlsym(RTLD_NEXT, #name)) != NULL)                                                                   \
        real.name = (result(*) parameters)address;                                                                     \
    else                                                                                                               \
        all = false;
#include "preload/os/calls.def"
    if (!all)
        dlerror();
    return all;
}

void real_find_cxx(void)
{
    static atomic_flag begun = ATOMIC_FLAG_INIT;
    if (atomic_flag_test_and_set(&begun))
        return;
    int error = errno;
    real_find();
    if (dl_iterate_phdr(is_cxx, NULL) == 0 || !find_cxx())
        real_hide(false);
    errno = error;
}
