#include "preload/thread/thread.h"

#include "detect/held.h"
#include "preload/hold/ended_locks.h"
#include "preload/hold/epoch.h"
#include "preload/hold/held_list.h"
#include "preload/hold/hold.h"
#include "preload/hold/known_paths.h"
#include "preload/hold/phase.h"
#include "preload/lock/site_posts.h"
#include "preload/os/arena.h"
#include "preload/os/clock.h"
#include "preload/os/fork_zeroed.h"
#include "preload/os/index.h"
#include "preload/os/raw_lock.h"
#include "preload/stack/stack.h"
#include "preload/store/recording.h"
#include "preload/thread/routine.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void (*thread_watch_end)(void);
bool (*thread_end_is_watched)(void);

/* Chains through thread.tid_chain and thread.handle_chain, from arrays that double. */
enum { BY_TID, BY_HANDLE, WAYS };
struct heads {
    uint32_t mask;
    _Atomic uint32_t head[];
};
static _Atomic(struct heads *) heads[WAYS] FORK_ZEROED;
static uint32_t free_slots FORK_ZEROED; /* chained through handle_chain */
static uint32_t last_serial FORK_ZEROED;
static _Atomic uint32_t living FORK_ZEROED;
static _Atomic bool main_ended
    FORK_ZEROED; /* by pthread_exit: the kernel keeps it among the tasks until the process ends */

static _Atomic uint32_t *chain_of(uint32_t id, int way)
{
    return way == BY_TID ? &thread_at(id)->tid_chain : &thread_at(id)->handle_chain;
}

static uint64_t key_of(uint32_t id, int way)
{
    return way == BY_TID ? thread_at(id)->tid : thread_at(id)->handle;
}

static _Atomic uint32_t *head_of(struct heads *h, uint64_t key)
{
    return &h->head[index_mix(key) >> 20 & h->mask];
}

/* Slots that are moved between chains meanwhile make a look-up without the raw lock find less; so look again with it.
 */
static uint32_t find(int way, uint64_t key)
{
    struct heads *h = atomic_load_explicit(&heads[way], memory_order_acquire);
    if (h == NULL || key == 0)
        return 0;
    uint32_t id = atomic_load_explicit(head_of(h, key), memory_order_acquire);
    for (uint32_t steps = 0; id != 0 && key_of(id, way) != key && steps < 1 << 20; steps++)
        id = atomic_load_explicit(chain_of(id, way), memory_order_acquire);
    return id != 0 && key_of(id, way) == key ? id : 0;
}

/*
 * A thread that has not begun yet is in no chain, but its creator has written down its handle. Mostly the one who asks
 * is the creator.
 */
static __thread uint32_t created; /* the last thread that this one created */

static bool is_starting(uint32_t id, uint64_t handle)
{
    const struct thread *t = record_thread(&ours, id);
    return t != NULL && t->state == THREAD_STARTING && t->handle == handle;
}

static uint32_t find_starting(uint64_t handle)
{
    for (uint32_t id = record_used(&ours, TABLE_THREADS); id-- > 1;)
        if (is_starting(id, handle))
            return id;
    return 0;
}

static uint32_t find_for_sure(int way, uint64_t key)
{
    uint32_t id = find(way, key);
    if (id == 0 && way == BY_HANDLE && is_starting(created, key))
        return created;
    if (id != 0 || ours.header == NULL)
        return id;
    struct signals_saved l = raw_lock_acquire();
    id = find(way, key);
    if (id == 0 && way == BY_HANDLE)
        id = find_starting(key);
    raw_lock_release(l);
    return id;
}

static void link_slot(uint32_t id, int way)
{
    struct heads *h = heads[way];
    _Atomic uint32_t *head = head_of(h, key_of(id, way));
    *chain_of(id, way) = *head;
    atomic_store_explicit(head, id, memory_order_release);
}

static void unlink_slot(uint32_t id, int way)
{
    if (heads[way] == NULL || key_of(id, way) == 0)
        return;
    _Atomic uint32_t *at = head_of(heads[way], key_of(id, way));
    while (*at != 0 && *at != id)
        at = chain_of(*at, way);
    if (*at == id)
        atomic_store_explicit(at, *chain_of(id, way), memory_order_release);
}

