#include "preload/wait/acquaintance.h"

#include "detect/held.h"
#include "preload/lock/lock.h"
#include "preload/lock/recent_locks.h"
#include "preload/thread/thread.h"

#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* What a thread keeps for itself, as it was a moment ago. */
struct kept {
    uint32_t id, serial;
    struct self self;
};

/*
 * The thread may end meanwhile, and its memory with it, so the kernel reads. Thread-local variables of a library that
 * is there from the start lie at the same distance from every thread's pthread_t.
 */
static bool read_kept(struct kept *to, uint32_t id)
{
    const struct thread *t = thread_at(id);
    const uint64_t distance = (uint64_t)(uintptr_t)&self - (uint64_t)pthread_self();
    const struct iovec here = {&to->self, sizeof to->self};
    const struct iovec there = {(void *)(uintptr_t)(t->handle + distance), sizeof to->self};
    int error = errno;
    to->id = id;
    to->serial = t->serial;
    bool read = t->handle != 0 &&
                syscall(SYS_process_vm_readv, getpid(), &here, 1, &there, 1, 0) == (long)sizeof to->self &&
                to->self.own == t && to->self.id == id;
    errno = error;
    return read;
}

static bool has_acquired(const struct kept *k, uint64_t address)
{
    return address != 0 && recent_locks_of(&k->self, address) == (address & RECENT_ADDRESS);
}

/* Also if another lock with the same place came later. */
static bool may_know(const struct kept *k, uint64_t address)
{
    return k->self.knows[address / sizeof(uint64_t) % RECENT_LOCKS] != 0 || recent_locks_of(&k->self, address) != 0;
}

static bool is_ancestor(const struct thread *of, uint32_t serial)
{
    enum { GENERATIONS = 64 };
    uint32_t creator = of->creator, id = of->creator_id;
    for (int i = 0; i < GENERATIONS && creator != 0 && creator != serial; i++) {
        const struct thread *t = record_thread(&ours, id);
        if (t == NULL || t->serial != creator)
            return true; /* perhaps */
        creator = t->creator;
        id = t->creator_id;
    }
    return creator == serial;
}

/* What one of them posted, signalled or reached, and the other one acquired, waits for, or posted as well. */
static bool share_posts(const struct kept *runner, const struct kept *waiter)
{
    uint32_t used = record_used(&ours, TABLE_POSTS);
    const struct want *timed = &thread_at(runner->id)->want, *want = &thread_at(waiter->id)->want;
    for (uint32_t i = 1; i < used; i++) {
        const struct post *p = record_item(&ours, TABLE_POSTS, i), *other;
        const struct lock *l = record_lock(&ours, p->lock);
        if (l == NULL || (p->serial != runner->serial && p->serial != waiter->serial))
            continue;
        bool of_runner = p->serial == runner->serial;
        if (has_acquired(of_runner ? waiter : runner, l->address) || l->address == (of_runner ? want : timed)->address)
            return true;
        uint32_t next = l->first_post;
        for (unsigned n = 0; n < used && (other = record_item(&ours, TABLE_POSTS, next)) != NULL; n++) {
            if (other->serial == (of_runner ? waiter : runner)->serial)
                return true;
            next = other->next;
        }
    }
    return false;
}

static bool share_locks(const struct kept *runner, const struct kept *waiter)
{
    for (int i = 0; i < RECENT_LOCKS; i++)
        if (has_acquired(runner, recent_locks_address(waiter->self.recent_locks[i])))
            return true;
    return false;
}

/* Whether it may have used what the other one waits for, or holds. */
static bool knows_wanted(const struct kept *runner, const struct thread *waiter)
{
    const struct want *want = &waiter->want;
    const struct lock *mutex = record_lock(&ours, want->cond_mutex);
    struct held_walk walk;
    const struct held *held;
    if (may_know(runner, want->address) || (mutex != NULL && may_know(runner, mutex->address)))
        return true;
    held_begin_thread(&walk, &ours, waiter);
    while ((held = held_next(&walk)) != NULL)
        if (may_know(runner, held->address))
            return true;
    return false;
}

/* Threads of one start routine do the same, sooner or later. */
static bool are_alike(const struct thread *one, const struct thread *other)
{
    return one->routine == other->routine;
}

static bool are_related(const struct thread *one, const struct thread *other)
{
    return is_ancestor(one, other->serial) || is_ancestor(other, one->serial);
}

bool acquaintance_none(uint32_t runner, uint32_t waiter, uint32_t settled)
{
    static struct kept one, other;
    static uint32_t sequence; /* of the other, when it was read: while that waits, it changes nothing */
    const struct thread *r = thread_at(runner), *w = thread_at(waiter);
    if (r->state != THREAD_RUNNING || (r->traits & THREAD_ADOPTED) != 0 || are_alike(r, w) ||
        ((r->serial > settled || w->serial > settled) && are_related(r, w)))
        return false;
    bool kept = other.id == waiter && other.serial == w->serial && sequence == w->sequence && sequence % 2 == 1;
    sequence = w->sequence;
    if (!read_kept(&one, runner) || (!kept && !read_kept(&other, waiter)))
        return false;
    return !knows_wanted(&one, w) && !share_locks(&one, &other) && !share_posts(&one, &other);
}
