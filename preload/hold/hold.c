#include "preload/hold/hold.h"

#include "arch/arch.h"
#include "detect/held.h"
#include "preload/hold/known_paths.h"
#include "preload/hold/prune.h"
#include "preload/hold/sync_point.h"
#include "preload/os/interpreter.h"
#include "preload/stack/stack.h"
#include "preload/store/recording.h"

#include <stdatomic.h>
#include <string.h>

uint64_t hold_timing, hold_observed;
void (*hold_timing_acquired)(uint64_t address);
void (*hold_timing_releases)(struct thread *t, uint64_t address);

/* --- the list as it should be --- */

/*
 * Semaphores that turned out to be event semaphores are not held. A once routine that threw an exception never released
 * its control, as we see it; but its frame is gone.
 */
static bool is_gone(const struct held_lock *e)
{
    uint16_t kind = (uint16_t)hold_as(e);
    if (kind == KIND_ONCE)
        return held_list_frame(e) != 0 && held_list_frame(e) < (uint64_t)(uintptr_t)__builtin_frame_address(0);
    return kind == KIND_SEMAPHORE && lock_is_signal(e->address);
}

/* `added`: the last entry is a new acquisition, which moving does not change. */
static void tidy(struct thread *t, bool added)
{
    if (held_list_count(t) == 0 || (held_list_count(t) > HELD_SLOTS && !self.held_marked))
        return;
    self.held_marked = false;
    struct held_lock last = *held_list_at(t, held_list_count(t));
    held_list_squeeze(t, is_gone);
    uint32_t count = held_list_count(t);
    struct held_lock *now = held_list_at(t, count);
    if (added && count > 0 && now->address == last.address)
        now->call = last.call;
}

/* --- paths --- */

void hold_set_path(struct thread *t, uint32_t path)
{
    atomic_store_explicit(&t->path, path, memory_order_release);
}

/* A held-locks path under way: thread.path says how far it has come, so that nothing of it is pruned. */
struct path_walk {
    struct thread *thread;
    uint32_t path;
    const struct stack_call *here; /* the call that the thread is in; NULL: not known */
    bool added;                    /* the last entry is a new acquisition */
    bool awaits;                   /* what is added now is not held */
};

/* What an entry is recorded as; `at`: its number. */
static uint32_t recorded_as(const struct held_lock *e, uint32_t at)
{
    bool ignored = self.ignores != 0 && at > self.ignored_from;
    return hold_as(e) | (ignored ? HOLD_AS(KIND_NONE, HOW_IGNORED) : 0);
}

/*
 * Whether an entry is to be counted, and its epoch recorded: a new acquisition; and an outermost lock, which is not
 * recorded before something else is that it is held for.
 */
static bool is_counted(const struct path_walk *w, uint32_t at, uint32_t count)
{
    return (w->added && at == count) || (at == 1 && count == (w->added ? 2 : 1));
}

/* Entry `at`, above `below`. Without room for a node the path stays as it is. */
static void extend_path(struct path_walk *w, uint32_t at, const struct held_lock *below, const struct held_lock *e,
                        bool counted)
{
    uint64_t tag = held_list_mix(e);
    uint32_t age = known_paths_age(below->address, e->address);
    const struct known_path *k = known_paths_find(tag, age);
    uint32_t node = k != NULL ? known_paths_node(k) : 0;
    if (node == 0) {
        const struct callers callers = callers_of(e->call, held_list_frame(e));
        struct signals_saved blocked = {.inner = true};
        const struct trie_call call = {.site = callers.site,
                                       .frame = held_list_frame(e),
                                       .callers = &callers,
                                       .stack = callers.stack,
                                       .here = w->here,
                                       .blocked = &blocked};
        node = trie_child(w->path, e->address, recorded_as(e, at), &call);
        bool found = node != 0 && hold_at(node)->count != 0;
        if (node != 0 && counted) /* else it was acquired in an epoch that is over, and perhaps not in this one */
            trie_add_acquisition(node);
        signals_unblock(blocked);
        if (node == 0)
            return;
        if (counted)
            known_paths_add(tag, age, node, found);
    }
    w->path = node;
    if (!w->awaits)
        hold_set_path(w->thread, node);
}

/* From the innermost entry on that the thread knows. */
static void walk_list(struct path_walk *w)
{
    uint32_t count = held_list_count(w->thread), from = count;
    w->path = 0;
    for (; from > 0; from--) {
        const struct held_lock *e = held_list_at(w->thread, from), *below = held_list_at(w->thread, from - 1);
        struct known_path *k = known_paths_find(held_list_mix(e), known_paths_age(below->address, e->address));
        if (k != NULL) {
            if (is_counted(w, from, count))
                known_paths_hit(k);
            w->path = known_paths_node(k);
            hold_set_path(w->thread, w->path);
            break;
        }
    }
    while (from++ < count)
        extend_path(w, from, held_list_at(w->thread, from - 1), held_list_at(w->thread, from),
                    is_counted(w, from, count));
}

