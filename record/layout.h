/*
 * The layout of a record: what a watched process writes down, and where.
 *
 * A record is the memory of the library itself, mapped from a file. It starts with struct record_header in the first
 * RECORD_HEADER_SIZE bytes; behind it lie the segments of the tables, in the order in which they were needed. A table
 * is an array that grows without moving: its segment k holds (1 << (first_shift + k)) items. Items are named by id,
 * counted from 1; id 0 is none. There are no pointers in a record that a reader could follow: an `address` is a place
 * in the watched process, good for comparing and for looking up symbols.
 *
 * Who writes: `shared` tables are appended to under the library's table lock (preload/lock/lock.c) and an item never
 * changes after it was published, except in fields whose comment names a writer. A struct thread is written by that
 * thread. Readers look without locks, also from another process and after the writer was killed at any instruction: a
 * count is raised only after the items below it are complete.
 */
#ifndef LOCKWATCH_RECORD_LAYOUT_H
#define LOCKWATCH_RECORD_LAYOUT_H

#include <stdint.h>

#define RECORD_MAGIC "lockwtch"
enum {
    RECORD_VERSION = 3,
    RECORD_HEADER_SIZE = 4096,
    RECORD_ORDER_MARK = 0x01020304, /* read in the byte order of the writer */
    RECORD_SEGMENTS = 24,           /* segments a table can have */
};

enum record_table_id {
    TABLE_THREADS,
    TABLE_LOCKS,
    TABLE_HOLDS,
    TABLE_STACKS,
    TABLE_FRAMES, /* uint64_t: code addresses; a stack is a run of them within one segment */
    TABLE_MODULES,
    TABLE_TEXT, /* char: NUL-terminated strings, each within one segment */
    TABLE_POSTS,
    TABLE_FINDINGS,
    TABLE_SIDES,
    TABLE_EPOCHS,
    TABLE_ACQUISITIONS,
    TABLE_WAKES,
    TABLE_RUNS, /* of a merged record */
    TABLE_COUNT
};

/* Where the segments of one table are. Grown under the table lock; `used` is raised last. */
struct record_table {
    uint32_t item_size;
    uint32_t first_shift;
    _Atomic uint32_t used; /* ids 1..used-1 may be read; item 0 of segment 0 is id 0 and stays zero */
    _Atomic uint32_t segments;
    _Atomic uint64_t segment_offset[RECORD_SEGMENTS]; /* from the start of the file */
};

enum record_end {
    END_RUNNING = 0, /* or ended without telling: the reader looks whether pid is still there */
    END_EXIT = 1,    /* end_value: exit status */
    END_SIGNAL = 2,  /* end_value: signal number */
    END_MERGED = 3,  /* of no process: what several records say (analyzer/merge/, docs/merging.md) */
};

/* Why a record is not complete: bits of record_header.incomplete. */
enum record_incomplete {
    INCOMPLETE_SPACE = 1,        /* memory or disk ran out: later changes is missing */
    INCOMPLETE_STACKS = 2,       /* no unwinder: stacks have one frame */
    INCOMPLETE_HOLDS = 4,        /* a thread held more than could be written down */
    INCOMPLETE_FILE = 8,         /* the file went away: later changes was kept in memory only */
    INCOMPLETE_SANDBOX = 16,     /* the process put a filter on that may kill: nothing was watched any more */
    INCOMPLETE_RIGHTS = 32,      /* the process gave up the right to write it */
    INCOMPLETE_DESCRIPTORS = 64, /* there was no file descriptor to be had */
};

/* Who, besides the threads of the table, may wake somebody: bits of record_header.other_wakers. */
enum record_other_wakers {
    OTHER_WAKER_HANDLER = 1,        /* a signal handler of the program */
    OTHER_WAKER_FOREIGN_THREAD = 2, /* a thread that lockwatch does not know: made by libc (timers, aio) or by clone */
    OTHER_WAKER_CANCELS = 4,        /* none by itself: the program can cancel threads, so whoever runs may end a wait */
};

