#include "preload/lock/lock.h"

#include "preload/lock/birthplace.h"
#include "preload/lock/early.h"
#include "preload/lock/lock_index.h"
#include "preload/lock/memory_filter.h"
#include "preload/lock/name.h"
#include "preload/lock/posts.h"
#include "preload/lock/recent_locks.h"
#include "preload/lock/shared_place.h"
#include "preload/lock/wake_table.h"
#include "preload/os/aside.h"
#include "preload/os/fork_zeroed.h"
#include "preload/os/glibc.h"
#include "preload/os/index.h"
#include "preload/os/raw_lock.h"
#include "preload/os/self.h"
#include "preload/stack/callers.h"
#include "preload/stack/stack.h"

#include <stdatomic.h>
#include <string.h>

uint32_t lock_generations[32768];
_Atomic uint32_t lock_prunings;
_Atomic uint32_t lock_ended_count FORK_ZEROED;

static uint32_t free_locks FORK_ZEROED; /* pruned or never named, chained by `chain` */

uint32_t lock_find(uint64_t address)
{
    return lock_index_find(address);
}

static void end_generation(uint64_t address)
{
    __atomic_fetch_add(lock_generation_at(address), 1, __ATOMIC_RELAXED);
}

/* --- event semaphores --- */

_Atomic uint8_t lock_signals[LOCK_SIGNALS];

/* Whether a post is part of the first value, as far as traits and value tell. */
static bool may_be_filled(uint32_t traits, uint32_t value)
{
    const uint32_t used = TRAIT_SHARED | TRAIT_WAKER_UNKNOWN | TRAIT_POSTED;
    return (traits & (used | TRAIT_VALUE_KNOWN)) == TRAIT_VALUE_KNOWN && (value == 0 || (traits & TRAIT_FILLED) != 0);
}

bool lock_fill(uint32_t id)
{
    struct lock *l = lock_at(id);
    uint32_t units, waiters;
    if (l->kind != KIND_SEMAPHORE || !may_be_filled(l->traits, l->value) || l->first_post != 0 ||
        !glibc_count_units(l->address, &units, &waiters) || units != l->value || waiters != 0)
        return false;
    struct signals_saved s = raw_lock_acquire();
    l->value++;
    atomic_fetch_or(&l->traits, TRAIT_FILLED);
    atomic_fetch_and(&l->traits, ~(uint32_t)TRAIT_EVENT);
    raw_lock_release(s);
    return true;
}

void lock_early_signal(uint64_t address)
{
    struct early_lock *e = early_find(address);
    if (e == NULL)
        return;
    if (e->what.kind == KIND_SEMAPHORE && may_be_filled(e->what.traits, e->what.value)) {
        e->what.value++;
        e->what.traits |= TRAIT_FILLED;
        return;
    }
    e->what.traits |= TRAIT_EVENT;
    lock_signals[address / 16 % LOCK_SIGNALS] = 1;
}

void lock_early_posted(uint64_t address)
{
    struct early_lock *e = early_find(address);
    if (e != NULL)
        e->what.traits |= TRAIT_POSTED;
}

bool lock_is_known(uint64_t address)
{
    return (ours.header == NULL && early_find(address) != NULL) || lock_find(address) != 0;
}

bool lock_is_signal(uint64_t address)
{
    if (!lock_may_be_signal(address))
        return false;
    if (ours.header == NULL) {
        const struct early_lock *e = early_find(address);
        return e != NULL && (e->what.traits & TRAIT_EVENT) != 0;
    }
    uint32_t id = lock_find(address);
    return id != 0 && (lock_at(id)->traits & TRAIT_EVENT) != 0;
}

bool lock_add_traits(uint32_t id, uint32_t traits)
{
    struct lock *l = lock_at(id);
    uint32_t before = atomic_fetch_or(&l->traits, traits);
    if ((traits & ~before & TRAIT_EVENT) != 0) {
        lock_signals[l->address / 16 % LOCK_SIGNALS] = 1;
        end_generation(l->address); /* threads that hold it know paths with it, which are none now */
    }
    return (traits & ~before) != 0;
}

