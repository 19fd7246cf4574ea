#include "analyzer/attach/fill.h"

#include "analyzer/attach/exported.h"
#include "analyzer/attach/filling.h"
#include "analyzer/attach/process.h"
#include "analyzer/attach/python_signals.h"
#include "analyzer/attach/stacks.h"
#include "analyzer/attach/words.h"
#include "detect/held.h"
#include "record/glibc.h"
#include "record/python_stack.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* --- modules --- */

static void add_module(struct filling *f, const struct attached_module *from, uint64_t start, uint64_t end)
{
    uint32_t id;
    struct module *to = record_writer_add(f->to, TABLE_MODULES, &id);
    if (to == NULL)
        return;
    *to = (struct module){.start = start, .end = end, .bias = from->bias};
    to->path = record_add_text(filling_record(f), from->path, strlen(from->path));
    to->build_id_size = from->build_id_size;
    memcpy(to->build_id, from->build_id, from->build_id_size);
}

static void add_modules(struct filling *f)
{
    for (size_t i = 0; i < f->modules->count; i++) {
        const struct attached_module *from = &f->modules->item[i];
        uint64_t start = from->start;
        for (unsigned k = 0; k < from->holes; k++) {
            add_module(f, from, start, from->hole[k].start);
            start = from->hole[k].end;
        }
        add_module(f, from, start, from->end);
    }
}

/* --- threads --- */

/* The main thread has the number of its process; the kernel gives a thread the name of the one that made it. */
static void add_thread(struct filling *f, size_t i, uint32_t serial)
{
    struct target_thread *from = &f->target->thread[i];
    struct thread *to = record_writer_add(f->to, TABLE_THREADS, &from->id);
    if (to == NULL)
        return;
    atomic_store(&to->state, THREAD_RUNNING);
    atomic_store(&to->tid, from->kernel);
    to->serial = serial;
    const char *main_name = f->target->thread[0].name;
    if (serial > 1 && strncmp(from->name, main_name, sizeof from->name) != 0)
        memcpy(to->name, from->name, sizeof to->name - 1);
}

/* The main thread first, then in the order of their numbers, which is that of creation as long as these do not wrap. */
static int by_number(const void *a, const void *b)
{
    const struct target_thread *x = a, *y = b;
    return x->kernel < y->kernel ? -1 : x->kernel > y->kernel;
}

static void add_threads(struct filling *f)
{
    struct target *t = f->target;
    qsort(t->thread, t->threads, sizeof *t->thread, by_number);
    for (size_t i = 1; i < t->threads; i++)
        if (t->thread[i].kernel == t->pid) {
            struct target_thread main = t->thread[i];
            memmove(&t->thread[1], &t->thread[0], i * sizeof main);
            t->thread[0] = main;
        }
    for (size_t i = 0; i < t->threads; i++)
        add_thread(f, i, ++f->serial);
}

/* The id of the thread that a lock calls `tid`; 0: none. */
static uint32_t thread_of(const struct filling *f, uint32_t tid)
{
    const struct target_thread *t = tid == 0 ? NULL : target_thread(f->target, tid);
    return t == NULL ? 0 : t->id;
}

/* --- locks and holds --- */

static uint32_t lock_at(const struct filling *f, uint64_t address, uint16_t kind)
{
    uint32_t used = record_used(filling_record(f), TABLE_LOCKS);
    for (uint32_t id = 1; id < used; id++) {
        const struct lock *l = record_lock(filling_record(f), id);
        if (l->address == address && l->kind == kind && (l->traits & TRAIT_ENDED) == 0)
            return id;
    }
    return 0;
}

/* The file that a descriptor of the process leads to; 0: not known. */
static uint32_t add_file_name(struct filling *f, int descriptor)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/%u/fd/%d", f->target->pid, descriptor);
    ssize_t length = f->target->runs ? readlink(link, path, sizeof path) : -1;
    return length > 0 ? record_add_text(filling_record(f), path, (size_t)length) : 0;
}