struct record_header {
    char magic[8];
    uint32_t version;
    uint32_t header_size;
    uint32_t order_mark;
    uint32_t word_size; /* sizeof(void *) of the watched process */
    uint32_t table_count;
    uint32_t pid;
    uint64_t process_start; /* field 22 of /proc/PID/stat: tells pid from a later process of that number */
    uint64_t started;       /* CLOCK_REALTIME, nanoseconds */
    uint32_t executable;    /* text */
    uint32_t arguments;     /* text of argument_count strings, one behind the other */
    uint32_t argument_count;
    _Atomic uint32_t end; /* enum record_end */
    _Atomic int32_t end_value;
    _Atomic uint32_t incomplete;   /* enum record_incomplete */
    uint32_t parent_pid;           /* of a fork's child: whose memory this process started with; else 0 */
    _Atomic uint32_t other_wakers; /* enum record_other_wakers: who else may post a semaphore, as of the last look */
    _Atomic uint32_t sweeps;       /* raised before and after holds are forgotten: odd while that is under way */
    uint32_t suppressions;         /* text: path of the file that the option names; 0: none */
    uint64_t ended;                /* CLOCK_REALTIME, nanoseconds: with `end`; 0: not told */
    uint64_t clock_offset;         /* all its times are CLOCK_MONOTONIC and this, which is taken once; 0: not known */
    struct record_table tables[TABLE_COUNT];
};

/* How a lock is held or wanted. */
enum lock_mode {
    MODE_EXCLUSIVE = 0,
    MODE_SHARED = 1, /* a read lock */
};

enum lock_kind {
    KIND_NONE = 0,
    KIND_MUTEX,
    KIND_RWLOCK,
    KIND_SPINLOCK,
    KIND_SEMAPHORE,
    KIND_CONDITION,
    KIND_BARRIER,
    KIND_THREAD, /* a join: the thread waited for */
    KIND_ONCE,
    KIND_COUNT
};

/* Bits of lock.traits. Those marked (later) are set while the lock lives, under the table lock. */
enum lock_trait {
    TRAIT_RECURSIVE = 1,
    TRAIT_ERRORCHECK = 2,
    TRAIT_ADAPTIVE = 4,
    TRAIT_ROBUST = 8,
    TRAIT_INHERIT = 16,        /* PTHREAD_PRIO_INHERIT */
    TRAIT_PROTECT = 32,        /* PTHREAD_PRIO_PROTECT */
    TRAIT_SHARED = 64,         /* PTHREAD_PROCESS_SHARED, or a named semaphore */
    TRAIT_PREFER_WRITER = 128, /* PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP */
    TRAIT_VALUE_KNOWN = 256,   /* lock.value is the semaphore's first value, or the barrier's count */
    TRAIT_SIGNAL = 512,  /* (later) a semaphore used as a signal: made with 0, or posted by a thread without a unit */
    TRAIT_POSTED = 1024, /* (later) a semaphore released by a thread that had taken it: a lock by its use */
    TRAIT_WAKER_UNKNOWN = 2048,  /* (later) posted from a signal handler, a thread that libc made, or by very many */
    TRAIT_ENDED = 4096,          /* (later) destroyed, or its memory released */
    TRAIT_REFERENCED = 8192,     /* (later) a hold or a finding names it: its slot is not used again */
    TRAIT_PLACEHOLDER = 1 << 14, /* (until later) known by its address alone: its traits and site are still to come */
    TRAIT_AWAITED =
        1 << 15, /* (later) waited for, or a unit of it was, under a lock: preload/wait/wakers.h, wake_may_matter */
    TRAIT_WAKES_MISSING = 1 << 16, /* (later) somebody has woken its waiters who is not in its list of wakes */
    TRAIT_DETACHED = 1 << 17,      /* (later) its memory is perhaps about to be released: realloc is at it */
    TRAIT_AFTER_SIGNAL = 1 << 18,  /* a semaphore that stands where signals were before: preload/lock/lock.c */
    TRAIT_INNER = 1 << 19,         /* (later) taken under another lock, by a call that may wait */
    TRAIT_OUTER = 1 << 20,         /* (later) held while another was taken */
    TRAIT_GATE = 1 << 21,         /* (later) held while another was taken or waited for under a third one, or is that */
    TRAIT_DEEP = 1 << 24,         /* (later) held where many were: preload/hold/trie.h, TRIE_DEEP */
    TRAIT_PRUNED = 1 << 22,       /* (later) about to be forgotten: preload/hold/prune.h */
    TRAIT_PRUNED_ALONE = 1 << 23, /* (later) likewise, but what was taken under it stays */
};

