/*
 * What a thread keeps for itself, in thread-local storage: its slot in the record, and the recursion guard.
 *
 * A wrapper begins with `self.slot`. It is NULL when the thread is not watched just now: before it is known, while it
 * is inside the library (calls that libc makes on our behalf are not the program's), and after it ended. The recursion
 * guard therefore costs one load and one branch, together with the word that stops watching for a whole process
 * (preload/os/fork_guard.h).
 */
#ifndef LOCKWATCH_PRELOAD_OS_SELF_H
#define LOCKWATCH_PRELOAD_OS_SELF_H

#include "arch/arch.h"
#include "preload/os/fork_guard.h"
#include "preload/os/real.h"
#include "record/layout.h"

#include <errno.h>

struct known_paths; /* preload/hold/known_paths.c */
struct recent;      /* preload/stack/stack.c */

/* An entry of the table of held-locks paths that a thread knows, and of what it posted: preload/hold/known_paths.h. */
struct known_path {
    uint64_t tag;
    uint32_t age;  /* of the generations of this lock and the one below it */
    uint32_t left; /* hits until they are added to the count */
};
struct known_post {
    uint64_t address;
    uint32_t generation, wake;
};

/* Locks that a thread acquired recently, and when: preload/lock/recent_locks.h. */
enum { RECENT_LOCKS = 64 };

/* A semaphore, barrier or once control at which the thread synchronised with others: preload/hold/sync_point.h. */
enum { SYNC_SEEN = 16 };
struct sync_seen {
    uint64_t address;
    uint32_t generation;
    uint8_t posts, times; /* that it posted, and waited or came there; counted up to SYNC_EACH */
};

/* The last semaphores that it initialised with 0 since it created a thread, and the stack pointer of those calls. */
enum { SELF_MADE = 8 };
struct self_made {
    uint64_t address, frame;
};

struct self {
    struct thread *slot;      /* own, or NULL: the recursion guard */
    struct thread *own;       /* NULL until known */
    struct known_path *known; /* its table; a set that is always missed until the thread held two locks at once */
    uint64_t known_mask;
    struct known_paths *known_paths; /* NULL until then */
    struct known_post *known_posts;
    struct recent *recent;     /* its last stacks; NULL until it blocked */
    struct recent *last_stack; /* of these; NULL: there is none */
    uint32_t id;               /* of own; 0 while it is not in the record */
    uint32_t prunings;         /* lock_prunings when the table was last checked: preload/hold/hold.c */
    uint32_t epoch;            /* preload/hold/epoch.c: what it is in; 0: not written down */
    uint32_t joined[2];        /* newest epochs of threads that it joined since the last one of its own; 0: none */
    uint64_t stack;            /* stack pointer with which the start routine was called; 0: main thread, adopted */
    uint64_t stack_size;
    uint64_t stack_lowest; /* address of a lock there that this thread gave an id; 0: none */
    bool posted;           /* it posted a semaphore that it held no unit of: somebody may wait for it to do so again */
    bool has_raw_lock;     /* it has the raw lock */
    bool holds_signals;    /* it is between signals_block and signals_unblock */
    bool over;             /* the thread has ended for us */
    uint64_t now;          /* preload/lock/recent_locks.h: its own clock, in the upper 16 bits, … */
    uint16_t woke, parted; /* … and what that was when it last woke somebody, and made a thread */
    uint64_t recent_locks[RECENT_LOCKS];
    uint64_t knows[RECENT_LOCKS]; /* not 0: it initialised a lock of this slot, or may have acquired one, and forgot */
    uint32_t sync_points, handed; /* that it has recorded: preload/hold/sync_point.h */
    struct sync_seen sync_seen[SYNC_SEEN];
    uint32_t recent_wraps; /* of its clock */
    struct self_made made[SELF_MADE];
    uint32_t mades;
    uint32_t held_size;             /* preload/hold/held_list.c: of the list beyond the slots */
    struct held_index *held_index;  /* likewise */
    bool held_marked;               /* an entry of it is released, and not yet removed */
    uint32_t ignores, ignored_from; /* LOCKWATCH_IGNORE: how deep; what is above these entries does not count */
};

extern __thread struct self self HIDDEN;
extern struct known_path self_known_nothing[2] HIDDEN;

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

static inline __attribute__((always_inline)) struct thread *self_if(const uint64_t *word)
{
    struct thread *t = self.slot;
    if (unlikely(arch_is_apart(t, word)))
        return NULL;
    if (t == NULL)
        __builtin_unreachable();
    return t;
}

/* The thread's slot; NULL: not watched now. */
static inline struct thread *self_watched(void)
{
    return self_if(&fork_guard.open);
}

/* The same for a wrapper that goes on with preload/os/inlined.h; NULL also where that may not be used. */
static inline struct thread *self_inlined(void)
{
    return self_if(&fork_guard.inlined);
}

/* The code address that called the wrapper this stands in, and the stack pointer it had then. */
#define CALL_SITE ((uint64_t)(uintptr_t)__builtin_return_address(0))
#define CALL_FRAME ((uint64_t)(uintptr_t)__builtin_dwarf_cfa())

/* The former, perhaps from the latter, which spares the fast path an argument. */
static inline uint64_t call_site_of(uint64_t site, uint64_t frame)
{
    return ARCH_HAS_PUSHED_RETURNS ? arch_return_address(frame) : site;
}

/* A call about a lock, for those who describe it. */
struct call {
    uint64_t address;
    uint16_t kind; /* enum lock_kind */
    uint64_t site, frame;
};

#define CALL_ABOUT(lock, what) ((struct call){(uint64_t)(uintptr_t)(lock), what, CALL_SITE, CALL_FRAME})

/* Close the recursion guard: the thread is inside the library. The result goes to self_leave. */
static inline int self_enter(void)
{
    int error = errno;
    self.slot = NULL;
    return error;
}

static inline void self_leave(int error)
{
    self.slot = self.own;
    errno = error;
}

#endif
