#include "analyzer/attach/words.h"

#include "analyzer/attach/process.h"
#include "record/kernel_word.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

enum { LOCKED_AND_WAITED = 2, SHARED_FUTEX = 128, MANY = 1 << 20 };

/* A futex call, taken apart. */
struct futex_wait {
    struct target *target;
    const struct target_thread *thread;
    uint64_t address;
    uint32_t expected; /* what the word must have been */
    uint32_t word;     /* what it is */
    bool private;
    bool inherits; /* FUTEX_LOCK_PI: it waits for whoever the word names */
};

static bool has_thread(const struct futex_wait *f, uint32_t tid)
{
    return tid != 0 && tid < GLIBC_TIDS && target_thread(f->target, tid) != NULL;
}

/* --- a join --- */

/*
 * The word that the kernel clears at the end of the thread that is joined, in memory of that thread: its tid; since
 * glibc 2.43 its state (joinstate in nptl/descr.h), somewhere behind it.
 */
static uint32_t joined(const struct futex_wait *f)
{
    enum { EXITING = 1, JOINABLE = 2, ALIGNED = 16, SIZE = 0x900 };
    uint64_t at = f->address - ARCH_GLIBC_THREAD_TID;
    if (has_thread(f, f->word))
        return target_pthread(f->target, at) == f->word ? f->word : 0;
    if (f->private || f->expected < EXITING || f->expected > JOINABLE)
        return 0;
    for (at -= at % ALIGNED; f->address - at < SIZE; at -= ALIGNED) {
        uint32_t tid = target_pthread(f->target, at);
        if (has_thread(f, tid))
            return tid;
    }
    return 0;
}

static bool is_join(const struct futex_wait *f, struct wait_words *w)
{
    uint32_t tid = f->word == f->expected ? joined(f) : 0;
    if (tid == 0)
        return false;
    *w = (struct wait_words){.kind = KIND_THREAD, .timed = w->timed, .owner = tid};
    return true;
}

/* --- mutexes --- */

static bool is_mutex(const struct futex_wait *f, struct wait_words *w)
{
    enum { KIND_BITS = 0x3ff };
    struct glibc_mutex m;
    if (!target_read(f->target, f->address, &m, sizeof m) || (m.kind & ~(uint32_t)KIND_BITS) != 0)
        return false;
    uint32_t traits = glibc_traits_of_mutex(m.kind), owner = m.owner & GLIBC_TID;
    bool by_kernel = (traits & (TRAIT_ROBUST | TRAIT_INHERIT)) != 0;
    if (f->inherits != ((traits & TRAIT_INHERIT) != 0) || glibc_locked(m.lock, traits) == 0 || m.users > MANY)
        return false;
    if (!by_kernel && (traits & TRAIT_PROTECT) == 0 && f->expected != LOCKED_AND_WAITED)
        return false;
    if (by_kernel)
        owner = m.lock & GLIBC_TID;
    if (owner == 0 || owner >= GLIBC_TIDS || m.users == 0)
        return false;
    /* Any two small numbers could be an owner that is gone and a count of users: then two words must agree on it. */
    bool gone = !has_thread(f, owner);
    if (gone && !(by_kernel && owner == (m.owner & GLIBC_TID)))
        return false;
    w->kind = KIND_MUTEX;
    w->address = f->address;
    w->traits = traits;
    w->owner = owner;
    w->owner_ended = gone && (traits & TRAIT_ROBUST) == 0 && !(f->target->runs && process_has_tid(f->target, owner));
    return true;
}

/* Whether there is a mutex with priority inheritance at an address, and a thread that owns it. */
static bool is_inheriting(const struct futex_wait *f, struct wait_words *w, uint64_t at)
{
    enum { INHERITS = 32, KIND_BITS = 0x3ff };
    struct glibc_mutex m;
    if (at % 4 != 0 || !target_read(f->target, at, &m, sizeof m) || (m.kind & INHERITS) == 0 ||
        (m.kind & ~(uint32_t)KIND_BITS) != 0 || (m.lock & GLIBC_TID) != (m.owner & GLIBC_TID) || m.users == 0 ||
        m.users > MANY || !has_thread(f, m.owner & GLIBC_TID))
        return false;
    w->kind = KIND_MUTEX;
    w->address = at;
    w->traits = glibc_traits_of_mutex(m.kind);
    w->owner = m.owner & GLIBC_TID;
    return true;
}