uint32_t filling_lock(struct filling *f, const struct wait_words *w)
{
    uint32_t id = lock_at(f, w->address, w->kind);
    struct lock *l = id != 0 ? NULL : record_writer_add(f->to, TABLE_LOCKS, &id);
    if (id != 0 && l == NULL && (w->traits & TRAIT_READERS_UNKNOWN) != 0 && !f->recorded)
        atomic_fetch_or(&record_lock(filling_record(f), id)->traits, TRAIT_READERS_UNKNOWN);
    if (l == NULL)
        return id;
    l->address = w->address;
    l->kind = w->kind;
    atomic_store(&l->traits, w->traits | TRAIT_REFERENCED);
    l->value = w->value;
    if (w->kind == KIND_GIL)
        l->name = record_add_text(filling_record(f), "GIL", 3);
    if (w->kind == KIND_FILE && w->stream >= 0)
        l->name = add_file_name(f, w->stream);
    return id;
}

/* Below `parent`; where there is no room, that. */
static uint32_t add_node(struct filling *f, uint32_t parent, uint32_t lock, uint32_t stack)
{
    const struct hold *below = record_hold(filling_record(f), parent);
    uint32_t id;
    struct hold *h = record_writer_add(f->to, TABLE_HOLDS, &id);
    if (h == NULL)
        return parent;
    h->address = record_lock(filling_record(f), lock)->address;
    h->parent = parent;
    h->lock = lock;
    h->stack = stack;
    h->depth = below == NULL ? 1 : below->depth + 1u;
    return id;
}

/* A lock that a thread has: a node of its own path. Mostly nobody knows where it was acquired: then `stack` is 0. */
void filling_hold(struct filling *f, uint32_t thread, uint32_t lock, uint32_t stack)
{
    struct thread *t = record_thread(filling_record(f), thread);
    const struct lock *l = record_lock(filling_record(f), lock);
    uint32_t id;
    if (held_by_thread(filling_record(f), t, l->address))
        return;
    id = add_node(f, t->path, lock, stack);
    atomic_store(&t->path, id);
    t->want.path = id;
}

/* A mutex of a thread that has ended: as long as it is there, nobody else gets it. */
static uint32_t ended_thread(struct filling *f, uint32_t tid)
{
    uint32_t id, used = record_used(filling_record(f), TABLE_THREADS);
    for (id = 1; id < used; id++)
        if (record_thread(filling_record(f), id)->tid == tid &&
            record_thread(filling_record(f), id)->state == THREAD_ENDED)
            return id;
    struct thread *to = record_writer_add(f->to, TABLE_THREADS, &id);
    if (to == NULL)
        return 0;
    atomic_store(&to->state, THREAD_ENDED);
    atomic_store(&to->tid, tid);
    to->serial = ++f->serial;
    return id;
}

static void add_owner(struct filling *f, uint32_t lock, const struct wait_words *w)
{
    uint32_t owner = thread_of(f, w->owner);
    if (owner == 0 && w->owner_ended)
        owner = ended_thread(f, w->owner);
    if (owner != 0 && lock != 0)
        filling_hold(f, owner, lock, w->stack);
}

static void add_wait(struct filling *f, size_t i, const struct wait_words *w)
{
    struct thread *t = record_thread(filling_record(f), f->target->thread[i].id);
    uint32_t owner = thread_of(f, w->owner);
    if (w->kind == KIND_THREAD && owner == 0)
        return; /* one that its record does not list */
    t->want = (struct want){.path = t->path, .held = t->held_end};
    t->want.kind = w->kind;
    t->want.address = w->address;
    t->want.how = (uint16_t)((w->timed ? WANT_TIMED : 0) | (w->shared ? WANT_SHARED : 0));
    t->sequence |= 1;
    if (w->kind == KIND_THREAD) {
        t->want.thread = owner;
        t->want.thread_serial = record_thread(filling_record(f), owner)->serial;
        return;
    }
    t->want.lock = filling_lock(f, w);
    add_owner(f, t->want.lock, w);
}

