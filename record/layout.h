/*
 * The layout of a record: what a watched process writes down, and where.
 *
 * A record is the library's own memory, mapped from a file. The first RECORD_HEADER_SIZE bytes are struct
 * record_header. The segments of the tables follow, in the order in which they were needed. A table is an array that
 * grows without moving: its segment k holds (1 << (first_shift + k)) items. Items are named by id, from 1; id 0 is
 * none. A record has no pointers: an `address` is one of the watched process, which can be compared and looked up
 * among its symbols.
 *
 * A comment "lock", "stack", "text" … beside a field says which table its id leads to. "Merged" marks what only a
 * record made by `lockwatch merge` has (analyzer/merge/).
 *
 * Who writes: the library appends to the tables under its raw lock (preload/os/raw_lock.h). A published item does not
 * change, except in _Atomic fields and where a comment says so. A struct thread is written by its thread. Readers take
 * no lock, may be another process, and may come after the writer was killed at any instruction: a count is raised only
 * after the items below it are complete.
 */
#ifndef LOCKWATCH_RECORD_LAYOUT_H
#define LOCKWATCH_RECORD_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#define RECORD_MAGIC "lockwtch"
enum {
    RECORD_VERSION = 6,
    RECORD_HEADER_SIZE = 4096,
    RECORD_ORDER_MARK = 0x01020304, /* read in the byte order of the writer */
    RECORD_SEGMENTS = 24,           /* segments a table can have */
};

enum record_table_id {
    TABLE_THREADS,
    TABLE_LOCKS,
    TABLE_HOLDS,
    TABLE_STACKS,
    TABLE_FRAMES, /* uint64_t: code addresses, or FRAME_TEXT; a stack is a run of them within one segment */
    TABLE_MODULES,
    TABLE_TEXT, /* char: NUL-terminated strings, each within one segment */
    TABLE_POSTS,
    TABLE_FINDINGS,
    TABLE_SIDES,
    TABLE_EPOCHS,
    TABLE_ACQUISITIONS,
    TABLE_WAKES,
    TABLE_HELD, /* struct held_lock: more of what a thread holds; a run of them within one segment */
    TABLE_RUNS, /* merged */
    TABLE_COUNT
};

/* Where the segments of one table are. `used` is raised last. */
struct record_table {
    uint32_t item_size;
    uint32_t first_shift;
    _Atomic uint32_t used; /* ids 1 to used - 1 may be read; the item of id 0 stays zero */
    _Atomic uint32_t segments;
    _Atomic uint64_t segment_offset[RECORD_SEGMENTS]; /* from the start of the file */
};

enum record_end {
    END_RUNNING = 0, /* still running, or killed: the reader looks whether the process exists */
    END_EXIT = 1,    /* end_value: exit status */
    END_SIGNAL = 2,  /* end_value: signal number */
    END_MERGED = 3,  /* not the record of one process: made from several records (docs/merging.md) */
};

/* Sets of flags: their bits, with the meaning of each, are in record/flags.def. */
enum record_incomplete {
#define INCOMPLETE(name, bit, word) name = 1 << (bit),
#include "record/flags.def"
};

enum record_other_wakers {
#define WAKER(name, bit, word) name = 1 << (bit),
#include "record/flags.def"
};

struct record_header {
    char magic[8];
    uint32_t version;
    uint32_t header_size;
    uint32_t order_mark;
    uint32_t word_size; /* sizeof(void *) of the watched process */
    uint32_t table_count;
    uint32_t pid;
    uint64_t process_start; /* field 22 of /proc/PID/stat: distinguishes the process from a later one with its pid */
    uint64_t started;       /* nanoseconds of CLOCK_REALTIME, as all times of a record; see clock_offset */
    uint32_t executable;    /* text */
    uint32_t arguments;     /* text: argument_count strings, one behind the other */
    uint32_t argument_count;
    _Atomic uint32_t end; /* enum record_end */
    _Atomic int32_t end_value;
    _Atomic uint32_t incomplete;   /* enum record_incomplete */
    uint32_t parent_pid;           /* of a child made by fork: the parent; else 0 */
    _Atomic uint32_t other_wakers; /* enum record_other_wakers, as of the last look */
    _Atomic uint32_t prunings;     /* incremented before and after holds are pruned: odd during that */
    uint32_t suppressions;         /* text: path of the file that the option names; 0: none */
    uint64_t ended;                /* when `end` was written; 0: not recorded */
    uint64_t clock_offset;         /* added to CLOCK_MONOTONIC for every time in the record; 0: not known */
    struct record_table tables[TABLE_COUNT];
    uint32_t host;         /* text: the machine's name when the process began; 0: not known, as the next two */
    uint32_t folder;       /* text: where the process began */
    uint32_t label;        /* text: what the option of that name says */
    _Atomic uint64_t seen; /* the last look at threads that stand still: the process lived then; 0: there was none */
};

