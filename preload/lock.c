#include "preload/lock.h"

#include "preload/arena.h"
#include "preload/index.h"
#include "preload/latch.h"
#include "preload/name.h"
#include "preload/self.h"
#include "preload/stack.h"
#include "preload/taken.h"
#include "preload/wake.h"

#include <stdatomic.h>
#include <string.h>

uint16_t lock_generations[65536];
_Atomic uint32_t lock_signals;

static uint32_t free_posts; /* of locks that died, chained */

static struct post *post_at(uint32_t id)
{
    return record_at(&ours, TABLE_POSTS, id, sizeof(struct post), record_first_shift[TABLE_POSTS]);
}

/* --- by address: chains through lock.chain, from an array of heads that doubles --- */

struct heads {
    uint32_t mask, used;
    _Atomic uint32_t head[];
};

static _Atomic(struct heads *) by_address;
static uint32_t free_locks; /* forgotten ones, chained */

static struct lock *lock_at(uint32_t id)
{
    return record_at(&ours, TABLE_LOCKS, id, sizeof(struct lock), record_first_shift[TABLE_LOCKS]);
}

static _Atomic uint32_t *head_of(struct heads *h, uint64_t address)
{
    return &h->head[index_mix(address) >> 20 & h->mask];
}

static bool is_live_at(const struct lock *l, uint64_t address)
{
    return l->address == address && (l->traits & TRAIT_DEAD) == 0;
}

/* A lock whose slot is used again meanwhile leads into another chain: then this finds less than there is. */
uint32_t lock_find(uint64_t address)
{
    struct heads *h = atomic_load_explicit(&by_address, memory_order_acquire);
    if (h == NULL)
        return 0;
    uint32_t id = atomic_load_explicit(head_of(h, address), memory_order_acquire);
    while (id != 0 && !is_live_at(lock_at(id), address))
        id = atomic_load_explicit(&lock_at(id)->chain, memory_order_acquire);
    return id;
}

static bool more_heads(void)
{
    struct heads *old = by_address;
    uint32_t size = old == NULL ? 512 : (old->mask + 1) * 2;
    struct heads *h = arena_get(sizeof *h + size * sizeof h->head[0]);
    if (h == NULL)
        return old != NULL;
    h->mask = size - 1;
    for (uint32_t k = 0; old != NULL && k <= old->mask; k++)
        for (uint32_t id = old->head[k], next; id != 0; id = next) {
            struct lock *l = lock_at(id);
            next = l->chain;
            l->chain = *head_of(h, l->address);
            *head_of(h, l->address) = id;
            h->used++;
        }
    atomic_store_explicit(&by_address, h, memory_order_release);
    return true;
}

static void link_lock(uint32_t id)
{
    struct heads *h = by_address;
    struct lock *l = lock_at(id);
    _Atomic uint32_t *head = head_of(h, l->address);
    l->chain = *head;
    atomic_store_explicit(head, id, memory_order_release);
    h->used++;
}

static void unlink_lock(uint32_t id)
{
    struct heads *h = by_address;
    _Atomic uint32_t *at = head_of(h, lock_at(id)->address);
    while (*at != 0 && *at != id)
        at = &lock_at(*at)->chain;
    if (*at == id) {
        atomic_store_explicit(at, lock_at(id)->chain, memory_order_release);
        h->used--;
    }
}

/* --- where mutexes were made: the last few thousand, as most never need an id --- */

enum { BIRTHS = 8192 };
static struct {
    _Atomic uint64_t address;
    uint64_t site;
} birth[BIRTHS];

static uint32_t birth_of(uint64_t address)
{
    return (uint32_t)(index_mix(address) >> 24) & (BIRTHS - 1);
}

static uint64_t birth_site(uint64_t address)
{
    uint32_t b = birth_of(address);
    return birth[b].address == address ? birth[b].site : 0;
}

static void end_generation(uint64_t address)
{
    __atomic_fetch_add(&lock_generations[address * 0x9E3779B97F4A7C15u >> 48], 1, __ATOMIC_RELAXED);
}

static void end_known(uint64_t address);