/* It may be on the way from one wait to the next: then it is asked a few times more. */
static bool catch_in_call(struct filling *f, struct target_thread *t)
{
    enum { ASKED_MOST = 50 };
    const struct timespec moment = {0, 500000};
    struct target_thread now = *t;
    while (!now.in_call && f->target->runs && f->asked++ < ASKED_MOST && process_ask(f->target, &now) && !now.in_call)
        nanosleep(&moment, NULL);
    if (now.in_call && now.call == SYS_futex)
        *t = now;
    return t->in_call;
}

/*
 * Who waits for the GIL does so for some milliseconds, again and again (Python/ceval_gil.h, take_gil): it has waited
 * all the while if the owner is the same, and has not run.
 */
static void find_gil(struct filling *f, size_t i, struct wait_words *w)
{
    struct target_thread *t = &f->target->thread[i];
    uint64_t condition = interpreter_gil_condition(f->python);
    uint32_t owner = condition == 0 ? 0 : interpreter_gil_owner(f->python);
    if (owner == 0 || owner == t->tid || !catch_in_call(f, t) || t->call != SYS_futex ||
        t->argument[0] - condition >= sizeof(struct glibc_condition))
        return;
    *w = (struct wait_words){.kind = KIND_GIL, .address = interpreter_gil(f->python), .owner = owner};
    t->gil = true;
}

/* A lock of Python's threading is a semaphore, of which is known here who holds it. */
static void find_python_lock(struct filling *f, uint32_t tid, struct wait_words *w)
{
    enum { FRAMES_MOST = 32 };
    const struct python_lock *lock =
        w->kind != KIND_SEMAPHORE || f->recorded ? NULL : python_locks_awaited(f->locks, f->target, w->address);
    if (lock != NULL && lock->byte)
        w->address = lock->semaphore;
    if (lock == NULL || lock->owner == 0 || (lock->called && lock->owner == tid)) /* it awaits another to release it */
        return;
    w->owner = lock->owner;
    w->kind = lock->recursive ? KIND_MUTEX : KIND_SEMAPHORE; /* nobody but its owner can release it */
    w->traits = lock->recursive ? TRAIT_RECURSIVE : TRAIT_VALUE_KNOWN | TRAIT_POSTED;
    w->value = !lock->recursive;
    uint64_t frame[FRAMES_MOST];
    w->stack = stacks_keep(f->to, frame, python_locks_frames(lock, f->python, filling_record(f), frame, FRAMES_MOST));
}

/* Whether the owner of what thread i waits for, or of what that waits for, and so on, is `tid`. */
static bool waits_for(const struct filling *f, const struct wait_words *all, size_t i, uint32_t tid)
{
    for (size_t steps = 0; steps < f->target->threads; steps++) {
        const struct target_thread *owner = all[i].owner == 0 ? NULL : target_thread(f->target, all[i].owner);
        if (owner == NULL || owner->tid == tid)
            return owner != NULL;
        i = (size_t)(owner - f->target->thread);
    }
    return false;
}

static void find_refused(struct filling *f, struct wait_words *all, size_t i)
{
    uint32_t *owner = calloc(f->target->threads, sizeof *owner);
    size_t owners = 0;
    for (size_t j = 0; owner != NULL && j < f->target->threads; j++)
        if (j != i && waits_for(f, all, j, f->target->thread[i].tid))
            owner[owners++] = f->target->thread[j].tid;
    if (owner != NULL)
        words_refused(f->target, owner, owners, &all[i]);
    free(owner);
}

/* A main thread in Event().wait() may well sleep there until the user interrupts it (preload/wait/wait.c). */
static bool awaits_signal(const struct filling *f, const struct thread *t)
{
    return f->interrupts && atomic_load(&t->tid) == f->target->pid &&
           python_stack_in_event(filling_record(f), t->want.stack);
}

