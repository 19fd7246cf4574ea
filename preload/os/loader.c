#include "preload/os/loader.h"

#include "preload/os/loaded.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

/* NULL: not known, as where it was called as a program. */
static const struct link_map *loader(void)
{
    return loaded_at((const void *)getauxval(AT_BASE));
}

bool loader_owns(const void *address)
{
    const struct link_map *m = loaded_at(address);
    return m != NULL && m == loader();
}

/* In _rtld_global (glibc, sysdeps/generic/ldsodefs.h): for loading, for the list of objects and, since 2.35, for
 * thread-local storage, side by side. */
struct loader_locks {
    pthread_mutex_t *first;
    unsigned count;
};

#ifdef __GLIBC__

/* A recursive mutex that is locked or not, and has had no other kind of use. */
static bool is_loader_lock(const pthread_mutex_t *m)
{
    return m->__data.__kind == PTHREAD_MUTEX_RECURSIVE_NP && (unsigned)m->__data.__lock <= 2 &&
           m->__data.__spins == 0 && m->__data.__list.__prev == NULL && m->__data.__list.__next == NULL;
}

static struct loader_locks find_loader_locks(void)
{
    struct loader_locks found = {NULL, 0};
    const struct link_map *m = loader();
    uint64_t size = 0;
    uintptr_t at = m == NULL ? 0 : (uintptr_t)loaded_data(m->l_addr, m->l_ld, "_rtld_global", &size), end = at + size;
    for (; at != 0 && at + 2 * sizeof(pthread_mutex_t) <= end; at += sizeof(uint64_t)) {
        pthread_mutex_t *lock = (pthread_mutex_t *)at;
        if (!is_loader_lock(&lock[0]) || !is_loader_lock(&lock[1]))
            continue;
        found.first = lock;
        found.count = (uintptr_t)&lock[3] <= end && is_loader_lock(&lock[2]) ? 3 : 2;
        break;
    }
    return found;
}

static bool is_taken(const pthread_mutex_t *m, unsigned tid)
{
    return __atomic_load_n(&m->__data.__lock, __ATOMIC_RELAXED) != 0 &&
           (unsigned)__atomic_load_n(&m->__data.__owner, __ATOMIC_RELAXED) != tid;
}

static void release(pthread_mutex_t *m)
{
    m->__data.__owner = 0;
    m->__data.__count = m->__data.__nusers = 0;
    __atomic_store_n(&m->__data.__lock, 0, __ATOMIC_RELEASE);
}

#else

static struct loader_locks find_loader_locks(void)
{
    return (struct loader_locks){NULL, 0};
}

static bool is_taken(const pthread_mutex_t *m, unsigned tid)
{
    (void)m, (void)tid;
    return false;
}

static void release(pthread_mutex_t *m)
{
    (void)m;
}

#endif

static const struct loader_locks *loader_locks(void)
{
    static struct loader_locks locks;
    static atomic_int state; /* 0: not known; 1: a thread looks; 2: known */
    int none = 0;
    if (atomic_load_explicit(&state, memory_order_acquire) == 0 && atomic_compare_exchange_strong(&state, &none, 1)) {
        locks = find_loader_locks();
        atomic_store_explicit(&state, 2, memory_order_release);
    }
    return atomic_load_explicit(&state, memory_order_acquire) == 2 ? &locks : NULL;
}

/* Whether another thread than `tid` has one of the locks from `i` to before `end`. */
static bool is_any_taken(const struct loader_locks *locks, unsigned i, unsigned end, unsigned tid)
{
    for (; locks != NULL && i < end; i++)
        if (is_taken(&locks->first[i], tid))
            return true;
    return false;
}

bool loader_is_busy(unsigned tid)
{
    const struct loader_locks *locks = loader_locks();
    return locks != NULL && is_any_taken(locks, 0, locks->count, tid);
}

bool loader_is_busy_with_list(unsigned tid)
{
    return is_any_taken(loader_locks(), 1, 2, tid);
}

bool loader_is_busy_for_threads(unsigned tid)
{
    const struct loader_locks *locks = loader_locks();
    return locks != NULL && is_any_taken(locks, locks->count == 3 ? 2 : 0, locks->count, tid);
}

void loader_in_child(void)
{
    const struct loader_locks *locks = loader_locks();
    for (unsigned i = 0; locks != NULL && i < locks->count; i++)
        if (is_taken(&locks->first[i], (unsigned)syscall(SYS_gettid)))
            release(&locks->first[i]);
}

int loader_name(const void *address, void *info)
{
    return loader_is_busy(0) ? 0 : dladdr(address, info);
}