void lock_begin(uint64_t address, uint64_t site)
{
    uint32_t b = birth_of(address);
    end_known(address);
    atomic_store_explicit(&birth[b].address, 0, memory_order_relaxed);
    birth[b].site = site;
    atomic_store_explicit(&birth[b].address, address, memory_order_release);
}

/* --- locks that must be known, made before there is a record --- */

enum { EARLY = 256, NAME_SIZE = 64 };
static struct {
    uint64_t address;
    struct lock_traits what;
    char name[NAME_SIZE];
} early[EARLY];
static unsigned early_count;

static bool keep_early(uint64_t address, const struct lock_traits *what, const char *name)
{
    unsigned i = 0;
    while (i < early_count && early[i].address != address)
        i++;
    if (i >= EARLY)
        return false;
    early[i].address = address;
    early[i].what = *what;
    early[i].name[0] = 0;
    if (name != NULL)
        strncpy(early[i].name, name, NAME_SIZE - 1);
    early_count += i == early_count;
    return true;
}

/* --- signals --- */

static _Atomic uint8_t signal_filter[4096];

static _Atomic uint8_t *filter_of(uint64_t address)
{
    return &signal_filter[index_mix(address) >> 30 & 4095];
}

void lock_early_signal(uint64_t address)
{
    for (unsigned i = 0; i < early_count; i++)
        if (early[i].address == address) {
            early[i].what.traits |= TRAIT_SIGNAL;
            *filter_of(address) = 1;
        }
}

void lock_early_posted(uint64_t address)
{
    for (unsigned i = 0; i < early_count; i++)
        if (early[i].address == address)
            early[i].what.traits |= TRAIT_POSTED;
}

static bool is_early_signal(uint64_t address)
{
    unsigned i = 0;
    while (i < early_count && early[i].address != address)
        i++;
    return i < early_count && (early[i].what.traits & TRAIT_SIGNAL) != 0;
}

bool lock_is_signal(uint64_t address)
{
    if (*filter_of(address) == 0)
        return false;
    if (ours.header == NULL)
        return is_early_signal(address);
    uint32_t id = lock_find(address);
    return id != 0 && (lock_at(id)->traits & TRAIT_SIGNAL) != 0;
}

bool lock_add_traits(uint32_t id, uint32_t traits)
{
    struct lock *l = lock_at(id);
    uint32_t before = atomic_fetch_or(&l->traits, traits);
    if ((traits & ~before & TRAIT_SIGNAL) != 0) {
        *filter_of(l->address) = 1;
        atomic_fetch_add(&lock_signals, 1);
    }
    return (traits & ~before) != 0;
}

bool lock_semaphore_layout;

void lock_check_layout(void)
{
    _Alignas(8) sem_t s;
    uint64_t before, after;
    if (real.sem_init(&s, 0, 3) != 0)
        return;
    memcpy(&before, &s, sizeof before);
    bool took = real.sem_trywait(&s) == 0;
    memcpy(&after, &s, sizeof after);
    lock_semaphore_layout = took && before == 3 && after == 2;
    real.sem_destroy(&s);
}

/* --- names that the program gives ----------------------------------------------------------------------------------
 */

/* Under the latch. */
static void set_name(struct lock *l, const char *name)
{
    if (name == NULL)
        l->name = 0;
    else if (strcmp(record_text(&ours, l->name), name) != 0)
        l->name = record_add_text(&ours, name, strlen(name));
}

void lock_name(uint64_t address, const char *name)
{
    struct latched l = latch_take();
    if (name != NULL && name[0] != 0)
        name_give(address, name);
    else
        name_take(address);
    uint32_t id = lock_find(address);
    if (id != 0)
        set_name(lock_at(id), name_of(address));
    latch_release(l);
}

/* --- ids
 * --------------------------------------------------------------------------------------------------------------------
 */

/* What is still of interest of a lock when another one takes its place: that waits for it are judged. */
static uint32_t history_of(const struct lock *l)
{
    uint32_t traits = l->traits;
    uint32_t more = TRAIT_WAKES_MISSING | TRAIT_WAKER_UNKNOWN | TRAIT_POSTED;
    if ((traits & TRAIT_AWAITED) == 0)
        return 0;
    return TRAIT_AWAITED | ((traits & more) != 0 ? TRAIT_WAKES_MISSING : 0);
}