/*
 * All that is held, and what the thread waits for below it (NULL: nothing). Begins again if locks were pruned
 * meanwhile: preload/hold/prune.c may have missed where it was.
 */
static void complete(struct path_walk w, const struct held_lock *awaited)
{
    struct thread *t = w.thread;
    do {
        uint32_t prunings = lock_prunings;
        if (self.prunings != prunings) {
            self.prunings = prunings;
            known_paths_clear(t);
        }
        w.awaits = false;
        walk_list(&w);
        if (awaited != NULL && w.path != 0) {
            uint32_t count = held_list_count(t);
            const struct held_lock *last = held_list_at(t, count);
            struct held_lock e = *awaited;
            e.hash = held_list_hash_above(last);
            w.awaits = true;
            extend_path(&w, count + 1, last, &e, true);
        }
        arch_order_store_and_load();
    } while (self.prunings != lock_prunings);
}

static bool ready(void)
{
    return recording_ready() && known_paths_ready();
}

void hold_complete_path(struct thread *t)
{
    hold_set_path(t, 0);
    if (t->held_end == 0 || !ready())
        return;
    t = self.own;
    tidy(t, false);
    complete((struct path_walk){.thread = t}, NULL);
}

void hold_record_from_hook(struct thread *t)
{
    if (ours.header == NULL)
        return;
    const struct held_lock *e = held_list_at_end(t, t->held_end);
    struct known_path *k = known_paths_find(held_list_mix(e), known_paths_age(e[-1].address, e->address));
    if (k != NULL) {
        known_paths_hit(k);
        return;
    }
    int error = self_enter();
    uint32_t before = t->path;
    hold_complete_path(t);
    hold_set_path(t, before);
    self_leave(error);
}

void hold_use_own_stack(struct thread *t, const struct stack_call *here)
{
    const struct held_lock *e = &t->held[1];
    const struct callers callers = callers_of(e->call, held_list_frame(e));
    const struct stack_call taken = {callers.site, held_list_frame(e)};
    if (t->path == 0 || held_list_count(t) != 1 || held_list_frame(e) == 0 || callers.stack != 0)
        return;
    const struct hold *h = hold_at(t->path);
    if (h->parent != 0 || record_site(&ours, h->stack) != taken.site || h->address != e->address ||
        (h->how & HOW_REBUILT) != 0)
        return;
    uint32_t stack = stack_of_earlier(*here, taken, &callers);
    uint32_t exact = stack != 0 && stack != h->stack ? trie_with_stack(h, stack) : 0;
    if (exact != 0)
        hold_set_path(t, exact);
}

/* --- acquiring --- */

/* The last entry of the list is new, and the thread does not know what is held now. */
__attribute__((noinline)) static int record_acquisition(void)
{
    int error = self_enter();
    struct thread *t = self.own;
    bool room = true;
    if (t->held_end > HELD_END_FULL) {
        recording_ready();
        t = self.own;
        room = held_list_extend(t);
    }
    tidy(t, room);
    if (held_list_count(t) > 1 && ready()) {
        t = self.own;
        const struct held_lock *e = held_list_at(t, held_list_count(t));
        const struct callers callers = callers_of(e->call, held_list_frame(e));
        const struct stack_call here = {callers.site, held_list_frame(e)};
        uint32_t before = t->path;
        complete((struct path_walk){.thread = t, .here = &here, .added = true}, NULL);
        hold_set_path(t, before);
        prune_if_due();
    }
    self_leave(error);
    return 0;
}

int hold_nested(struct held_lock *e, uint32_t end)
{
    e->hash = held_list_hash_above(e - 1);
    struct known_path *k = known_paths_find(held_list_mix(e), known_paths_age(e[-1].address, e->address));
    if (unlikely(k == NULL) || unlikely(end >= HELD_END_FULL))
        return record_acquisition();
    known_paths_hit(k);
    return 0;
}

void hold_acquire_framed(struct thread *t, uint64_t address, uint64_t call, uint64_t frame, uint64_t pointer)
{
    uint64_t bits = call >> 48 << 48;
    hold_push(t, address, callers_learn(call ^ bits, frame, pointer) | bits, frame);
}

/* What held_lock.call says of a call of the calling thread in Python code; 0: it is in none. The interpreter's own
 * mutexes, above all its lock's, are acquired wherever that code is. */