/* A word that may be the address of such a mutex, or of its kind. False: another one was found before. */
static bool take_inheriting(const struct futex_wait *f, struct wait_words *w, uint64_t word)
{
    enum { KIND_AT = 16 };
    struct wait_words one = *w;
    if (!is_inheriting(f, &one, word) && !is_inheriting(f, &one, word - KIND_AT))
        return true;
    bool other = w->kind == KIND_MUTEX && w->address != one.address;
    *w = one;
    return !other;
}

/* It may be in a register, or saved nearby. Of two, either may be left over from an earlier call. */
static bool is_refused(const struct futex_wait *f, struct wait_words *w)
{
    enum { NEAR = 512 };
    uint64_t stack = f->thread->value[ARCH_REGISTER_STACK], word;
    if (f->expected != 0 || w->timed || f->inherits || f->address < stack || f->address - stack > NEAR)
        return false;
    w->refused = true;
    struct wait_words found = *w;
    bool one = true;
    for (int i = 0; i < ARCH_REGISTERS; i++)
        one = one && ((f->thread->known >> i & 1) == 0 || take_inheriting(f, &found, f->thread->value[i]));
    const bool in_register = found.kind == KIND_MUTEX;
    for (uint64_t at = stack; !in_register && one && at < stack + NEAR; at += 8)
        one = !target_read(f->target, at, &word, sizeof word) || take_inheriting(f, &found, word);
    if (!one || found.kind != KIND_MUTEX)
        return false;
    if (!in_register && found.owner == f->thread->tid)
        w->own = found.address;
    else
        *w = found;
    return w->kind == KIND_MUTEX;
}

/* Whether memory begins with the words of such a mutex, of one of these owners. */
static bool is_owned(const char *at, const uint32_t *owner, size_t owners)
{
    enum { INHERITS = 32, KIND_BITS = 0x3ff };
    struct glibc_mutex m;
    memcpy(&m, at, sizeof m);
    if ((m.kind & INHERITS) == 0 || (m.kind & ~(uint32_t)KIND_BITS) != 0 || m.users != 1 || m.owner == 0 ||
        (m.lock & GLIBC_TID) != (m.owner & GLIBC_TID))
        return false;
    size_t i = 0;
    while (i < owners && owner[i] != (m.owner & GLIBC_TID))
        i++;
    return i < owners;
}

/* Where the only one in memory is; 0: there is none, or more than one. */
static uint64_t search_owned(struct target *t, const uint32_t *owner, size_t owners)
{
    enum { PAGE = 4096, MOST = 1 << 16 }; /* pages */
    char bytes[PAGE + sizeof(struct glibc_mutex)];
    unsigned found = 0, pages = 0;
    uint64_t address = 0;
    for (size_t i = 0; i < t->mappings; i++) {
        const struct target_mapping *m = &t->mapping[i];
        for (uint64_t at = m->start; m->writable && at < m->end && pages < MOST; at += PAGE, pages++) {
            if (!target_read(t, at, bytes, PAGE))
                continue;
            if (!target_read(t, at + PAGE, bytes + PAGE, sizeof bytes - PAGE))
                memset(bytes + PAGE, 0, sizeof bytes - PAGE);
            for (unsigned within = 0; within < PAGE; within += 4)
                if (is_owned(bytes + within, owner, owners)) {
                    address = at + within;
                    found++;
                }
        }
    }
    return found == 1 ? address : 0;
}

bool words_refused(struct target *t, const uint32_t *owner, size_t owners, struct wait_words *w)
{
    uint64_t address = owners == 0 ? w->own : search_owned(t, owner, owners);
    struct glibc_mutex m;
    if (address == 0 || !target_read(t, address, &m, sizeof m))
        return false;
    w->kind = KIND_MUTEX;
    w->address = address;
    w->traits = glibc_traits_of_mutex(m.kind);
    w->owner = m.owner & GLIBC_TID;
    return true;
}

/* --- the lock of a stdio stream --- */