/* Room in the chains for one slot more. */
static bool grow(int way)
{
    struct heads *old = heads[way];
    uint32_t used = record_used(&ours, TABLE_THREADS);
    if (old != NULL && used <= old->mask)
        return true;
    uint32_t size = old == NULL ? 256 : (old->mask + 1) * 2;
    struct heads *h = arena_get(sizeof *h + size * sizeof h->head[0]);
    if (h == NULL)
        return old != NULL;
    h->mask = size - 1;
    atomic_store_explicit(&heads[way], h, memory_order_release);
    for (uint32_t k = 0; old != NULL && k <= old->mask; k++)
        for (uint32_t id = old->head[k], next; id != 0; id = next) {
            next = *chain_of(id, way);
            link_slot(id, way);
        }
    return true;
}

/* Under the raw lock. */
static uint32_t get_slot(void)
{
    uint32_t id = free_slots;
    if (!grow(BY_TID) || !grow(BY_HANDLE))
        return 0;
    if (id != 0)
        free_slots = thread_at(id)->handle_chain;
    else
        id = record_reserve(&ours, TABLE_THREADS, 1);
    if (id == 0) {
        record_mark_incomplete(&ours, INCOMPLETE_SPACE);
        return 0;
    }
    struct thread *t = thread_at(id);
    uint32_t sequence = t->sequence; /* goes on counting: nobody may take the new thread for the old one */
    memset(t, 0, offsetof(struct thread, held));
    memset(&t->want, 0, sizeof *t - offsetof(struct thread, want)); /* what is held is below held_end */
    t->sequence = sequence + sequence % 2;
    t->serial = site_posts_newest = ++last_serial;
    t->started = clock_now();
    if (id >= record_used(&ours, TABLE_THREADS))
        record_commit(&ours, TABLE_THREADS, id, 1);
    return id;
}

static void free_slot(uint32_t id)
{
    struct thread *t = thread_at(id);
    unlink_slot(id, BY_TID);
    unlink_slot(id, BY_HANDLE);
    t->tid = 0;
    t->handle = 0;
    t->state = THREAD_NONE;
    t->handle_chain = free_slots;
    free_slots = id;
}

uint32_t thread_get(uint64_t start, uint64_t argument, bool detached, uint32_t born, uint64_t site)
{
    uint64_t routine = routine_run_by(start, (const void *)(uintptr_t)argument);
    struct signals_saved l = raw_lock_acquire();
    uint32_t id = get_slot();
    if (id != 0) {
        struct thread *t = thread_at(id);
        t->routine = routine;
        t->argument = argument;
        t->want.site = site; /* it waits for nothing yet; it takes these two over as it begins */
        t->want.address = start;
        t->creator = self.own->serial;
        t->creator_id = self.id;
        t->born = born;
        t->phase = phase_of_child();
        t->traits = detached ? THREAD_DETACHED : 0;
        t->state = THREAD_STARTING;
        atomic_fetch_add(&living, 1);
    }
    raw_lock_release(l);
    return id;
}

void thread_cancel_creation(uint32_t id)
{
    struct signals_saved l = raw_lock_acquire();
    free_slot(id);
    atomic_fetch_sub(&living, 1);
    raw_lock_release(l);
}

void thread_set_handle(uint32_t id, uint32_t serial, pthread_t handle)
{
    struct thread *t = thread_at(id);
    if (t->serial == serial && t->state == THREAD_STARTING)
        t->handle = (uint64_t)handle;
    created = id;
}

/* The calling thread runs in slot `id`. */
static void move_in(uint32_t id)
{
    struct thread *t = thread_at(id);
    uint32_t tid = (uint32_t)syscall(SYS_gettid);
    struct signals_saved l = raw_lock_acquire();
    t->tid = tid;
    t->handle = (uint64_t)pthread_self();
    link_slot(id, BY_TID);
    link_slot(id, BY_HANDLE);
    t->state = THREAD_RUNNING;
    raw_lock_release(l);
    self.own = t;
    self.id = id;
    self.prunings = lock_prunings;
    thread_watch_end();
}

void thread_begin(uint32_t id, uint64_t stack, uint64_t stack_size)
{
    self.stack = stack; /* before anything else: a signal handler may post */
    self.stack_size = stack_size;
    move_in(id);
    self.slot = self.own;
}

void thread_adopt(void)
{
    struct signals_saved l = raw_lock_acquire();
    uint32_t id = get_slot();
    if (id != 0) {
        thread_at(id)->traits = THREAD_ADOPTED | THREAD_DETACHED;
        thread_at(id)->phase = PHASE_CREATED | PHASE_OUTLIVES;
        atomic_fetch_add(&living, 1);
    }
    raw_lock_release(l);
    if (id != 0)
        move_in(id);
}