static uint64_t call_in_python(uint64_t address, uint64_t site, uint64_t frame)
{
    return interpreter_there && !interpreter_has(address) ? callers_learn_python(site, frame) : 0;
}

void hold_acquire_observed(struct thread *t, uint64_t address, uint64_t call, uint64_t frame, uint64_t pointer)
{
    uint64_t bits = call >> 48 << 48, python = call_in_python(address, call ^ bits, frame);
    if (python != 0)
        call = python | bits;
    else if (pointer - frame < CALLERS_NEAR)
        call = callers_learn(call ^ bits, frame, pointer) | bits;
    hold_push(t, address, call, frame);
    if (hold_timing == 0)
        return;
    int error = self_enter();
    hold_timing_acquired(address);
    self_leave(error);
}

/* --- waiting while holding locks --- */

static void record_awaited(struct thread *t, uint64_t address, uint32_t as, uint64_t site, uint64_t frame)
{
    const struct held_lock *last = held_list_at_end(t, t->held_end);
    const uint64_t python = call_in_python(address, site, frame);
    struct held_lock e = {.address = address,
                          .call = (python != 0 ? python : site) | hold_bits(as),
                          .frame = frame,
                          .hash = held_list_hash_above(last)};
    struct known_path *k = known_paths_find(held_list_mix(&e), known_paths_age(last->address, address));
    if (likely(k != NULL)) {
        known_paths_hit(k);
        return;
    }
    const struct stack_call here = {site, frame};
    int error = self_enter();
    if (ready()) {
        t = self.own;
        uint32_t before = t->path;
        tidy(t, false);
        if (held_list_count(t) > 0)
            complete((struct path_walk){.thread = t, .here = &here}, &e);
        hold_set_path(t, before);
        prune_if_due();
    }
    self_leave(error);
}

void hold_wait_nested(struct thread *t, uint64_t address, uint32_t as, uint64_t site, uint64_t frame)
{
    record_awaited(t, address, as | HOLD_AS(KIND_NONE, HOW_WAIT), site, frame);
}

void hold_asked_nested(struct thread *t, uint64_t address, uint32_t as, uint64_t site, uint64_t frame)
{
    if (!held_by_thread(&ours, t, address))
        record_awaited(t, address, as, site, frame);
}

/* --- releasing --- */

bool hold_release_any(struct thread *t, uint64_t address)
{
    const void *lock = (const void *)(uintptr_t)address;
    if (unlikely(hold_timing != 0))
        hold_timing_releases(t, address);
    if (hold_pop(t, lock) || hold_pop_second(t, lock))
        return true;
    if (t->held_end == 0)
        return false;
    self.slot = NULL;
    uint32_t at = held_list_find(t, address);
    if (at != 0)
        held_list_remove(t, at);
    self.slot = self.own;
    return at != 0;
}

bool hold_release_unit(struct thread *t, uint64_t address)
{
    if (unlikely(hold_timing != 0))
        hold_timing_releases(t, address);
    if (hold_release_last_unit(t, address))
        return true;
    uint32_t at = t->held_end != 0 ? held_list_find(t, address) : 0;
    if (at == 0)
        return false;
    self.held_marked = true;
    held_list_at(t, at)->address = HELD_RELEASED;
    return true;
}

void hold_drop(struct thread *t)
{
    t->more_held = 0;
    held_list_set_end(t, 0);
    hold_set_path(t, 0);
}

/* --- what the program says of it --- */

/* Both begin anew what the thread knows, so that the same acquisition is looked up, and recorded, as another one. */
void hold_ignore(struct thread *t)
{
    if (self.ignores++ > 0)
        return;
    self.ignored_from = held_list_count(t);
    known_paths_clear(t);
}

void hold_ignore_no_more(struct thread *t)
{
    if (self.ignores == 0 || --self.ignores > 0)
        return;
    for (uint32_t at = held_list_count(t); at > self.ignored_from; at--)
        held_list_at(t, at)->call |= (uint64_t)HOW_IGNORED << 56;
    known_paths_clear(t);
}

/* The kind of a lock that is not in use yet shows later. */
static uint32_t declared_as(uint64_t address, uint32_t how)
{
    static const struct lock_traits unknown = {.kind = KIND_MUTEX, .traits = TRAIT_PLACEHOLDER};
    uint32_t id = lock_get(address, &unknown);
    return id == 0 ? 0 : HOLD_AS(lock_at(id)->kind, how);
}

