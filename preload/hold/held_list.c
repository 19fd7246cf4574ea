#include "preload/hold/held_list.h"

#include "preload/os/fork_zeroed.h"
#include "preload/os/raw_lock.h"
#include "preload/os/sandbox.h"
#include "preload/store/store.h"

#include <string.h>
#include <sys/mman.h>

/*
 * Beyond the slots: runs of TABLE_HELD, each twice as long as the one before. Free ones are chained by size, through
 * the address of their first item.
 */
enum { FIRST = 64, SIZES = 20 };
static uint32_t free_runs[SIZES] FORK_ZEROED; /* under the raw lock */

static struct held_lock *item(uint32_t id)
{
    return record_at(&ours, TABLE_HELD, id, sizeof(struct held_lock), record_first_shift[TABLE_HELD]);
}

uint32_t held_list_count(const struct thread *t)
{
    uint32_t end = t->held_end;
    return end < HELD_END_BEYOND ? end / HELD_ITEM : HELD_SLOTS + t->more_held + (end - HELD_END_BEYOND) / HELD_ITEM;
}

/* While a list is being extended, its last entry is in the slot behind the one that marks it as long. */
struct held_lock *held_list_at(struct thread *t, uint32_t at)
{
    if (at <= HELD_SLOTS)
        return &t->held[at];
    uint32_t beyond = at - HELD_SLOTS - 1;
    return beyond < t->more_held ? item(t->more + beyond) : &t->held[HELD_SLOTS + 2];
}

/* --- finding --- */

/*
 * Of a list of thousands: positions by address. What has been released or has moved since is seen by the address at the
 * position; what came since is looked for one by one, and when that is too much the index is made anew.
 */
struct held_index {
    uint32_t mask;
    uint32_t count; /* positions up to here are in it */
    uint32_t position[];
};
enum { NEAR = 32, TAIL = 1024 };

static uint32_t place_of(const struct held_index *x, uint64_t address)
{
    return (uint32_t)(address * 0x9E3779B97F4A7C15u >> 32) & x->mask;
}

static void drop_index(void)
{
    if (self.held_index != NULL)
        munmap(self.held_index, sizeof *self.held_index + (self.held_index->mask + 1) * sizeof(uint32_t));
    self.held_index = NULL;
}

