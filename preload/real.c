#include "preload/real.h"

#include <dlfcn.h>
#include <stdatomic.h>

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

struct real real = {
    .pthread_mutex_lock = early_pthread_mutex_lock,
    .pthread_mutex_trylock = early_pthread_mutex_trylock,
    .pthread_mutex_unlock = early_pthread_mutex_unlock,
    .pthread_mutex_init = early_pthread_mutex_init,
    .pthread_mutex_destroy = early_pthread_mutex_destroy,
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
#include "preload/calls.def"
#undef CALL
    atomic_store_explicit(&found, 1, memory_order_release);
}