/* How a lock is held or wanted. */
enum lock_mode {
    MODE_EXCLUSIVE = 0,
    MODE_SHARED = 1, /* for reading */
};

enum lock_kind {
    KIND_NONE = 0,
    KIND_MUTEX,
    KIND_RWLOCK,
    KIND_SPINLOCK,
    KIND_SEMAPHORE,
    KIND_CONDITION,
    KIND_BARRIER,
    KIND_THREAD, /* a join waits for a thread */
    KIND_ONCE,
    KIND_GUARD,    /* of a static variable of C++ */
    KIND_FUTEX,    /* a call of the program's own: a lock or an event, it is not known which */
    KIND_FILELOCK, /* of a file: the address is none, but made of device and inode */
    KIND_OWN,      /* of the program's own making, or a gate: by include/lockwatch.h */
    KIND_FILE,     /* a stdio stream's lock */
    KIND_PIPE,     /* its data, wanted for reading, or its room; the address is none, but made of its inode and end */
    KIND_TOOLKITS, /* those of toolkits, from here on */
    KIND_BEFORE_TOOLKITS = KIND_TOOLKITS - 1,
#define TOOLKIT(kind, word, like) kind,
#include "record/toolkits.def"
    KIND_COUNT
};

/* What a lock of a toolkit is judged as; else the kind itself. */
static inline uint32_t kind_like(uint32_t kind)
{
    if (kind < KIND_TOOLKITS)
        return kind;
#define TOOLKIT(each, word, like)                                                                                      \
    if (kind == (each))                                                                                                \
        return like;
#include "record/toolkits.def"
    return kind;
}

/* Whether it is one of a toolkit, with nothing of glibc's in its memory. */
static inline bool kind_is_toolkit(uint32_t kind)
{
    return kind_like(kind) != kind;
}

/* The mutex that is waited with at a condition. */
static inline uint16_t kind_of_cond_mutex(uint32_t condition)
{
    return condition == KIND_GCOND ? KIND_GMUTEX : KIND_MUTEX;
}

/* Whether a thread holds it by running what all shall run once. */
static inline bool kind_is_once(uint32_t kind)
{
    return kind_like(kind) == KIND_ONCE || kind == KIND_GUARD;
}

enum lock_trait {
#define LOCK(name, bit, word) name = 1 << (bit),
#include "record/flags.def"
};

/* A lock, or anything else that threads wait for. Its slot serves another lock once no hold or finding names it. */
struct lock {
    uint64_t address;
    uint64_t site;               /* code address of the call that initialised or first acquired it; 0: not known */
    uint32_t created;            /* stack of its initialisation; 0: static, or not seen */
    _Atomic uint32_t first_wake; /* wake: the newest of its list */
    uint16_t kind;               /* enum lock_kind */
    uint16_t reserved;
    _Atomic uint32_t traits; /* enum lock_trait */
    uint32_t value; /* see TRAIT_VALUE_KNOWN, and TRAIT_FILLED; of a condition: lock, the mutex of the last wait */
    uint32_t name;  /* text: given through lockwatch.h at any time, or to sem_open; 0: none */
    _Atomic uint32_t first_post; /* post: the newest of the list of this semaphore or condition */
    uint32_t generation;         /* incremented for each lock in this slot */
    union {
        _Atomic uint32_t chain; /* lock: the next one in the library's index by address */
        uint32_t known_as;      /* merged: text that is the same in every record that has the lock */
    };
    union {
        uint32_t shared_as; /* text: what identifies it in every process that shares it; SHARED_NOT: nothing does */
        uint32_t first_use; /* merged: stack of its first acquisition, if known; else 0 */
    };
};