static void add_waits(struct filling *f)
{
    size_t threads = f->target->threads;
    struct wait_words *all = calloc(threads, sizeof *all);
    f->to->failed |= all == NULL;
    for (size_t i = 0; i < threads && !f->to->failed; i++) {
        all[i] = words_read(f->target, &f->target->thread[i]);
        find_gil(f, i, &all[i]);
        find_python_lock(f, f->target->thread[i].tid, &all[i]);
    }
    for (size_t i = 0; i < threads && !f->to->failed; i++) {
        struct thread *t = record_thread(filling_record(f), f->target->thread[i].id);
        if (all[i].kind == KIND_FUTEX && all[i].refused)
            find_refused(f, all, i);
        if (t == NULL || f->target->thread[i].published) {
            if (t != NULL && t->want.kind == all[i].kind && t->want.address == all[i].address)
                add_owner(f, t->want.lock, &all[i]);
            continue;
        }
        if (all[i].kind != KIND_NONE)
            add_wait(f, i, &all[i]);
        else if (f->recorded)
            continue;
        if (t->want.stack == 0)
            t->want.stack = stacks_add(f->to, f->modules, f->unwinder, f->python, &f->target->thread[i]);
        t->want.site = record_site(filling_record(f), t->want.stack);
        if (awaits_signal(f, t))
            t->want.how |= WANT_SIGNAL;
    }
    free(all);
}

/* --- threads of a record --- */

static uint32_t stack_of_site(struct filling *f, uint64_t site)
{
    uint32_t first, id;
    uint64_t *frame = site == 0 ? NULL : record_writer_add(f->to, TABLE_FRAMES, &first);
    struct stack *s = frame == NULL ? NULL : record_writer_add(f->to, TABLE_STACKS, &id);
    if (s == NULL)
        return 0;
    *frame = site;
    *s = (struct stack){.first = first, .depth = 1};
    return id;
}

/* A thread that runs, by its record, has listed what it holds: its path, which one that waits has. */
static void make_path(struct filling *f, struct thread *t)
{
    struct held_walk walk;
    struct held listed[1 + HELD_SLOTS];
    const struct held *h;
    uint32_t count = 0, path = 0;
    for (held_begin_thread(&walk, filling_record(f), t); (h = held_next(&walk)) != NULL && count <= HELD_SLOTS;)
        listed[count++] = *h;
    while (count-- > 0 && !f->to->failed) {
        const struct wait_words w = {.kind = listed[count].kind, .address = listed[count].address, .stream = -1};
        uint32_t lock = filling_lock(f, &w), stack = listed[count].stack;
        path = add_node(f, path, lock, stack != 0 ? stack : stack_of_site(f, listed[count].site));
        record_hold(filling_record(f), path)->how = listed[count].how;
    }
    t->path = t->want.path = path;
    t->want.held = t->held_end;
}

/* Those of its record. One that it does not list counts as one that runs, as it does there. */
static void map_threads(struct filling *f)
{
    uint32_t used = record_used(filling_record(f), TABLE_THREADS);
    for (uint32_t id = 1; id < used; id++) {
        const struct thread *t = record_thread(filling_record(f), id);
        struct target_thread *to = t->state == THREAD_RUNNING ? target_thread(f->target, t->tid) : NULL;
        f->serial = t->serial > f->serial ? t->serial : f->serial;
        if (to == NULL)
            continue;
        to->id = id;
        to->published = t->sequence % 2 == 1;
        if (!to->published && t->path == 0 && t->held_end != 0)
            make_path(f, record_thread(filling_record(f), id));
    }
}

/* --- what has moved --- */

static void stop_waiting(struct record_writer *w, const struct target *t, bool gil_stood)
{
    for (size_t i = 0; i < t->threads; i++) {
        const struct target_thread *from = &t->thread[i];
        struct thread *to = record_thread(&w->record, from->id);
        if ((from->gil ? !gil_stood : from->moved) && !from->published && to != NULL)
            to->sequence &= ~1u;
    }
}