/* --- names that the program gives --- */

/* Under the raw lock. */
static void set_name(struct lock *l, const char *name)
{
    if (name == NULL)
        l->name = 0;
    else if (strcmp(record_text(&ours, l->name), name) != 0)
        l->name = record_add_text(&ours, name, strlen(name));
}

/* Under the raw lock: the name that the program gave it before it had an id, or just now. */
static void set_given_name(uint32_t id)
{
    struct lock *l = lock_at(id);
    set_name(l, name_of(l->address));
    if (name_is_numbered(l->address))
        atomic_fetch_or(&l->traits, TRAIT_NUMBERED);
    else
        atomic_fetch_and(&l->traits, ~(uint32_t)TRAIT_NUMBERED);
}

static void give_name(uint64_t address, const char *name, bool class)
{
    if (fork_guard_is_foreign())
        return;
    struct signals_saved l = raw_lock_acquire();
    if (name == NULL || name[0] == 0)
        name_take_within(address, 1);
    else if (class)
        name_number(address, name);
    else
        name_give(address, name);
    uint32_t id = lock_find(address);
    if (id != 0)
        set_given_name(id);
    raw_lock_release(l);
}

void lock_name(uint64_t address, const char *name)
{
    give_name(address, name, false);
}

void lock_classify(uint64_t address, const char *class)
{
    give_name(address, class, true);
}

/* --- ids --- */

/* A lock on the thread's own stack ends with the thread at the latest. */
static void extend_stack_lowest(uint64_t address)
{
    bool there = address < self.stack && address >= (uint64_t)(uintptr_t)__builtin_frame_address(0);
    if (there && (self.stack_lowest == 0 || address < self.stack_lowest))
        self.stack_lowest = address;
}

/*
 * Ended event semaphores, by address. One that is initialised at the same address by the same call takes the slot of
 * the last: so programs that create and destroy one for every wait (CPython's Condition) do not make the record grow.
 * An event semaphore is never held, so no lock order is mistaken for the new one's; should that turn out to be a lock,
 * it is on no cycle.
 */
enum { REUSABLE = 256 };
static uint32_t reusable[REUSABLE] FORK_ZEROED;

static uint32_t *reusable_slot(uint64_t address)
{
    return &reusable[address * 0x9E3779B97F4A7C15u >> 56];
}

static uint32_t reuse_event(uint64_t address, const struct lock_traits *what, uint64_t site)
{
    uint32_t id = *reusable_slot(address);
    struct lock *l = lock_at(id);
    if (id == 0 || what->kind != KIND_SEMAPHORE || l->address != address || l->site != site || l->first_wake != 0)
        return 0;
    *reusable_slot(address) = 0;
    l->value = what->value;
    l->name = 0;
    l->shared_as = 0;
    shared_place_due |= (what->traits & TRAIT_SHARED) != 0;
    l->generation++;
    atomic_store(&l->traits, (what->traits & ~(uint32_t)TRAIT_EVENT) | TRAIT_REFERENCED | TRAIT_AFTER_EVENT);
    return id;
}

static uint32_t add_to_table(uint64_t address, const struct lock_traits *what, uint64_t site)
{
    uint32_t id = free_locks;
    if (id != 0)
        free_locks = lock_at(id)->chain;
    else
        id = record_reserve(&ours, TABLE_LOCKS, 1);
    if (id == 0) {
        record_mark_incomplete(&ours, INCOMPLETE_SPACE);
        return 0;
    }
    struct lock *l = lock_at(id);
    struct lock whole = {.address = address, .site = site, .kind = what->kind, .value = what->value, .name = l->name};
    whole.generation = l->generation + 1;
    whole.traits = TRAIT_ENDED; /* until all is written: readers take no lock */
    *l = whole;
    atomic_store(&l->traits, what->traits & ~(uint32_t)TRAIT_EVENT); /* lock_add_traits counts those */
    if (id >= record_used(&ours, TABLE_LOCKS))
        record_commit(&ours, TABLE_LOCKS, id, 1);
    if ((what->traits & TRAIT_SHARED) != 0)
        shared_place_due = true;
    return id;
}

