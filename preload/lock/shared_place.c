#include "preload/lock/shared_place.h"

#include "preload/os/fork_guard.h"
#include "preload/os/fork_zeroed.h"
#include "preload/os/proc_file.h"
#include "preload/os/raw_lock.h"
#include "preload/os/sandbox.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static atomic_flag looking FORK_ZEROED;
bool shared_place_due FORK_ZEROED;
static uint32_t none FORK_ZEROED; /* text: SHARED_NOT */

static bool is_missing(const struct lock *l)
{
    bool lies_there = l->kind == KIND_MUTEX || l->kind == KIND_RWLOCK || l->kind == KIND_SPINLOCK ||
                      l->kind == KIND_SEMAPHORE || l->kind == KIND_CONDITION || l->kind == KIND_BARRIER;
    return lies_there && (l->traits & (TRAIT_SHARED | TRAIT_ENDED)) == TRAIT_SHARED && l->shared_as == 0;
}

static bool is_any_missing(void)
{
    uint32_t used = record_used(&ours, TABLE_LOCKS), id = 1;
    while (id < used && !is_missing(record_lock(&ours, id)))
        id++;
    return id < used;
}

/* The slot may serve another lock by now. */
static void identify(struct lock *l, uint64_t address, const char *text)
{
    struct signals_saved saved = raw_lock_acquire();
    if (is_missing(l) && l->address == address)
        l->shared_as = record_add_text(&ours, text, strlen(text));
    raw_lock_release(saved);
}

static void look_in(void *unused, const struct proc_mapping *m)
{
    uint32_t used = record_used(&ours, TABLE_LOCKS);
    (void)unused;
    for (uint32_t id = 1; m->shared && id < used; id++) {
        struct lock *l = record_lock(&ours, id);
        uint64_t address = l->address;
        char text[80];
        if (address < m->start || address >= m->end || !is_missing(l))
            continue;
        snprintf(text, sizeof text, "%llx:%llu+%llx", (unsigned long long)m->device, (unsigned long long)m->inode,
                 (unsigned long long)m->offset + (address - m->start));
        identify(l, address, text);
    }
}

/* What is declared to be shared, but lies in memory of this process alone. */
static void leave_out(void)
{
    uint32_t used = record_used(&ours, TABLE_LOCKS);
    struct signals_saved saved = raw_lock_acquire();
    if (none == 0)
        none = record_add_text(&ours, SHARED_NOT, sizeof SHARED_NOT - 1);
    for (uint32_t id = 1; id < used; id++)
        if (is_missing(record_lock(&ours, id)))
            record_lock(&ours, id)->shared_as = none;
    raw_lock_release(saved);
}

void shared_place_find(void)
{
    int error = errno;
    if (ours.header == NULL || sandbox_shut || fork_guard_is_foreign() || !is_any_missing() ||
        atomic_flag_test_and_set(&looking))
        return;
    shared_place_due = false;
    if (proc_file_mappings(look_in, NULL))
        leave_out();
    atomic_flag_clear(&looking);
    errno = error;
}

bool shared_place_known(const struct lock *l)
{
    return (l->traits & TRAIT_SHARED) != 0 && l->shared_as != 0 && l->shared_as != none;
}