void fill_moved(struct record_writer *w, const struct family *f, const struct fill_gil *gil)
{
    struct target *t = f->member[0];
    const struct target_thread *owner = gil->owner == 0 ? NULL : target_thread(t, gil->owner);
    target_forget(t);
    bool stood = owner != NULL && !owner->moved && interpreter_gil_owner(&gil->python) == gil->owner;
    for (unsigned i = 0; i < f->members; i++)
        stop_waiting(w, f->member[i], stood);
}

/* --- the process --- */

/*
 * Signals of the processor's come from the program itself, when it is wrong: their handlers wake nobody. Nor does the
 * one that Python has for SIGINT.
 */
static uint32_t other_wakers(const struct filling *f)
{
    const struct target *t = f->target;
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
    uint64_t caught = t->caught & ~(3ull << 31); /* 32 and 33 are libc's */
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        caught &= ~(1ull << (faults[i] - 1));
    if (f->interrupts)
        caught &= ~(1ull << (SIGINT - 1));
    return caught != 0 || !t->runs ? OTHER_WAKER_HANDLER : 0;
}

/*
 * Whether a module of the program's, not one of libc's own, can cancel threads. Of a program that is linked statically
 * that is not known: pthread_cancel is there in any case.
 */
static bool cancels(const struct filling *f)
{
    bool shared = false;
    for (size_t i = 0; i < f->modules->count; i++) {
        const struct attached_module *m = &f->modules->item[i];
        if (imported(f->target, m, "pthread_cancel"))
            return true;
        shared |= exported(f->target, m, "pthread_create") != 0;
    }
    return !shared;
}

static void describe(struct filling *f)
{
    struct record_header *h = filling_record(f)->header;
    const struct target *t = f->target;
    h->pid = t->pid;
    h->process_start = t->start_tick;
    h->started = t->started;
    h->other_wakers = other_wakers(f) | (cancels(f) ? OTHER_WAKER_CANCELS : 0);
    h->incomplete = INCOMPLETE_OUTSIDE;
    if (t->signal != 0) {
        h->end = END_SIGNAL;
        h->end_value = t->signal;
    }
    if (t->executable != NULL)
        h->executable = record_add_text(filling_record(f), t->executable, strlen(t->executable));
    for (size_t from = 0; t->arguments != NULL && from < t->arguments_size;) {
        size_t size = strnlen(t->arguments + from, t->arguments_size - from);
        if (from + size == t->arguments_size)
            break;
        h->argument_count++;
        from += size + 1;
    }
    if (h->argument_count > 0)
        h->arguments = record_add_text(filling_record(f), t->arguments, t->arguments_size - 1);
}

static bool fill(struct record_writer *w, struct family *family, struct modules *m, struct fill_gil *gil, bool recorded)
{
    struct filling f = {.to = w,
                        .target = family->member[0],
                        .family = family,
                        .modules = m,
                        .unwinder = unwinder_open(m),
                        .python = &gil->python,
                        .locks = &gil->locks,
                        .recorded = recorded};
    w->failed |= f.unwinder == NULL;
    interpreter_find(&gil->python, m);
    gil->owner = interpreter_gil_owner(&gil->python);
    python_locks_read(&gil->locks, &gil->python);
    f.interrupts = (f.target->caught >> (SIGINT - 1) & 1) != 0 && python_signals_interrupt(&gil->python);
    if (!w->failed && recorded) {
        map_threads(&f);
    } else if (!w->failed) {
        describe(&f);
        add_modules(&f);
        add_threads(&f);
    }
    if (!w->failed) {
        filling_family(&f);
        add_waits(&f);
    }
    unwinder_close(f.unwinder);
    return !w->failed;
}

bool fill_record(struct record_writer *w, struct family *family, struct modules *m, struct fill_gil *gil)
{
    return fill(w, family, m, gil, false);
}

bool fill_recorded(struct record_writer *w, struct family *family, struct modules *m, struct fill_gil *gil)
{
    return fill(w, family, m, gil, true);
}