/* Of a stream that fopen made, whose lock stands right behind it. */
static int descriptor_of(const struct futex_wait *f)
{
    enum { SIZE = 224, LOCK = 136, DESCRIPTOR = 112 };
    uint64_t lock;
    int32_t descriptor;
    if (!target_read(f->target, f->address - SIZE + LOCK, &lock, sizeof lock) || lock != f->address ||
        !target_read(f->target, f->address - SIZE + DESCRIPTOR, &descriptor, sizeof descriptor))
        return -1;
    return descriptor;
}

static bool is_stream(const struct futex_wait *f, struct wait_words *w)
{
    struct glibc_stream_lock l;
    if (f->expected != LOCKED_AND_WAITED || !target_read(f->target, f->address, &l, sizeof l) || l.count > MANY)
        return false;
    uint32_t owner = target_pthread(f->target, l.owner);
    if (!has_thread(f, owner))
        return false;
    w->kind = KIND_FILE;
    w->traits = TRAIT_RECURSIVE;
    w->address = f->address;
    w->owner = owner;
    w->stream = descriptor_of(f);
    return true;
}

/* --- reader-writer locks --- */

static bool is_rwlock_at(const struct futex_wait *f, struct wait_words *w, uint64_t at, bool phase)
{
    enum { WRITE_PHASE = 1, WRITE_LOCKED = 2, USED = 2, FLAGS_MOST = 2 };
    struct glibc_rwlock l;
    if (at % 8 != 0 || !target_read(f->target, at, &l, sizeof l) || l.flags > FLAGS_MOST || (l.shared & ~1u) != 0 ||
        l.readers >> 3 > MANY || l.unused[0] != 0 || l.unused[1] != 0 || (l.writer != 0 && !has_thread(f, l.writer)) ||
        l.readers == 0)
        return false;
    bool for_writers = phase && f->expected == USED;
    if (!for_writers && f->expected != (1 | USED))
        return false;
    /* Who waits for readers waits in the read phase; who waits for a writer, while one has it or is about to. */
    if (for_writers ? (l.readers & WRITE_PHASE) != 0 || l.readers >> 3 == 0
                    : (l.readers & (WRITE_PHASE | WRITE_LOCKED)) == 0)
        return false;
    w->kind = KIND_RWLOCK;
    w->address = at;
    w->traits = glibc_traits_of_rwlock(l.shared, l.flags);
    w->shared = phase && !for_writers;
    w->owner = l.writer;
    w->traits |= for_writers && l.writer == 0 ? TRAIT_READERS_UNKNOWN : 0;
    return true;
}

static bool is_rwlock(const struct futex_wait *f, struct wait_words *w)
{
    enum { PHASE = 8, WRITERS = 12 };
    return is_rwlock_at(f, w, f->address - PHASE, true) || is_rwlock_at(f, w, f->address - WRITERS, false);
}

/* --- what has no owner --- */

/* Whether the waiters that were not signalled are among those that are there, and one of them can sleep like this. */
static bool is_condition_since_2_41(const struct futex_wait *f, const struct glibc_condition *c)
{
    uint32_t waiters = c->since_2_41.waiters >> 3, unsignalled = glibc_condition_unsignalled(c);
    return unsignalled <= waiters && (int32_t)(f->expected - (uint32_t)c->group_start) <= 0 &&
           c->group_start <= c->sequence >> 1 && c->since_2_41.unused[0] == 0 && c->since_2_41.unused[1] == 0;
}

static bool is_condition_until_2_40(const struct futex_wait *f, const struct glibc_condition *c, unsigned group)
{
    return f->expected == 0 && c->until_2_40.references[group] >= 2 &&
           c->until_2_40.references[group] >> 1 <= f->target->threads && c->group_start <= c->sequence;
}

static bool is_condition(const struct futex_wait *f, struct wait_words *w)
{
    static const struct {
        enum glibc_condition_layout layout;
        uint64_t signals;
    } layouts[] = {{GLIBC_CONDITION_UNTIL_2_40, offsetof(struct glibc_condition, until_2_40.signals)},
                   {GLIBC_CONDITION_SINCE_2_41, offsetof(struct glibc_condition, since_2_41.signals)}};
    for (unsigned i = 0; i < 4; i++) {
        enum glibc_condition_layout layout = layouts[i / 2].layout;
        unsigned group = i % 2;
        struct glibc_condition c;
        uint64_t at = f->address - layouts[i / 2].signals - group * sizeof(uint32_t);
        if (at % 8 != 0 || !target_read(f->target, at, &c, sizeof c))
            continue;
        uint32_t waiters = glibc_condition_word(&c, layout);
        if (c.sequence == 0 || waiters >> 3 == 0 || waiters >> 3 > f->target->threads ||
            !(layout == GLIBC_CONDITION_SINCE_2_41 ? is_condition_since_2_41(f, &c)
                                                   : is_condition_until_2_40(f, &c, group)))
            continue;
        f->target->conditions = layout;
        w->kind = KIND_CONDITION;
        w->address = at;
        w->traits = (waiters & 1) != 0 ? TRAIT_SHARED : 0;
        return true;
    }
    return false;
}