/*
 * lock.shared_as of a process-shared lock: the device, inode and offset of its mapping in the file. 0: nobody has
 * looked so far.
 */
#define SHARED_NOT "-"

/* An address as its process has it: in a record of several processes those of all but the first have further bits. */
static inline uint64_t record_own_address(uint64_t address)
{
    return address >> 62 != 0 ? address : address & ((1ull << 48) - 1);
}

enum hold_how {
#define HOLD(name, bit, word) name = 1 << (bit),
#include "record/flags.def"
};

/*
 * A node of the trie of held-locks paths: `lock` was acquired at `stack` while every lock on the way from here to the
 * root (parent 0) was held. All threads share the nodes. A node does not change until a destroyed lock is pruned: then
 * the nodes that name it get lock 0, and their slots are used again.
 */
struct hold {
    uint64_t address; /* of the lock, as in lock.address */
    uint32_t parent;  /* hold */
    uint32_t lock;
    uint32_t stack;      /* the first frame is the return address of the call */
    uint32_t how : 8;    /* enum hold_how */
    uint32_t depth : 24; /* number of locks held */
    /* acquisition: the newest of its list. Recorded are waits, and what may wait while another lock is held or, by a
     * writer that bars new readers, while none is. */
    _Atomic uint32_t first_acquisition;
    _Atomic uint32_t count; /* how often: all of them once the process ended by itself, before that at least half */
};

/*
 * A segment of a thread's life, between two of its creations and joins of other threads, or other points at which it
 * synchronises with them. An epoch happens before one of another thread if that leads back to it by `before` and
 * `joined`; otherwise the two may overlap. An epoch is recorded only if an acquisition or a wake names it, so several
 * creations and joins may lie between two epochs.
 */
struct epoch {
    uint32_t serial;      /* of the thread */
    uint32_t thread;      /* its slot, while that has this serial */
    uint32_t before;      /* epoch: the thread's previous one; in its first, that of its creator; 0: none */
    uint32_t joined[2];   /* epoch: since `before`, the last ones of joined threads, and synchronisation points */
    _Atomic uint32_t tid; /* of the kernel */
    uint64_t routine;     /* start routine of the thread */
    char name[16];        /* of the thread, as of then */
    uint32_t phase;       /* enum phase: of the main thread now, of others when they were created */
    uint32_t run;         /* merged: run; else 0 */

    /* lock: the creator of the thread acquired it exclusively before it created the thread, and held it until it had
     * joined it; written then. The generation of the lock, and the serial of the creator. */
    _Atomic uint32_t spanned_by;
    uint32_t spanned_generation, spanned_creator;
    uint32_t reserved;
};

/*
 * An epoch of no thread (serial 0) is a synchronisation point, which epochs name in `joined`: a post of a semaphore,
 * an arrival at a barrier, or the routine of a once control. What it names itself by `before` and `joined` happens
 * before those; of a routine it is only the epochs from joined[0] back to `before`. By `thread` it names an epoch that
 * stands for the semaphore, barrier or control: `tid` threads have posted it, or arrived there, and the order is one of
 * every schedule if these are no more than `phase`; SYNC_ONCE: it is a routine's. Merged: `routine` is its id in its
 * own record.
 */
enum { SYNC_ONCE = UINT32_MAX };

/*
 * How far the main thread had come, as a number that can be compared between runs of a program: how often it had joined
 * all threads that it had created, and in the lower bits how many it had created since. Only merging needs it
 * (docs/merging.md). The two lowest bits speak of a thread that was created at that point.
 */
enum phase {
    PHASE_CREATED = 1,          /* this is when the thread was created: it ends before the main thread joins all */
    PHASE_OUTLIVES = 2,         /* but not surely: the main thread is not its creator */
    PHASE_STEP = 4,             /* one more thread was created */
    PHASE_ALL_JOINED = 1 << 20, /* all were joined */
    PHASE_MOST = 4095,          /* of these; further ones are not counted */
};