static uint32_t add_lock(uint64_t address, const struct lock_traits *what)
{
    uint64_t made_at = birthplace_of(address);
    uint64_t site = birthplace_site(made_at != 0 ? made_at : what->site);
    if (!lock_index_room())
        return 0;
    uint32_t id = reuse_event(address, what, site);
    if (id == 0)
        id = add_to_table(address, what, site);
    if (id == 0)
        return 0;
    set_given_name(id);
    lock_index_link(id);
    memory_filter_count(address, true);
    extend_stack_lowest(address);
    return id;
}

/* It was known by its address alone; now a thread uses it. */
static void complete_placeholder(uint32_t id, const struct lock_traits *what)
{
    struct signals_saved l = raw_lock_acquire();
    struct lock *lock = lock_at(id);
    if (lock->site == 0)
        lock->site = birthplace_site(what->site);
    lock->kind = what->kind;
    atomic_fetch_or(&lock->traits, what->traits);
    atomic_fetch_and(&lock->traits, ~(uint32_t)TRAIT_PLACEHOLDER);
    raw_lock_release(l);
}

uint32_t lock_get(uint64_t address, const struct lock_traits *what)
{
    uint32_t id = lock_find(address);
    if (id != 0 && (lock_at(id)->traits & ~what->traits & TRAIT_PLACEHOLDER) != 0)
        complete_placeholder(id, what);
    if (id != 0 || ours.header == NULL)
        return id;
    uint64_t made_at = birthplace_of(address);
    uint32_t created = birthplace_stack(made_at);
    struct signals_saved l = raw_lock_acquire();
    id = lock_find(address);
    if (id == 0)
        id = add_lock(address, what);
    if (id != 0 && created != 0)
        lock_at(id)->created = created;
    raw_lock_release(l);
    return id;
}

static uint32_t created_at(const struct lock_traits *what)
{
    uint32_t stack = held_by_stack(what->call) ? (uint32_t)callers_refresh(what->call) : 0;
    return stack != 0 ? stack : birthplace_stack(what->site);
}

static void give_id(uint64_t address, const struct lock_traits *what, const char *name)
{
    uint32_t created = created_at(what);
    uint32_t id = lock_get(address, what);
    if (id == 0)
        return;
    struct signals_saved l = raw_lock_acquire();
    lock_at(id)->created = created;
    if (name != NULL && lock_at(id)->name == 0)
        set_name(lock_at(id), name);
    raw_lock_release(l);
    bool empty = what->kind == KIND_SEMAPHORE && what->value == 0 && (what->traits & TRAIT_VALUE_KNOWN) != 0;
    if ((what->traits & TRAIT_EVENT) != 0 || empty)
        lock_add_traits(id, TRAIT_EVENT);
}

void lock_begin_known(uint64_t address, const struct lock_traits *what, const char *name)
{
    if (fork_guard_is_foreign())
        return;
    recent_locks_initialised(address);
    lock_end(address);
    if (ours.header != NULL)
        give_id(address, what, name);
    else if (!aside_taken)
        early_add(address, what, name); /* if there are too many, its first value stays unknown */
}

static void free_slot(uint32_t id)
{
    atomic_store_explicit(&lock_at(id)->chain, free_locks, memory_order_release);
    free_locks = id;
}

/* Under the raw lock. */
static bool end_id(uint32_t id)
{
    struct lock *l = lock_at(id);
    atomic_fetch_or(&l->traits, TRAIT_ENDED);
    atomic_fetch_and(&l->traits, ~(uint32_t)TRAIT_DETACHED);
    end_generation(l->address);
    recent_locks_forget(l->address);
    posts_free(id);
    wake_lock_ended(id);
    lock_index_unlink(id);
    memory_filter_count(l->address, false);
    if ((l->traits & (TRAIT_REFERENCED | TRAIT_EVENT)) == (TRAIT_REFERENCED | TRAIT_EVENT))
        *reusable_slot(l->address) = id;
    if ((l->traits & TRAIT_REFERENCED) == 0)
        free_slot(id);
    else
        lock_ended_count++;
    return false;
}