static void make_index(struct thread *t, uint32_t count)
{
    uint32_t size = TAIL * 4;
    while (size < count * 4)
        size *= 2;
    drop_index();
    if (sandbox_shut)
        return;
    struct held_index *x =
        mmap(NULL, sizeof *x + size * sizeof(uint32_t), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (x == MAP_FAILED)
        return;
    x->mask = size - 1;
    x->count = count;
    for (uint32_t at = 1; at <= count; at++) {
        uint32_t place = place_of(x, held_list_at(t, at)->address);
        if (held_list_at(t, at)->address <= HELD_RELEASED)
            continue;
        while (x->position[place] != 0)
            place = (place + 1) & x->mask;
        x->position[place] = at;
    }
    self.held_index = x;
}

static uint32_t find_by_index(struct thread *t, uint64_t address, uint32_t count)
{
    if (self.held_index == NULL || count > self.held_index->count + TAIL)
        make_index(t, count);
    const struct held_index *x = self.held_index;
    uint32_t known = x != NULL ? x->count : 0, found = 0;
    for (uint32_t at = count; at > known; at--)
        if (held_list_at(t, at)->address == address)
            return at;
    for (uint32_t i = known != 0 ? place_of(x, address) : 0; known != 0 && x->position[i] != 0; i = (i + 1) & x->mask) {
        uint32_t at = x->position[i];
        if (at <= known && at > found && held_list_at(t, at)->address == address)
            found = at;
    }
    return found;
}

/* With the recursion guard open this may be a signal handler, which leaves the index alone. */
uint32_t held_list_find(struct thread *t, uint64_t address)
{
    if (!held_list_is_long(t)) {
        const struct held_lock *e = held_list_at_end(t, t->held_end);
        while (e > t->held && e->address != address)
            e--;
        return (uint32_t)(e - t->held);
    }
    uint32_t count = held_list_count(t), last = count > HELD_SLOTS && self.slot == NULL ? count - NEAR : 0;
    for (uint32_t at = count; at > last; at--)
        if (held_list_at(t, at)->address == address)
            return at;
    return last == 0 ? 0 : find_by_index(t, address, last);
}

/* --- more memory --- */

static void put_run(uint32_t first, uint32_t size)
{
    item(first)->address = free_runs[size];
    free_runs[size] = first;
}

static uint32_t get_run(uint32_t size)
{
    uint32_t first = free_runs[size];
    if (first != 0)
        free_runs[size] = (uint32_t)item(first)->address;
    else if ((first = record_reserve(&ours, TABLE_HELD, FIRST << size)) != 0)
        record_commit(&ours, TABLE_HELD, first, FIRST << size);
    return first;
}

/* Readers find either run complete. */
static bool grow(struct thread *t)
{
    uint32_t size = t->more == 0 ? 0 : self.held_size + 1;
    struct signals_saved l = raw_lock_acquire();
    uint32_t first = size < SIZES && ours.header != NULL ? get_run(size) : 0, old = t->more;
    if (first != 0) {
        if (old != 0)
            memcpy(item(first), item(old), t->more_held * sizeof(struct held_lock));
        t->more = first;
        if (old != 0)
            put_run(old, self.held_size);
        self.held_size = size;
    }
    raw_lock_release(l);
    return first != 0;
}

/* What has room in the slots again goes there, and the list is no longer a long one. */
static void set_count(struct thread *t, uint32_t count)
{
    if (self.held_index != NULL && self.held_index->count > count)
        self.held_index->count = count;
    if (count > HELD_SLOTS) {
        t->more_held = count - HELD_SLOTS;
        return;
    }
    t->more_held = 0;
    held_list_set_end(t, count * HELD_ITEM);
    drop_index();
}

bool held_list_extend(struct thread *t)
{
    uint32_t end = t->held_end, used = t->more_held;
    struct held_lock *last = held_list_at_end(t, end), e = *last;
    bool room = t->more != 0 && used < (uint32_t)FIRST << self.held_size;
    if (!room && !grow(t)) {
        record_mark_incomplete(&ours, INCOMPLETE_HOLDS);
        held_list_set_end(t, end - HELD_ITEM);
        return false;
    }
    *item(t->more + used) = e;
    t->more_held = used + 1;
    t->held[HELD_SLOTS + 1] = (struct held_lock){.call = UINT64_MAX}; /* for hold_pop_second: no mutex */
    held_list_set_end(t, HELD_END_BEYOND);
    return true;
}

/* --- removing --- */

static void set_hashes(struct thread *t, uint32_t from, uint32_t count)
{
    for (uint32_t at = from > 2 ? from : 2; at <= count; at++)
        held_list_at(t, at)->hash = held_list_hash_above(held_list_at(t, at - 1));
}

/* Copied from the outermost on: each is somewhere in the list all the while. */
void held_list_squeeze(struct thread *t, bool (*gone)(const struct held_lock *))
{
    uint32_t count = held_list_count(t), to = 0, first = 0;
    for (uint32_t at = 1; at <= count; at++) {
        struct held_lock *e = held_list_at(t, at);
        if (e->address <= HELD_RELEASED || (gone != NULL && gone(e))) {
            first = first != 0 ? first : at;
            continue;
        }
        struct held_lock *there = held_list_at(t, ++to);
        if (there == e)
            continue;
        there->call = e->call | (uint64_t)HOW_REBUILT << 56;
        there->frame = e->frame;
        __atomic_store_n(&there->address, e->address, __ATOMIC_RELEASE);
    }
    if (first == 0)
        return;
    drop_index();
    set_hashes(t, first, to);
    set_count(t, to);
}

static void remove_slot(struct thread *t, uint32_t at)
{
    uint32_t end = t->held_end;
    struct held_lock *last = held_list_at_end(t, end);
    for (struct held_lock *e = &t->held[at]; e < last; e++) {
        e->call = e[1].call | (uint64_t)HOW_REBUILT << 56;
        e->frame = e[1].frame;
        __atomic_store_n(&e->address, e[1].address, __ATOMIC_RELEASE);
        if (e > &t->held[1])
            e->hash = held_list_hash_above(e - 1);
    }
    held_list_set_end(t, end - HELD_ITEM);
}

/* Of a long list the rest moves only when one more is acquired: it may be released in the same order. */
void held_list_remove(struct thread *t, uint32_t at)
{
    if (!held_list_is_long(t)) {
        remove_slot(t, at);
        return;
    }
    held_list_at(t, at)->address = HELD_RELEASED;
    self.held_marked = true;
    uint32_t count = held_list_count(t);
    while (count > 0 && held_list_at(t, count)->address <= HELD_RELEASED)
        count--;
    set_count(t, count);
}

void held_list_new_hashes(struct thread *t)
{
    t->held[1].hash += 0x9E3779B97F4A7C15u;
    set_hashes(t, 2, held_list_count(t));
}

void held_list_end(struct thread *t, bool kept)
{
    drop_index();
    if (t->more == 0 || (kept && t->more_held != 0))
        return;
    struct signals_saved l = raw_lock_acquire();
    put_run(t->more, self.held_size);
    t->more = 0;
    raw_lock_release(l);
}