/* `hold` was acquired in an epoch. One an epoch, a few a thread, ACQUISITIONS_MOST a hold; newest first. With more than
 * these, the epochs of the last ones take the place of those in the middle. */
enum { ACQUISITIONS_MOST = 16, ACQUISITIONS_THREAD = 4 };
struct acquisition {
    _Atomic uint32_t epoch;
    uint32_t next; /* acquisition */
};

/*
 * A thread woke waiters of `lock`: it posted, signalled, arrived at a barrier or, where `lock` is a thread, ended.
 * `held` is its lockset: the locks that it held each time, or had acquired since it last woke a thread or created one.
 * A list a lock, newest first; a thread has one in each of a few of its epochs, and alone writes it.
 */
enum { WAKE_HELD = 8, WAKES_THREAD = 4 };
enum wake_how {
#define WAKE(name, bit, word) name = 1 << (bit),
#include "record/flags.def"
};
struct wake_held {
    _Atomic uint32_t lock; /* 0: none, or the thread once woke without having acquired it */
    uint16_t generation;   /* the low bits of lock.generation */
    _Atomic uint16_t how;  /* enum wake_how */
};
struct wake {
    uint32_t lock;
    uint32_t next;  /* wake */
    uint32_t epoch; /* of the thread, the first time */
    uint32_t path;  /* hold: what it held then; where `lock` is a thread, what the thread held that joined it */
    uint32_t stack; /* of the call that woke */
    _Atomic uint32_t times;
    uint32_t waited; /* the thread has also acquired a unit of this semaphore */
    struct wake_held held[WAKE_HELD];
};

/*
 * A frame of an interpreted program: FRAME_TEXT | text, which says "LINE:COLUMN FUNCTION FILE" (record/python.h), or
 * "LINE FUNCTION FILE". No process has such an address.
 */
#define FRAME_TEXT (1ull << 63)

/*
 * A call stack, innermost frame first: `depth` items of TABLE_FRAMES, from `first` on. The first one is an address.
 * Frames of an interpreted program stand before those of its interpreter.
 */
struct stack {
    uint32_t first;
    uint32_t depth;
    union {
        uint64_t hash;      /* of its frames */
        uint64_t place_key; /* merged: of its first frame's place in the code, the same in every build */
    };
};

/* A loaded ELF file. A frame belongs to the newest module whose range contains it. */
struct module {
    uint64_t start, end; /* of its loaded segments; where other memory may lie between two, each side is a module */
    uint64_t bias;       /* an address of the process minus this is the file's own (dlpi_addr) */
    uint32_t path;       /* text */
    uint8_t build_id_size;
    uint8_t build_id[31];
};

enum thread_state {
    THREAD_NONE = 0, /* the slot is free */
    THREAD_STARTING, /* created, has not run yet */
    THREAD_RUNNING,
    THREAD_ENDED, /* never runs again; what it holds it holds forever */
};

enum thread_trait {
#define THREAD(name, bit, word) name = 1 << (bit),
#include "record/flags.def"
};

enum want_how {
#define WANT(name, bit, word) name = 1 << (bit),
#include "record/flags.def"
};

/* What a blocked thread waits for; valid while thread.sequence is odd. */
struct want {
    uint64_t address; /* of the lock; 0 for a join */
    uint64_t site;    /* return address of the call that waits */
    uint64_t since;
    uint32_t lock; /* 0: it has no id, only an address */
    uint32_t stack;
    union {
        uint32_t thread;  /* of a join: the thread waited for … */
        uint32_t like_it; /* else, in a finding: nobody has posted it, but so many that were initialised where it was */
        uint32_t gone;    /* of a mutex, in a finding: the number of the thread that locked it, which does not exist */
    };
    union {
        uint32_t thread_serial; /* … and its serial, as the slot may serve another */
        uint32_t failed;        /* else: so many times this wait has failed, and was begun again */
    };
    uint32_t cond_mutex; /* lock: the mutex that a condition is waited for with */
    uint16_t kind;       /* enum lock_kind */
    uint16_t how;        /* enum want_how */
    uint32_t path;       /* hold: all that it held when it blocked */
    uint32_t held;       /* thread.held_end then; if that differs now, a signal handler is running */
};