void hold_declare_order(uint64_t first, uint64_t second, const struct stack_call *here)
{
    const uint32_t as_first = declared_as(first, HOW_DECLARED), as_second = declared_as(second, HOW_DECLARED);
    const struct trie_call call = {.site = here->site, .frame = here->frame, .here = here};
    uint32_t path = as_first == 0 || as_second == 0 ? 0 : trie_child(0, first, as_first, &call);
    if (path != 0)
        path = trie_child(path, second, as_second, &call);
    if (path != 0)
        trie_add_acquisition(path);
}

/* --- semaphores --- */

_Atomic uint64_t hold_posted_seen[HOLD_POSTED_SEEN];

static bool is_held_since(const struct held_lock *e, uint32_t tick)
{
    const uint32_t as = hold_as(e), how = as >> 16;
    const uint64_t recent = recent_locks_find(e->address);
    const uint32_t kind = kind_like((uint16_t)as);
    const bool exclusive = kind == KIND_MUTEX || kind == KIND_RWLOCK || kind == KIND_SPINLOCK;
    return exclusive && (how & (HOW_SHARED | HOW_TRIED | HOW_TIMED)) == 0 && recent != 0 &&
           recent_locks_is_before(recent, tick);
}

/* A lock that was acquired again since has a later entry among the recent ones; one that was tried has none, or any. */
uint32_t hold_since(struct thread *t, uint32_t tick)
{
    const uint32_t count = held_list_count(t);
    for (uint32_t at = 1; at <= count; at++) {
        const struct held_lock *e = held_list_at(t, at);
        const struct lock_traits what = {.kind = (uint16_t)hold_as(e), .site = e->call & HELD_SITE};
        if (e->address > HELD_RELEASED && is_held_since(e, tick))
            return lock_get(e->address, &what);
    }
    return 0;
}

void hold_posted_own_first(uint64_t address)
{
    if (ours.header == NULL) {
        lock_early_posted(address);
        return;
    }
    uint32_t id = lock_find(address);
    if (id == 0)
        return;
    int error = self_enter();
    lock_add_traits(id, TRAIT_POSTED);
    sync_point_is_lock(id);
    *hold_posted_place(address) = address;
    self_leave(error);
}

uint32_t hold_path(uint32_t path, uint64_t address, uint32_t as, uint64_t site, uint32_t stack)
{
    uint32_t child = trie_child(path, address, as, &(struct trie_call){.site = site, .stack = stack});
    return child != 0 ? child : path;
}

uint32_t hold_path_of(uint32_t thread)
{
    const struct thread *t = record_thread(&ours, thread);
    uint32_t path = 0, count = held_list_count(t);
    for (uint32_t at = 1; at <= count && at <= HELD_SLOTS; at++) {
        const struct held_lock e = t->held[at];
        const struct callers callers = callers_of(e.call, held_list_frame(&e));
        uint32_t stack = held_by_stack(e.call) ? (uint32_t)e.call : stack_of_site(callers.site);
        if (e.address > HELD_RELEASED)
            path = hold_path(path, e.address, hold_as(&e), callers.site, stack);
    }
    return path;
}

/* --- fork --- */

void hold_save(struct thread *t, struct hold_saved *kept)
{
    uint32_t count = held_list_count(t);
    kept->count = 0;
    for (uint32_t at = 1; at <= count && kept->count < HELD_SLOTS; at++) {
        const struct held_lock *e = held_list_at(t, at);
        if (e->address > HELD_RELEASED)
            kept->item[kept->count++] = *e;
    }
}

static struct {
    uint32_t count;
    uint64_t address[HELD_SLOTS];
} inherited;

void hold_take_over(struct thread *t, const struct hold_saved *kept)
{
    hold_drop(t);
    t->more = 0;
    inherited.count = kept->count;
    for (uint32_t i = 0; i < kept->count; i++) {
        t->held[1 + i] = kept->item[i];
        inherited.address[i] = kept->item[i].address;
    }
    held_list_set_end(t, kept->count * HELD_ITEM);
    hold_start(t);
    held_list_new_hashes(t);
}

static bool (*is_not_childs)(uint64_t address);

static bool is_to_be_dropped(const struct held_lock *e)
{
    uint32_t i = 0;
    while (i < inherited.count && inherited.address[i] != e->address)
        i++;
    return i < inherited.count && is_not_childs(e->address);
}

void hold_drop_inherited(struct thread *t, bool (*out)(uint64_t address))
{
    is_not_childs = out;
    held_list_squeeze(t, is_to_be_dropped);
}

void hold_start(struct thread *t)
{
    for (uint32_t at = 1; at <= held_list_count(t); at++)
        held_list_at(t, at)->call = callers_refresh(held_list_at(t, at)->call);
}
