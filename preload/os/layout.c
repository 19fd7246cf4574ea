#include "preload/os/glibc.h"
#include "preload/os/log.h"

#include <stdio.h>

uint32_t glibc_known;

static void nothing(void)
{
}

/* Its values are asked for, not known. */
static bool check_spinlock(void)
{
    pthread_spinlock_t l;
    if (real.pthread_spin_init(&l, PTHREAD_PROCESS_PRIVATE) != 0)
        return false;
    glibc_spin_free = l;
    bool good = real.pthread_spin_trylock(&l) == 0;
    glibc_spin_held = l;
    return real.pthread_spin_unlock(&l) == 0 && good && l == glibc_spin_free && l != glibc_spin_held;
}

static bool check_once(void)
{
    pthread_once_t control = PTHREAD_ONCE_INIT;
    glibc_known |= 1u << KIND_ONCE; /* until it is seen otherwise */
    bool good =
        !glibc_is_once_begun(&control) && real.pthread_once(&control, nothing) == 0 && glibc_is_once_done(&control);
    glibc_known &= ~(1u << KIND_ONCE);
    return good;
}

static bool check(uint16_t kind)
{
    switch (kind) {
    case KIND_MUTEX:
        return glibc_check_mutex();
    case KIND_RWLOCK:
        return glibc_check_rwlock();
    case KIND_SPINLOCK:
        return check_spinlock();
    case KIND_SEMAPHORE:
        return glibc_check_semaphore();
    case KIND_BARRIER:
        return glibc_check_barrier();
    case KIND_CONDITION:
        return glibc_check_condition();
    default:
        return check_once();
    }
}

void glibc_check_layout(void)
{
    static const struct {
        uint16_t kind;
        char name[22];
    } kinds[] = {{KIND_MUTEX, "mutexes"},        {KIND_RWLOCK, "reader-writer locks"}, {KIND_SPINLOCK, "spinlocks"},
                 {KIND_SEMAPHORE, "semaphores"}, {KIND_BARRIER, "barriers"},           {KIND_CONDITION, "conditions"},
                 {KIND_ONCE, "pthread_once"}};
    char others[sizeof kinds] = "";
    size_t end = 0;
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (check(kinds[i].kind))
            glibc_known |= 1u << kinds[i].kind;
        else
            end += (size_t)snprintf(others + end, sizeof others - end, "%s%s", end == 0 ? "" : ", ", kinds[i].name);
    if (end != 0)
        log_line("this C library keeps other words than known in %s: these are not looked into", others);
}