/*
 * A dead lock that holds still name comes to life again for one of the same kind made in the same place at the same
 * address: programs that make and destroy a lock for every wait (CPython's Condition) do not make the record grow.
 */
static uint32_t revive(uint64_t address, const struct lock_traits *what, uint64_t site)
{
    struct heads *h = by_address;
    uint32_t id = h != NULL ? *head_of(h, address) : 0;
    while (id != 0 && (lock_at(id)->address != address || lock_at(id)->kind != what->kind || lock_at(id)->site != site))
        id = lock_at(id)->chain;
    if (id == 0)
        return 0;
    struct lock *l = lock_at(id);
    l->value = what->value;
    l->generation++;
    l->name = 0;
    atomic_store(&l->first_post, 0);
    atomic_store(&l->traits, (what->traits & ~(uint32_t)TRAIT_SIGNAL) | TRAIT_KEPT | history_of(l));
    end_generation(address);
    return id;
}

static uint32_t add_lock(uint64_t address, const struct lock_traits *what)
{
    uint64_t made_at = birth_site(address);
    uint64_t site = made_at != 0 ? made_at : what->site;
    uint32_t dead = revive(address, what, site);
    if (dead != 0)
        return dead;
    struct heads *h = by_address;
    if ((h == NULL || h->used > h->mask) && !more_heads())
        return 0;
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
    uint32_t generation = l->generation + 1;
    uint32_t traits = what->traits & ~(uint32_t)TRAIT_SIGNAL; /* lock_add_traits counts those */
    *l = (struct lock){.address = address, .kind = what->kind, .traits = traits, .value = what->value};
    l->generation = generation;
    l->site = made_at != 0 ? made_at : what->site;
    set_name(l, name_of(address));
    if (id >= record_used(&ours, TABLE_LOCKS))
        record_commit(&ours, TABLE_LOCKS, id, 1);
    link_lock(id);
    return id;
}

/* It was known by its address alone; now somebody is at it. */
static void meet(uint32_t id, const struct lock_traits *what)
{
    struct latched l = latch_take();
    struct lock *lock = lock_at(id);
    if (lock->site == 0)
        lock->site = what->site;
    atomic_fetch_or(&lock->traits, what->traits);
    atomic_fetch_and(&lock->traits, ~(uint32_t)TRAIT_UNMET);
    latch_release(l);
}

uint32_t lock_get(uint64_t address, const struct lock_traits *what)
{
    uint32_t id = lock_find(address);
    if (id != 0 && (lock_at(id)->traits & ~what->traits & TRAIT_UNMET) != 0)
        meet(id, what);
    if (id != 0 || ours.header == NULL)
        return id;
    uint64_t made_at = birth_site(address);
    uint32_t created = made_at != 0 ? stack_of_site(made_at) : 0;
    struct latched l = latch_take();
    id = lock_find(address);
    if (id == 0)
        id = add_lock(address, what);
    if (id != 0 && created != 0)
        lock_at(id)->created = created;
    latch_release(l);
    return id;
}

static void make_known(uint64_t address, const struct lock_traits *what, const char *name)
{
    uint32_t created = stack_of_site(what->site);
    uint32_t id = lock_get(address, what);
    if (id == 0)
        return;
    struct latched l = latch_take();
    lock_at(id)->created = created;
    if (name != NULL && lock_at(id)->name == 0)
        set_name(lock_at(id), name);
    latch_release(l);
    bool empty = what->kind == KIND_SEMAPHORE && what->value == 0 && (what->traits & TRAIT_VALUE_KNOWN) != 0;
    if ((what->traits & TRAIT_SIGNAL) != 0 || empty)
        lock_add_traits(id, TRAIT_SIGNAL);
}