static bool is_semaphore(const struct futex_wait *f, struct wait_words *w)
{
    struct glibc_semaphore s;
    if (f->expected != 0 || f->address % 8 != 0 || !target_read(f->target, f->address, &s, sizeof s) || s.value != 0 ||
        s.waiters == 0 || s.waiters > f->target->threads || (s.shared != 0 && s.shared != SHARED_FUTEX) ||
        (s.shared == 0) != f->private)
        return false;
    w->kind = KIND_SEMAPHORE;
    w->address = f->address;
    w->traits = TRAIT_EVENT | (s.shared != 0 ? TRAIT_SHARED : 0); /* as nobody is known who holds it */
    return true;
}

static bool is_barrier(const struct futex_wait *f, struct wait_words *w)
{
    enum { GONE = 4 };
    struct glibc_barrier b;
    if (!target_read(f->target, f->address - GONE, &b, sizeof b) || b.gone != f->expected || b.count == 0 ||
        b.count > MANY || b.in <= b.gone || b.in - b.gone >= b.count)
        return false;
    w->kind = KIND_BARRIER;
    w->address = f->address - GONE;
    w->traits = TRAIT_VALUE_KNOWN;
    w->value = b.count;
    return true;
}

/* --- all of them --- */

/* Whether a time-out ends the wait: not one of the library's, if the process is watched. */
static bool ends_in_time(struct target *t, uint64_t timeout)
{
    struct timespec until;
    return timeout != 0 &&
           !(target_read(t, timeout, &until, sizeof until) && until.tv_nsec % PATIENCE_STEP == PATIENCE_MARK);
}

static bool take_apart(struct target *t, const struct target_thread *of, struct futex_wait *f, bool *timed)
{
    enum { ADDRESS, OPERATION, EXPECTED, TIMEOUT };
    enum { LOCK_PI2 = 13 }; /* FUTEX_LOCK_PI2, since Linux 5.14 */
    if (!of->in_call || of->call != SYS_futex)
        return false;
    uint32_t operation = (uint32_t)of->argument[OPERATION], command = operation & FUTEX_CMD_MASK;
    bool inherits = command == FUTEX_LOCK_PI || command == LOCK_PI2;
    if (command != FUTEX_WAIT && command != FUTEX_WAIT_BITSET && !inherits)
        return false;
    *f = (struct futex_wait){.target = t,
                             .thread = of,
                             .address = of->argument[ADDRESS],
                             .expected = (uint32_t)of->argument[EXPECTED],
                             .private = (operation & FUTEX_PRIVATE_FLAG) != 0,
                             .inherits = inherits};
    *timed = ends_in_time(t, of->argument[TIMEOUT]);
    return target_read(t, f->address, &f->word, sizeof f->word);
}

/* What another process can reach, too: so the call says, or the memory is. */
static uint32_t traits_of_place(const struct futex_wait *f)
{
    const struct target_mapping *m = target_mapping(f->target, f->address);
    return !f->private && (m == NULL || m->shared || !f->target->runs) ? TRAIT_SHARED : 0;
}

struct wait_words words_read(struct target *t, const struct target_thread *of)
{
    struct futex_wait f;
    struct wait_words w = {0};
    if (!take_apart(t, of, &f, &w.timed))
        return w;
    if (is_join(&f, &w) || is_mutex(&f, &w) || is_refused(&f, &w) || is_stream(&f, &w) || is_rwlock(&f, &w) ||
        is_condition(&f, &w) || is_semaphore(&f, &w) || is_barrier(&f, &w))
        return w;
    w.kind = KIND_FUTEX;
    w.address = f.address;
    w.traits = traits_of_place(&f);
    return w;
}