/* Whether it stands in no thread: the thread runs by its own record, or waits with a time-out. */
static inline bool want_is_derived(const struct want *want)
{
    return (want->how & (WANT_RENEWED | WANT_KERNEL)) != 0;
}

/* Whether it needs nobody to end: by its time-out, or by what the user does. */
static inline bool want_ends_itself(const struct want *want)
{
    return (want->how & (WANT_TIMED | WANT_SIGNAL)) != 0;
}

/*
 * A lock that a thread holds, from the call that acquired it on. The library stores it without looking whether the lock
 * has an id.
 */
struct held_lock {
    uint64_t address; /* 0: none; HELD_RELEASED: it is released, and the thread has not yet removed it */
    uint64_t call;    /* see below */
    uint64_t frame;   /* the caller's stack pointer, but for the lowest bits, the library's own; 0: not known */
    uint64_t hash;    /* the library's */
};
/*
 * held_lock.call: in the lower 48 bits the return address of the call; or, if it is held_by_stack, a stack in the
 * lowest 32 bits, which begins with that address (0: not known), and a number of the library's in 13. Above that enum
 * lock_kind ^ KIND_MUTEX in 8 bits, and enum hold_how in 8.
 */
#define HELD_RELEASED 1u
#define HELD_SITE ((1ull << 48) - 1)
/* Three bits that no code's address has: on x86-64 it is below, on aarch64 programs and libraries are above. */
#define HELD_BY_STACK (4ull << 45)
static inline bool held_by_stack(uint64_t call)
{
    return (call & 7ull << 45) == HELD_BY_STACK;
}
enum { HELD_SLOTS = 48 };

/*
 * What the kernel said of a thread at the last look (record_header.seen), by its own wait or somebody else's: written
 * by whoever looked. It says nothing of a thread whose sequence number has changed since.
 */
struct kernel_word {
    _Atomic uint64_t looked;   /* 0: never */
    _Atomic uint64_t since;    /* the first look that found it in this call; 0: it goes on by itself */
    _Atomic uint64_t futex;    /* SYS_futex: the address */
    _Atomic uint32_t call;     /* CALL_NONE: it runs; else the number of its system call on x86-64, plus CALL_FIRST */
    _Atomic uint32_t sequence; /* thread.sequence then */
    _Atomic uint32_t how;      /* enum call_how */
    uint32_t reserved;
};
enum { CALL_NONE = 1, CALL_FIRST = 2 };
enum call_how {
#define CALL(name, bit, word) name = 1 << (bit),
#include "record/flags.def"
};

/*
 * A thread: what it holds and what it waits for. Written by that thread alone, except where a comment says otherwise.
 *
 * What it holds is the list `held`, the outermost lock first, from held[1] on: `held_end` bytes of it. held[0] is no
 * lock. If there are more than HELD_SLOTS, the list goes on in TABLE_HELD, with `more_held` of the items from `more`
 * on. `path` says the same as a path in the trie, where that was worked out: while the thread waits, once it has ended,
 * and in a merged record, which has no lists. Else it is 0 or of no meaning to others.
 */
struct thread {
    _Atomic uint32_t held_end;
    _Atomic uint32_t path;     /* hold */
    _Atomic uint32_t sequence; /* incremented when it blocks and when it continues; odd: it waits for `want` */
    _Atomic uint32_t state;    /* enum thread_state; THREAD_STARTING is written by the creator */
    _Atomic uint32_t tid;      /* of the kernel */
    uint32_t serial;           /* 1: the main thread, then in order of creation; never reused */
    _Atomic uint32_t more, more_held;
    struct held_lock held[1 + HELD_SLOTS + 2]; /* the last two: while one more is put elsewhere */
    struct want want;
    union {
        _Atomic uint64_t handle; /* pthread_t; written by the creator and by the thread, the same value */
        uint64_t routine_key;    /* merged: of its start routine, the same in every build; 0: not known */
    };
    uint64_t routine;        /* start routine, or what C++'s calls; 0: main thread or adopted */
    uint32_t creator;        /* thread.serial */
    uint32_t creator_id;     /* its slot, while that has this serial */
    uint32_t phase;          /* enum phase: of the main thread now, of others when they were created */
    _Atomic uint32_t traits; /* enum thread_trait; also written by whoever joins, detaches or reports it */
    uint64_t started, ended;
    char name[16];                            /* pthread_setname_np; may be written by another thread */
    _Atomic uint32_t tid_chain, handle_chain; /* thread: the next ones in the library's indexes */
    union {
        uint64_t argument;   /* for the library, until it runs: of the start routine; after its end: its locks */
        uint64_t created_at; /* while it runs: return address of the call that created it; 0: not known */
        struct {
            uint32_t run_serial; /* merged: its serial in that run */
            uint32_t run;        /* merged: run */
        };
    };
    uint32_t born;          /* epoch of the creator when it created this thread; 0: none, or not known */
    _Atomic uint32_t epoch; /* its newest one; 0: none so far */
    uint32_t created_tick;  /* for the library: its creator's clock then (preload/lock/recent_locks.h) */
    uint32_t unused;
    struct kernel_word kernel;
};