void lock_begin_known(uint64_t address, const struct lock_traits *what, const char *name)
{
    lock_end(address);
    if (ours.header != NULL)
        make_known(address, what, name);
    else
        keep_early(address, what, name); /* of more than we care to remember the first value stays unknown */
}

void lock_end(uint64_t address)
{
    uint32_t b = birth_of(address);
    if (atomic_load_explicit(&birth[b].address, memory_order_relaxed) == address)
        atomic_store_explicit(&birth[b].address, 0, memory_order_relaxed);
    end_known(address);
}

/* The posts of a lock that died serve others. A reader that is on its way along them notices by post.lock. */
static void free_list_of_posts(uint32_t id)
{
    uint32_t first = atomic_exchange(&lock_at(id)->first_post, 0);
    for (uint32_t p = first, next; p != 0; p = next) {
        next = post_at(p)->next;
        post_at(p)->lock = 0;
        post_at(p)->next = free_posts;
        free_posts = p;
    }
}

/* End what has an id, or is to have one. */
static void end_known(uint64_t address)
{
    taken_forget(address);
    for (unsigned i = 0; ours.header == NULL && i < early_count; i++)
        if (early[i].address == address)
            early[i] = early[--early_count];
    if (lock_find(address) == 0 && !name_any(address))
        return;
    int error = errno;
    struct latched l = latch_take();
    uint32_t id = lock_find(address);
    name_take(address);
    if (id != 0) {
        atomic_fetch_or(&lock_at(id)->traits, TRAIT_DEAD);
        end_generation(address);
        free_list_of_posts(id);
        if ((lock_at(id)->traits & TRAIT_AWAITED) == 0)
            wake_forget(id);
        if ((lock_at(id)->traits & TRAIT_KEPT) == 0) {
            unlink_lock(id);
            lock_at(id)->chain = free_locks;
            free_locks = id;
        }
    }
    latch_release(l);
    errno = error;
}

static uint32_t get_post(void)
{
    uint32_t p = free_posts;
    if (p == 0)
        return record_reserve(&ours, TABLE_POSTS, 1);
    free_posts = post_at(p)->next;
    return p;
}

void lock_add_post(uint32_t id)
{
    enum { MANY = 64 };
    struct latched latched = latch_take();
    struct lock *l = lock_at(id);
    unsigned count = 0;
    bool known = false;
    for (uint32_t p = l->first_post; p != 0 && !known; count++) {
        const struct post *post = record_item(&ours, TABLE_POSTS, p);
        known = post->thread == self.id && post->serial == self.own->serial;
        p = post->next;
    }
    uint32_t p = known || count >= MANY ? 0 : get_post();
    if (p != 0) {
        struct post *post = post_at(p);
        *post = (struct post){.lock = id,
                              .next = l->first_post,
                              .thread = self.id,
                              .serial = self.own->serial,
                              .creator_id = self.own->creator_id,
                              .creator = self.own->creator};
        if (p >= record_used(&ours, TABLE_POSTS))
            record_commit(&ours, TABLE_POSTS, p, 1);
        atomic_store_explicit(&l->first_post, p, memory_order_release);
    } else if (!known)
        atomic_fetch_or(&l->traits, TRAIT_WAKER_UNKNOWN);
    latch_release(latched);
}

void lock_start(void)
{
    for (unsigned i = 0; i < early_count; i++)
        make_known(early[i].address, &early[i].what, early[i].name[0] != 0 ? early[i].name : NULL);
    early_count = 0;
}

/* Those that must be known are taken over; everything else makes itself known again. */
void lock_reset(void)
{
    uint32_t used = record_used(&ours, TABLE_LOCKS);
    for (uint32_t id = 1; id < used; id++) {
        const struct lock *l = lock_at(id);
        if ((l->kind == KIND_SEMAPHORE || l->kind == KIND_BARRIER) && (l->traits & TRAIT_DEAD) == 0) {
            struct lock_traits what = {l->kind, l->traits & ~(uint32_t)TRAIT_KEPT, l->value, l->site};
            keep_early(l->address, &what, l->name != 0 ? record_text(&ours, l->name) : NULL);
        }
    }
    by_address = NULL;
    free_locks = free_posts = 0;
}
