#include "preload/os/glibc.h"
#include "preload/os/log.h"

#include <stdio.h>

uint32_t glibc_known;

static void nothing(void)
{
}

static bool check(uint16_t kind)
{
    if (kind != KIND_ONCE)
        return glibc_check_kind(kind);
    pthread_once_t control = PTHREAD_ONCE_INIT;
    glibc_known |= 1u << KIND_ONCE; /* until it is seen otherwise */
    bool good =
        !glibc_is_once_begun(&control) && real.pthread_once(&control, nothing) == 0 && glibc_is_once_done(&control);
    glibc_known &= ~(1u << KIND_ONCE);
    return good;
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
