#include "preload/wait/kernel_wants.h"

#include "preload/lock/lock.h"
#include "preload/os/clock.h"
#include "preload/os/futex_sleep.h"
#include "preload/os/glibc.h"
#include "preload/os/loader.h"
#include "preload/store/store.h"
#include "preload/thread/thread.h"
#include "record/kernel_word.h"

#include <stdio.h>

#ifdef __GLIBC__

/* glibc's recursive lock, as a stream has it (_IO_lock_t): the owner is a pthread_t. */
struct stream_lock {
    int word, count; /* of times: since glibc 2.37 the first is not counted */
    uint64_t owner;
};

static uint32_t stream_owner(uint64_t address)
{
    const volatile struct stream_lock *l = (const volatile struct stream_lock *)(uintptr_t)address;
    const uint64_t owner = l->owner;
    return l->word != 0 && l->count >= 0 && owner != 0 ? thread_by_handle((pthread_t)owner) : 0;
}

/* Of the three that have a name; NULL: of none. */
static const char *stream_name(uint64_t address)
{
    const uint64_t locks[] = {(uint64_t)(uintptr_t)stdin->_lock, (uint64_t)(uintptr_t)stdout->_lock,
                              (uint64_t)(uintptr_t)stderr->_lock};
    static const char *const names[] = {"stdin", "stdout", "stderr"};
    for (unsigned i = 0; i < 3; i++)
        if (locks[i] == address)
            return names[i];
    return NULL;
}

#else

/* musl's names the owner's tid, and has a bit for others that wait (src/stdio/__lockfile.c). */
struct stream_lock {
    uint32_t word;
};

static uint32_t stream_owner(uint64_t address)
{
    enum { MAYBE_WAITERS = 0x40000000 };
    const uint32_t word = ((const volatile struct stream_lock *)(uintptr_t)address)->word;
    return (word & ~(uint32_t)MUSL_TID) == MAYBE_WAITERS ? thread_by_tid(word & MUSL_TID) : 0;
}

static const char *stream_name(uint64_t address)
{
    enum { LOCK = 140 }; /* in a stream */
    return address == (uint64_t)(uintptr_t)stdin + LOCK    ? "stdin"
           : address == (uint64_t)(uintptr_t)stdout + LOCK ? "stdout"
           : address == (uint64_t)(uintptr_t)stderr + LOCK ? "stderr"
                                                           : NULL;
}

#endif

/* KIND_NONE: what lies there is not known, or nobody that is known owns it. */
static uint16_t kind_at(uint64_t address)
{
    if (address % _Alignof(struct stream_lock) != 0 || !glibc_is_readable(address) ||
        !glibc_is_readable(address + sizeof(struct stream_lock) - 1))
        return KIND_NONE;
    if (loader_owns((const void *)(uintptr_t)address))
        return thread_by_tid(glibc_owner_field(address)) != 0 ? KIND_MUTEX : KIND_NONE;
    return stream_owner(address) != 0 ? KIND_FILE : KIND_NONE;
}

uint32_t kernel_wants_owner(const struct lock *lock)
{
    if (kind_at(lock->address) != lock->kind)
        return 0;
    return lock->kind == KIND_FILE ? stream_owner(lock->address) : thread_by_tid(glibc_owner_field(lock->address));
}

bool kernel_wants_any(void)
{
    uint32_t used = record_used(&ours, TABLE_THREADS);
    for (uint32_t id = 1; id < used; id++) {
        const struct thread *t = thread_at(id);
        if (kernel_word_unseen(t, true) && kind_at(t->kernel.futex) != KIND_NONE)
            return true;
    }
    return false;
}

static bool still_sleeps(const struct thread *t, uint64_t address)
{
    struct kernel_call now;
    return futex_sleep_call(t->tid, &now) && now.futex == address && (now.how & CALL_TIMED) == 0 &&
           kernel_word_unseen(t, true) && t->kernel.futex == address;
}

/* Its id; 0: no room. */
static uint32_t lock_at(uint64_t address, uint16_t kind)
{
    const struct lock_traits what = {.kind = kind, .traits = TRAIT_LIBC | TRAIT_RECURSIVE};
    const char *name = kind == KIND_FILE ? stream_name(address) : "loader";
    uint32_t id = lock_get(address, &what);
    const struct lock *l = record_lock(&ours, id);
    if (l == NULL || l->kind != kind)
        return 0;
    if (name != NULL && l->name == 0)
        lock_name(address, name);
    return id;
}

bool kernel_wants_of(uint32_t id, struct want *want)
{
    const uint64_t a_while = 200 * 1000000ull;
    const struct thread *t = thread_at(id);
    const uint64_t address = t->kernel.futex, since = t->kernel.since;
    if (!kernel_word_unseen(t, true) || since == 0 || clock_now() - since < a_while)
        return false;
    const uint16_t kind = kind_at(address);
    const uint32_t lock = kind != KIND_NONE && still_sleeps(t, address) ? lock_at(address, kind) : 0;
    if (lock == 0)
        return false;
    *want = (struct want){.address = address,
                          .since = since,
                          .lock = lock,
                          .kind = kind,
                          .how = WANT_KERNEL,
                          .path = t->path,
                          .held = t->held_end};
    return true;
}