/*
 * `thread` posted a semaphore, or signalled a condition, while it held no unit of it. A list a lock, newest first.
 * Where there are many, one item without a thread stands for all of one start routine and creator.
 */
struct post {
    uint32_t lock;
    uint32_t next; /* post */
    uint32_t thread, serial;
    uint32_t creator_id, creator; /* of that thread, in case it has ended since */
    uint64_t routine;             /* likewise its start routine; 0: not known */
};

/* Merged: a process whose record is part of this one. */
struct merged_run {
    uint64_t started, process_start; /* as in its header */
    uint32_t pid, parent_pid;
    uint32_t executable; /* text */
    uint32_t reserved;
};

enum record_reported {
#define REPORTED(name, bit, word) name = 1 << (bit),
#include "record/flags.def"
};

/* A finding of the running process. Merged: also what the analyzer found in the records that were merged. */
struct record_finding {
    uint64_t when;
    uint64_t lasted; /* nanoseconds: of a long hold or starvation; of what went on, or timed out: how long it stood */
    uint32_t kind, severity, confidence; /* detect/finding.h */
    _Atomic uint32_t reason;             /* likewise; REASON_WENT_ON is written by a thread that did, after `lasted` */
    uint32_t first_side, sides;          /* `sides` items of TABLE_SIDES */
    uint32_t cycle;                      /* so many of them, the first ones, form the cycle */
    uint32_t behind;                     /* number of further threads that wait for one of these */
    _Atomic uint32_t count;              /* how often it was seen */
    _Atomic uint32_t reported;           /* enum record_reported, of a deadlock */
    uint64_t identity;                   /* merged: its id, the same in every run; else 0 */
};

/*
 * A thread of a finding, as it was then. The first `cycle` sides form the cycle: side i wants what side i + 1 holds,
 * and the last one what side 0 holds. The other sides wait behind the cycle or could have woken it.
 */
struct side {
    uint32_t thread, serial;
    uint32_t path;     /* hold */
    uint32_t held;     /* lock: what the side before it in the cycle wants of it; 0: nothing (a join, an event) */
    uint32_t sequence; /* thread.sequence at that time */
    uint32_t times;    /* how often this lock order, wait or wake was seen; 0: not counted */
    struct want want;
    char name[16];
};

/* Two flags with one bit, or a bit that no flag has, would change these sums. */
enum {
    LOCK_TRAITS_SUM = 0
#define LOCK(name, bit, word) +name
#include "record/flags.def"
    ,
    HOLD_HOW_SUM = 0
#define HOLD(name, bit, word) +name
#include "record/flags.def"
};
_Static_assert(LOCK_TRAITS_SUM == (1 << 29) - 1, "29 lock traits, a bit each");
_Static_assert(HOLD_HOW_SUM == (1 << 7) - 1, "7 ways to hold a lock, a bit each; hold.how has room for 8");

_Static_assert(sizeof(struct record_header) <= RECORD_HEADER_SIZE, "the header outgrew its page");
_Static_assert(sizeof(struct hold) == 32, "two holds a cache line");
_Static_assert(sizeof(struct thread) % 64 == 0, "no two threads share a cache line");

#endif