void lock_prune(uint32_t id)
{
    struct lock *l = lock_at(id);
    if (*reusable_slot(l->address) == id)
        *reusable_slot(l->address) = 0;
    wake_lock_pruned(id);
    atomic_fetch_and(&l->traits, ~(uint32_t)(TRAIT_REFERENCED | TRAIT_PRUNED | TRAIT_PRUNED_ALONE));
    free_slot(id);
}

static bool end_detached_id(uint32_t id)
{
    return (lock_at(id)->traits & TRAIT_DETACHED) != 0 && end_id(id);
}

static bool detach_id(uint32_t id)
{
    atomic_fetch_or(&lock_at(id)->traits, TRAIT_DETACHED);
    end_generation(lock_at(id)->address);
    return false;
}

static bool reattach_id(uint32_t id)
{
    atomic_fetch_and(&lock_at(id)->traits, ~(uint32_t)TRAIT_DETACHED);
    return false;
}

static bool is_one(uint32_t id)
{
    return id != 0;
}

/* Whether there may be a lock with an id or a name: also if chains were moved meanwhile. */
static bool is_any_within(uint64_t from, uint64_t size)
{
    uint32_t moves = atomic_load(&lock_index_moves);
    bool any = lock_index_each(from, size, is_one) || name_any_within(from, size);
    atomic_thread_fence(memory_order_acquire);
    return any || moves % 2 != 0 || moves != lock_index_moves;
}

static void each_within(uint64_t from, uint64_t size, bool (*act)(uint32_t id))
{
    if (fork_guard_is_foreign() || !is_any_within(from, size))
        return;
    int error = errno;
    struct signals_saved l = raw_lock_acquire();
    lock_index_each(from, size, act);
    if (act == end_id || act == end_detached_id)
        name_take_within(from, size);
    raw_lock_release(l);
    errno = error;
}

void lock_end_within(uint64_t from, uint64_t size)
{
    if (ours.header == NULL)
        early_end_within(from, size);
    each_within(from, size, end_id);
}

void lock_begin(uint64_t address, uint64_t site)
{
    if (memory_filter_knows(address))
        lock_end_within(address, 1);
    lock_begin_unknown(address, site);
}

void lock_end(uint64_t address)
{
    if (memory_filter_knows(address))
        lock_end_within(address, 1);
    lock_end_unknown(address);
}

void lock_detach_within(uint64_t from, uint64_t size)
{
    each_within(from, size, detach_id);
}

void lock_reattach_within(uint64_t from, uint64_t size)
{
    each_within(from, size, reattach_id);
}

void lock_end_detached_within(uint64_t from, uint64_t size)
{
    if (ours.header == NULL)
        early_end_within(from, size);
    each_within(from, size, end_detached_id);
}

void lock_identify_early(void)
{
    const struct early_lock *e;
    for (unsigned i = 0; (e = early_at(i)) != NULL; i++)
        give_id(e->address, &e->what, e->name[0] != 0 ? e->name : NULL);
    early_clear();
}

/* All others get an id again when they are used. */
void lock_keep_for_child(void)
{
    uint32_t used = record_used(&ours, TABLE_LOCKS);
    for (uint32_t id = 1; id < used; id++) {
        const struct lock *l = lock_at(id);
        if (l->address == 0 || (l->traits & TRAIT_ENDED) != 0)
            continue;
        memory_filter_count(l->address, false);
        if (l->kind == KIND_SEMAPHORE || l->kind == KIND_BARRIER) {
            struct lock_traits what = {.kind = l->kind,
                                       .traits = l->traits & ~(uint32_t)(TRAIT_REFERENCED | TRAIT_DETACHED),
                                       .value = l->value,
                                       .site = l->site};
            early_add(l->address, &what, l->name != 0 ? record_text(&ours, l->name) : NULL);
        }
    }
}