struct lock {
    uint64_t address;
    uint64_t site;               /* code address that initialised it, or first took it; 0: not known */
    uint32_t created;            /* stack of its initialisation; 0: static or not seen */
    _Atomic uint32_t first_wake; /* newest struct wake */
    uint16_t kind;               /* enum lock_kind */
    uint16_t reserved;
    _Atomic uint32_t traits;
    uint32_t value;              /* see TRAIT_VALUE_KNOWN; of a condition: the mutex that it was last waited on with */
    uint32_t name;               /* text given through lockwatch.h, at any time, or sem_open; 0: none */
    _Atomic uint32_t first_post; /* newest struct post of this semaphore or condition */
    uint32_t generation;         /* counts the locks that had this slot */
    _Atomic uint32_t chain;      /* next lock of the library's index by address; merged: text, what it is known by */
    uint32_t first_use;          /* merged: stack of its first use, as far as known; else 0 */
};

/* How a hold came about: bits of hold.how. */
enum hold_how {
    HOW_SHARED = 1,    /* MODE_SHARED */
    HOW_TRIED = 2,     /* taken without waiting by trylock, trywait: held, but never waited for */
    HOW_TIMED = 4,     /* asked for with a time-out */
    HOW_REBUILT = 8,   /* not an acquisition: what was left when a lock further out was released */
    HOW_RELEASED = 16, /* not an acquisition: the innermost hold of `lock` that is left on the way up was released */
    HOW_WAIT = 32, /* not an acquisition: a wait for `lock`, which nobody holds (a condition …); on no thread's path */
};

/*
 * One node of the trie of holds: `lock` taken while everything on the path from here up to the root (parent 0) was
 * held. Nodes are shared by all threads. They never change, but for `taken` and `count`, until they are forgotten with
 * a lock that is no more; then `lock` is 0, and the slot is used again.
 */
struct hold {
    uint64_t address; /* of the lock, as in lock.address */
    uint32_t parent;  /* hold */
    uint32_t lock;
    uint32_t stack;                     /* its first frame is the return address of the call */
    uint32_t how : 8;                   /* enum hold_how */
    uint32_t depth : 24;                /* how many locks are held in this state */
    _Atomic uint32_t first_acquisition; /* newest struct acquisition, of an acquisition that may wait, under another
                               lock or by a writer that comes first; or of a wait */
    _Atomic uint32_t count; /* how often that was: while threads are at it at least half of it, at a clean end all */
};

/*
 * A stretch of a thread's life between two of its creations and joins of others. Of two epochs of different threads,
 * the one comes before the other if a way leads back to it by `before` and `joined`; else they may overlap. Only those
 * that a taking or a wake names are written down, so there may be several creations and joins to a step.
 */
struct epoch {
    uint32_t serial;    /* of the thread */
    uint32_t thread;    /* its slot, as long as that has this serial */
    uint32_t before;    /* epoch: the thread's last one, or, in its first, that of its creator then; 0: none */
    uint32_t joined[2]; /* last epochs of threads that it joined since `before`; 0: none */
    uint32_t tid;       /* of the kernel */
    uint64_t routine;   /* of the thread */
    char name[16];      /* likewise, as of then */
    uint32_t stage;     /* how far the main thread has come, or had come when it made this one: enum stage */
    uint32_t run;       /* merged: struct merged_run; else 0 */
};

/*
 * A stage: how often the main thread had joined all threads that it had made (phases), and how many it had made since.
 * In the stage of another thread, when it was made, a bit says so: it lives after that, until the phase ends. Stages of
 * different runs of a program can be compared.
 */
enum stage {
    STAGE_MADE = 1,        /* bit: of a thread that was made in this stage */
    STAGE_BEYOND = 2,      /* bit: by another thread, or nobody knows by whom: it may outlive the phase */
    STAGE_STEP = 4,        /* one more was made */
    STAGE_PHASE = 1 << 20, /* all were joined */
    STAGE_PHASES = 4095,   /* further ones are not counted */
};

/* Somebody took `hold` in an epoch. Once an epoch; a few a thread and ACQUISITIONS_MOST a hold, newest first. */
enum { ACQUISITIONS_MOST = 16, ACQUISITIONS_THREAD = 4 };
struct acquisition {
    uint32_t epoch;
    uint32_t next; /* taking */
};