bool thread_adopt_if_unknown(void)
{
    if (fork_guard_is_foreign())
        self.slot = NULL;
    if (self.own != NULL || self.over || recording != RECORDING_ON || fork_guard_is_foreign())
        return false;
    int error = self_enter();
    self.over = true; /* in case there is no room for it */
    thread_adopt();
    self.over = self.own == NULL;
    self_leave(error);
    return self.slot != NULL;
}

/* Whether some thread goes on anyway, be it because it waited for the end of this one. */
static bool somebody_goes_on(const struct thread *ended, uint32_t ended_id)
{
    uint32_t used = record_used(&ours, TABLE_THREADS);
    for (uint32_t id = 1; id < used; id++) {
        const struct thread *t = thread_at(id);
        if (t == ended || (t->state != THREAD_RUNNING && t->state != THREAD_STARTING))
            continue;
        if (t->sequence % 2 == 0 || want_ends_itself(&t->want))
            return true;
        if (t->want.kind == KIND_THREAD && t->want.thread == ended_id && t->want.thread_serial == ended->serial)
            return true;
    }
    return false;
}

/* Whether somebody may wait in vain for what the calling thread has, or did. */
static bool is_missed(void)
{
    return self.posted || held_any(self.own) || !somebody_goes_on(self.own, self.id);
}

bool thread_about_to_end(void)
{
    return is_missed();
}

/* Whether a report has something to say of a thread that has ended. */
static bool is_reported(const struct thread *t)
{
    return held_any(t) || (t->traits & THREAD_MISTAKEN) != 0;
}

bool thread_end(void)
{
    struct thread *t = self.own;
    uint32_t id = self.id;
    t->ended = clock_now();
    hold_complete_path(t);
    epoch_point();
    known_paths_end();
    held_list_end(t, true);
    stack_end();
    if (t->sequence % 2 == 1)
        thread_raise_sequence(t); /* it was cancelled or unwound while it waited */
    struct signals_saved l = raw_lock_acquire();
    bool missed = is_missed();
    self.over = true;
    self.own = NULL;
    self.id = 0;
    atomic_fetch_sub(&living, 1);
    main_ended |= t->tid == (uint32_t)recording_pid;
    t->argument = (t->traits & (THREAD_DETACHED | THREAD_JOINED)) != 0 ? 0 : (uint64_t)(uintptr_t)ended_locks_keep(t);
    t->state = THREAD_ENDED;
    if (!is_reported(t) && (t->traits & (THREAD_DETACHED | THREAD_JOINED)) != 0)
        free_slot(id);
    else
        unlink_slot(id, BY_TID); /* the kernel may give its number to another */
    raw_lock_release(l);
    return missed;
}

void thread_add_not_forked(uint64_t routine, const char name[16], uint32_t path)
{
    struct signals_saved l = raw_lock_acquire();
    uint32_t id = get_slot();
    if (id != 0) {
        struct thread *t = thread_at(id);
        t->routine = routine;
        memcpy(t->name, name, sizeof t->name);
        t->traits = THREAD_NOT_FORKED | THREAD_DETACHED;
        t->path = path;
        t->state = THREAD_ENDED;
    }
    raw_lock_release(l);
}

void thread_joined_or_detached(uint32_t id, uint32_t serial, uint32_t trait)
{
    struct signals_saved l = raw_lock_acquire();
    struct thread *t = thread_at(id);
    if (t->serial == serial && t->state != THREAD_NONE) {
        t->traits |= trait;
        if (t->state == THREAD_ENDED) {
            ended_locks_free((struct ended_locks *)(uintptr_t)t->argument);
            t->argument = 0;
        }
        if (t->state == THREAD_ENDED && !is_reported(t))
            free_slot(id);
        else if ((trait & THREAD_JOINED) != 0)
            unlink_slot(id, BY_HANDLE), t->handle = 0;
    }
    raw_lock_release(l);
}

uint32_t thread_by_tid(uint32_t tid)
{
    return find_for_sure(BY_TID, tid);
}

uint32_t thread_by_handle(pthread_t handle)
{
    return find_for_sure(BY_HANDLE, (uint64_t)handle);
}

bool thread_main_ended(void)
{
    return main_ended;
}

uint32_t thread_living(void)
{
    return living;
}

bool thread_start(const struct thread *boot)
{
    struct signals_saved l = raw_lock_acquire();
    uint32_t id = get_slot();
    if (id != 0) {
        struct thread *t = thread_at(id);
        memcpy(t->held, boot->held, sizeof t->held);
        t->held_end = boot->held_end;
        hold_start(t);
        memcpy(t->name, boot->name, sizeof t->name);
        atomic_fetch_add(&living, 1);
    }
    raw_lock_release(l);
    if (id != 0)
        move_in(id);
    return id != 0;
}
