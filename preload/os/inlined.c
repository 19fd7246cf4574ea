#include "preload/os/inlined.h"

#include "preload/os/loaded.h"

#include <errno.h>
#include <link.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __GLIBC__

static bool is_libcs(void *pointer)
{
    const void *libc = loaded_libc(), *owner = loaded_at(real_first_call(pointer));
    if (loaded_has_old_libc() && owner != libc)
        libc = loaded_at(loaded_next("__pthread_register_cancel")); /* of libpthread alone, until 2.33 */
    return libc != NULL && owner == libc;
}

/* Helgrind and DRD watch libc's own functions, not by interposing. */
static int is_watched(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size, (void)argument;
    return strstr(info->dlpi_name, "/vgpreload_helgrind") != NULL || strstr(info->dlpi_name, "/vgpreload_drd") != NULL;
}

static bool check_mutex(void)
{
    pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
    const pthread_mutex_t before = m;
    int tid = (int)syscall(SYS_gettid);
    bool good = real.pthread_mutex_lock(&m) == 0 && m.__data.__lock == 1 && m.__data.__owner == tid &&
                m.__data.__nusers == 1 && m.__data.__kind == 0;
    return real.pthread_mutex_unlock(&m) == 0 && good && memcmp(&m, &before, sizeof m) == 0; // NOLINT: its bytes
}

static bool check_rwlock(void)
{
    pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
    const pthread_rwlock_t before = l;
    pthread_rwlock_t expected = l;
    bool good = real.pthread_rwlock_rdlock(&l) == 0;
    expected.__data.__readers = INLINED_READER;
    good = good && memcmp(&l, &expected, sizeof l) == 0;                                      // NOLINT
    good = real.pthread_rwlock_unlock(&l) == 0 && good && memcmp(&l, &before, sizeof l) == 0; // NOLINT
    good = real.pthread_rwlock_wrlock(&l) == 0 && good;
    good = real.pthread_rwlock_unlock(&l) == 0 && good && l.__data.__readers == INLINED_RWLOCK_WRITES;
    expected = l;
    expected.__data.__readers = INLINED_RWLOCK_WRITES | INLINED_RWLOCK_WRITTEN;
    expected.__data.__writers_futex = 1;
    expected.__data.__cur_writer = (int)syscall(SYS_gettid);
    good = real.pthread_rwlock_wrlock(&l) == 0 && good && memcmp(&l, &expected, sizeof l) == 0; // NOLINT
    return real.pthread_rwlock_unlock(&l) == 0 && good;
}

static bool check_spinlock(void)
{
    pthread_spinlock_t l;
    bool good = real.pthread_spin_init(&l, PTHREAD_PROCESS_PRIVATE) == 0 && l == ARCH_GLIBC_SPIN_FREE;
    good = real.pthread_spin_lock(&l) == 0 && good && l == ARCH_GLIBC_SPIN_HELD;
    return real.pthread_spin_unlock(&l) == 0 && good && l == ARCH_GLIBC_SPIN_FREE;
}

static bool check_semaphore(void)
{
    _Alignas(8) sem_t s;
    uint64_t now[3];
    bool good = real.sem_init(&s, 0, 3) == 0;
    memcpy(&now[0], &s, sizeof now[0]);
    good = good && real.sem_wait(&s) == 0;
    memcpy(&now[1], &s, sizeof now[1]);
    good = good && real.sem_post(&s) == 0;
    memcpy(&now[2], &s, sizeof now[2]);
    return real.sem_destroy(&s) == 0 && good && now[0] == 3 && now[1] == 2 && now[2] == 3;
}

bool inlined_check(void)
{
    void *const used[] = {&real.pthread_mutex_lock,
                          &real.pthread_mutex_unlock,
                          &real.pthread_rwlock_rdlock,
                          &real.pthread_rwlock_unlock,
                          &real.pthread_spin_lock,
                          &real.pthread_spin_trylock,
                          &real.pthread_spin_unlock,
                          &real.sem_wait,
                          &real.sem_post};
    for (unsigned i = 0; i < sizeof used / sizeof *used; i++)
        if (!is_libcs(used[i]))
            return false;
    return dl_iterate_phdr(is_watched, NULL) == 0 && check_mutex() && check_rwlock() && check_spinlock() &&
           check_semaphore();
}

void inlined_mutex_wake(pthread_mutex_t *m)
{
    int error = errno;
    real.syscall(SYS_futex, &m->__data.__lock, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    errno = error;
}

#else

bool inlined_check(void)
{
    return false;
}

#endif