/*
 * A thread has woken waiters of `lock`: posted, signalled, arrived at a barrier or, where `lock` is a thread, ended.
 * Each time it had taken every lock of `held` on its way there: it had it in hand, or took it since it last woke
 * anybody or made a thread. A list a lock, newest first; a thread has one in each of a few of its epochs, and writes it
 * alone.
 */
enum { WAKE_HELD = 8, WAKES_THREAD = 4 };
enum wake_how {
    WAKE_SHARED = 1, /* a read lock */
    WAKE_PROVEN = 2, /* at least once it made no thread, and woke nobody for the first time, since it took it */
};
struct wake_held {
    _Atomic uint32_t lock; /* 0: none, or once it came without it */
    uint16_t generation;   /* the last bits of lock.generation */
    _Atomic uint16_t how;  /* enum wake_how */
};
struct wake {
    uint32_t lock;
    uint32_t next;  /* wake */
    uint32_t epoch; /* of the thread, when it did it first */
    uint32_t path;  /* hold: what it held then */
    uint32_t stack; /* of the call that woke */
    _Atomic uint32_t times;
    uint32_t waited; /* it has taken a unit of this semaphore as well */
    struct wake_held held[WAKE_HELD];
};

/* The call stack of an event, innermost frame first: frames[first .. first+depth-1] of TABLE_FRAMES. */
struct stack {
    uint32_t first;
    uint32_t depth;
    uint64_t hash; /* merged: of the place of its first frame, the same in every build */
};

/* A loaded ELF file. A frame belongs to the newest module whose range has it. */
struct module {
    uint64_t start, end; /* range of its loaded segments */
    uint64_t bias;       /* what to take off an address to get the file's own (dlpi_addr) */
    uint32_t path;       /* text */
    uint8_t build_id_size;
    uint8_t build_id[31];
};

enum thread_state {
    THREAD_NONE = 0, /* the slot is free */
    THREAD_STARTING, /* made, has not run yet */
    THREAD_RUNNING,
    THREAD_ENDED, /* will never run again; what it held it holds for good */
};

enum thread_trait {
    THREAD_ADOPTED =
        1, /* not made by pthread_create in the watched program: by libc, by clone, or by a fork's parent */
    THREAD_DETACHED = 2,
    THREAD_JOINED = 4,
    THREAD_CANCELLED = 8,   /* ended by cancellation */
    THREAD_NOT_FORKED = 16, /* a thread of the parent that did not come along in a fork */
    THREAD_ASLEEP = 32,     /* as of the last live report: runs as far as we know, yet sleeps in a futex call */
    THREAD_MANY = 64,       /* merged: in some run others of its routine were there beside it */
    THREAD_REPORTED = 128,  /* a finding has the wait that it is in, or one before */
};

enum want_how {
    WANT_TIMED = 1,  /* has a time-out: will go on by itself */
    WANT_SHARED = 2, /* MODE_SHARED */
    WANT_END = 4,    /* a condition or barrier: to destroy it, when all who wait there have left */
};

/* What a blocked thread waits for. Valid while thread.sequence is odd. */
struct want {
    uint64_t address; /* of the lock; 0 for a join */
    uint64_t site;    /* return address of the call that waits */
    uint64_t since;   /* CLOCK_REALTIME, nanoseconds */
    uint32_t lock;    /* 0: not known by id (see address) */
    uint32_t stack;
    uint32_t thread;        /* join: the thread waited for, by id … */
    uint32_t thread_serial; /* … and serial, as the slot may be given to another */
    uint32_t cond_mutex;    /* condition: its mutex, by lock id */
    uint16_t kind;          /* enum lock_kind */
    uint16_t how;           /* enum want_how */
    uint32_t path;          /* thread.path when it blocked: another one now tells of a signal handler at work */
    uint32_t reserved;
};

/*
 * A thread, and all that it holds and wants. Written by that thread alone, except where said; one cache line is its
 * own. It holds nothing while outer is 0; else the path `path`, or, while that is 0, the one lock `outer` that was
 * noted without more ado.
 */
struct thread {
    _Atomic uint32_t path;     /* hold */
    _Atomic uint32_t sequence; /* odd: blocked as `want` says; raised when it blocks and when it goes on */
    _Atomic uint64_t outer;    /* address of the outermost lock; 0: holds nothing */
    uint64_t outer_site;
    uint64_t outer_frame;   /* stack pointer that the caller had when it took it */
    uint32_t outer_as;      /* enum lock_kind, and enum hold_how from bit 16 on */
    _Atomic uint32_t state; /* enum thread_state; THREAD_NONE to STARTING by the creator */
    _Atomic uint32_t tid;   /* of the kernel */
    uint32_t serial;        /* 1 the main thread, then in order of creation; never used again */
    struct want want;
    _Atomic uint64_t handle; /* pthread_t; written by the creator and by the thread, the same value; merged: a hash of
                                its routine, the same in every build */
    uint64_t routine;        /* start routine; 0: main thread or adopted */
    uint32_t creator;        /* thread.serial */
    uint32_t creator_id;     /* its id, good while that slot's serial is `creator` */
    uint32_t stage;          /* enum stage: when it was made; of the main thread: as of now */
    _Atomic uint32_t traits; /* enum thread_trait; also written by who joins or detaches it, or reports */
    uint64_t started, ended; /* CLOCK_REALTIME, nanoseconds */
    char name[16];           /* pthread_setname_np; may be written by another thread */
    _Atomic uint32_t tid_chain, handle_chain; /* next threads of the library's indexes */
    uint64_t argument;      /* of the start routine, and once it ended what it took: for the library; merged: struct
                               merged_run << 32 | serial in that run */
    uint32_t born;          /* epoch of the creator when it made this thread; 0: none, or not known */
    _Atomic uint32_t epoch; /* its newest one; 0: none so far */
};

/* `thread` has posted a semaphore (signalled a condition) without holding a unit of it. A list a lock, newest first. */
struct post {
    uint32_t lock;
    uint32_t next; /* post */
    uint32_t thread, serial;
    uint32_t creator_id, creator; /* who made that thread, should it have ended since */
    uint64_t routine;             /* its start routine, likewise; 0: not known */
};

/* A process whose record went into a merged one. */
struct merged_run {
    uint64_t started, process_start; /* these as in its header */
    uint32_t pid, parent_pid;
    uint32_t executable; /* text */
    uint32_t reserved;
};

/* Bits of record_finding.reported. */
enum record_reported {
    REPORTED_FINDING = 1, /* it was told, and not suppressed */
    REPORTED_WENT_ON = 2, /* and that it is none after all */
};

/* A finding that was made while the process ran; in a merged record also what was judged of one of the others. */
struct record_finding {
    uint64_t when;                       /* CLOCK_REALTIME, nanoseconds */
    uint64_t lasted;                     /* nanoseconds: long-hold, starvation; of what went on, how long it stood */
    uint32_t kind, severity, confidence; /* as in detect/finding.h */
    _Atomic uint32_t reason;             /* likewise; that it went on is written by who went on, after `lasted` */
    uint32_t first_side, sides;          /* a run in TABLE_SIDES */
    uint32_t cycle;                      /* the first so many of them form the cycle */
    uint32_t behind;                     /* further threads that wait for one of these */
    _Atomic uint32_t count;              /* how often it was seen */
    _Atomic uint32_t reported;           /* enum record_reported, of a deadlock */
    uint64_t identity;                   /* merged: what it has in common with those like it in other runs; else 0 */
};

/*
 * One thread of a finding, as it stood then. The first `cycle` sides of a finding form its cycle: side i wants `want`,
 * which side i+1 holds (the last one: side 0). The others wait behind the cycle or could have woken it.
 */
struct side {
    uint32_t thread, serial;
    uint32_t path; /* hold */
    uint32_t held; /* lock: what it holds that the side before it in the cycle wants; 0: nothing (a join, a signal) */
    uint32_t sequence; /* thread.sequence when it was looked at */
    uint32_t times;    /* how often this was seen: an order, a wait, a wake; 0: not counted */
    struct want want;
    char name[16];
};

_Static_assert(sizeof(struct record_header) <= RECORD_HEADER_SIZE, "the header outgrew its page");
_Static_assert(sizeof(struct hold) == 32, "two holds a cache line");
_Static_assert(sizeof(struct thread) == 192, "no two threads share a cache line");

#endif
