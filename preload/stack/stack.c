#include "preload/stack/stack.h"

#include "preload/os/fork_zeroed.h"
#include "preload/os/index.h"
#include "preload/os/loader.h"
#include "preload/os/raw_lock.h"
#include "preload/os/self.h"
#include "preload/stack/frame_rules.h"
#include "preload/stack/python.h"
#include "preload/store/module.h"
#include "preload/store/store.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* --- the unwinder --- */

/*
 * libgcc's, as the C++ ABI names it, linked statically and hidden from the program. It finds frames by what the
 * compiler wrote down about them and by nothing else, so it never guesses its way into memory that is none; it takes no
 * memory, and no lock but for may_unwind below. Opening a library instead would call the program's malloc, which may be
 * where we come from (docs/internals.md).
 */
struct _Unwind_Context;
extern int _Unwind_Backtrace(int (*)(struct _Unwind_Context *, void *), void *);
extern uintptr_t _Unwind_GetIPInfo(struct _Unwind_Context *, int *interrupted); /* not by a call, but by a signal */
extern uintptr_t _Unwind_GetCFA(struct _Unwind_Context *); /* the stack pointer in the frame, when it made its call */

enum { GO_ON = 0, ENOUGH = 5 }; /* _URC_NO_REASON, _URC_END_OF_STACK */

/* --- the frames of a stack --- */

struct frames {
    uint64_t site, frame; /* what is asked for; see stack_of_call */
    uint64_t until;       /* no frames above this are needed; 0: all are */
    uint32_t most;        /* no more frames than these are; 0: all are */
    uint32_t depth;
    uint32_t met; /* of the last stack, frames that this one has passed or does not share */
    bool handled; /* a signal handler is on it */
    uint64_t at[STACK_DEPTH];
    uint64_t above[STACK_DEPTH]; /* the stack pointer of each; its return address lies just below that */
};

static bool add_frame(struct frames *f, uint64_t ip, uint64_t cfa)
{
    if (ip < 4096 || f->depth >= STACK_DEPTH)
        return false;
    f->above[f->depth] = cfa;
    f->at[f->depth++] = ip;
    return f->depth < STACK_DEPTH && f->depth != f->most;
}

/*
 * The last stacks that this thread blocked with. Such a stack is still the same when the call comes from the same place
 * with the same stack pointer, every return address further out is still where it was, and the thread is at the same
 * place of its Python code, if it is in any. Likewise one from which on another stack is the same.
 */
enum { RECENT = 8 };
struct recent {
    uint64_t site, frame, python;
    uint32_t stack, depth;
    bool handled;
    uint64_t at[STACK_DEPTH], above[STACK_DEPTH];
};

/* The first frame further out than this one that is not what it was; depth: none is. */
static uint32_t first_changed(const struct recent *r, uint32_t beyond)
{
    uint32_t i = beyond + 1;
    while (i < r->depth && arch_return_address(r->above[i]) == r->at[i])
        i++;
    return i < r->depth ? i : r->depth;
}

/* Whether the stack goes on from here as the last one did: then that is the rest of it. */
static bool goes_on_as_last(struct frames *f, uint64_t ip, uint64_t cfa)
{
    const struct recent *r = self.last_stack;
    if (r == NULL)
        return false;
    while (f->met < r->depth && r->above[f->met] < cfa)
        f->met++;
    if (f->met >= r->depth || r->above[f->met] != cfa || r->at[f->met] != ip)
        return false;
    uint32_t changed = first_changed(r, f->met), i = f->met;
    f->met = changed;
    if (changed < r->depth)
        return false;
    while (i < r->depth && add_frame(f, r->at[i], r->above[i]))
        i++;
    return true;
}

/*
 * Frames below `frame` are younger than the call. The first one at or above it is the caller, still in the same
 * function but perhaps further on, or, if that has returned since, the caller's caller.
 */
static int see_frame(struct _Unwind_Context *c, void *argument)
{
    struct frames *f = argument;
    int interrupted;
    uint64_t ip = _Unwind_GetIPInfo(c, &interrupted), cfa = _Unwind_GetCFA(c);
    f->handled |= interrupted != 0;
    if (cfa < f->frame)
        return GO_ON;
    if (f->depth == 0) {
        add_frame(f, f->site, cfa);
        if (cfa == f->frame)
            return GO_ON;
    }
    if (goes_on_as_last(f, ip, cfa))
        return ENOUGH;
    return add_frame(f, ip, cfa) && (f->until == 0 || cfa < f->until) ? GO_ON : ENOUGH;
}

/*
 * Unwinding takes 3 KiB of the program's stack, and a signal may come meanwhile, whose frame takes as much with
 * AVX-512. On the smallest stacks that glibc admits (16 KiB) there may be less, above all in a signal handler; then a
 * call stack is no more than the place of the call. How much is left is known of threads that the program made, while
 * they are on the stack that they were made with: not of the main thread, nor on a coroutine's.
 */
static bool has_room(void)
{
    enum { ROOM = 6 * 1024 };
    uint64_t here = (uint64_t)(uintptr_t)__builtin_frame_address(0);
    uint64_t lowest = (uint64_t)pthread_self() - self.stack_size; /* or up to ARCH_ABOVE_SELF above that */
    return here >= self.stack || here < lowest || here - lowest >= ARCH_ABOVE_SELF + ROOM;
}

#ifdef __GLIBC__
#define UNWINDER_WAITS !__GLIBC_PREREQ(2, 35)
#else
#define UNWINDER_WAITS 0
#endif
#if UNWINDER_WAITS

/*
 * Until glibc 2.34 the unwinder goes through the loader's list of objects, and waits for whoever does so: mostly for a
 * moment, but a thread that calls the program from there may wait for this one.
 */
static bool may_unwind(void)
{
    enum { TRIES = 20 };
    const struct timespec moment = {0, 50000};
    const uint32_t tid = self.own != NULL ? self.own->tid : (uint32_t)syscall(SYS_gettid);
    const int error = errno;
    for (int i = 0; i < TRIES && loader_is_busy_with_list(tid); i++)
        syscall(SYS_nanosleep, &moment, NULL);
    errno = error;
    return !loader_is_busy_with_list(tid);
}

#else

static bool may_unwind(void)
{
    return true;
}

#endif

static void walk(struct frames *f)
{
    if (may_unwind())
        _Unwind_Backtrace(see_frame, f);
    if (f->depth == 0)
        add_frame(f, f->site, f->frame);
}

/* Likewise by what is known of each return address; for a call that the thread is in. False: it is not known of all. */
static bool walk_by_rules(struct frames *f)
{
    struct frame_place place = {.code = f->site, .stack = f->frame};
    bool more = add_frame(f, f->site, f->frame);
    while (more) {
        if (!frame_rules_step(&place))
            return false;
        more = place.code != 0 && !goes_on_as_last(f, place.code, place.stack) &&
               add_frame(f, place.code, place.stack) && (f->until == 0 || place.stack < f->until);
    }
    return true;
}

static bool is_alike(const struct frames *f, const struct frames *other)
{
    return f->depth == other->depth && memcmp(f->at, other->at, f->depth * sizeof f->at[0]) == 0 &&
           memcmp(f->above, other->above, f->depth * sizeof f->above[0]) == 0;
}

/* Apart, as its frames take room, too. */
__attribute__((noinline)) static void verify_rules(const struct frames *f)
{
    struct frames again = {.site = f->site, .frame = f->frame, .most = f->most};
    walk(&again);
    frame_rules_verified(is_alike(f, &again));
}

/* The stack of a call that the thread is in now. */
static void walk_here(struct frames *f)
{
    const struct frames before = *f;
    if (!frame_rules_ready() || !walk_by_rules(f)) {
        *f = before;
        walk(f);
    } else if (f->until == 0 && frame_rules_due())
        verify_rules(f);
}

uint32_t stack_frames(struct stack_call call, uint64_t *at, uint32_t most)
{
    struct frames f = {.site = call.site, .frame = call.frame, .most = most};
    if (has_room())
        walk_here(&f);
    else
        add_frame(&f, call.site, call.frame);
    memcpy(at, f.at, f.depth * sizeof *at);
    return f.depth;
}

/* --- keeping them --- */

static struct index by_hash FORK_ZEROED;

static uint64_t hash_of(const struct frames *f)
{
    uint64_t h = f->depth;
    for (uint32_t i = 0; i < f->depth; i++)
        h = index_mix(h ^ f->at[i]);
    return h;
}

static uint32_t find(const struct frames *f, uint64_t hash)
{
    for (struct index_walk w = index_walk(&by_hash, (uint32_t)hash); index_next(&w);) {
        uint32_t depth;
        const uint64_t *frames = record_frames(&ours, w.id, &depth);
        if (depth == f->depth && frames != NULL && memcmp(frames, f->at, depth * sizeof *frames) == 0)
            return w.id;
    }
    return 0;
}

static uint32_t add(const struct frames *f, uint64_t hash)
{
    uint32_t first = record_reserve(&ours, TABLE_FRAMES, f->depth);
    uint32_t id = first != 0 ? record_reserve(&ours, TABLE_STACKS, 1) : 0;
    if (id == 0) {
        record_mark_incomplete(&ours, INCOMPLETE_SPACE);
        return 0;
    }
    memcpy(record_at(&ours, TABLE_FRAMES, first, sizeof(uint64_t), record_first_shift[TABLE_FRAMES]), f->at,
           f->depth * sizeof(uint64_t));
    struct stack *s = record_at(&ours, TABLE_STACKS, id, sizeof *s, record_first_shift[TABLE_STACKS]);
    *s = (struct stack){.first = first, .depth = f->depth, .hash = hash};
    record_commit(&ours, TABLE_FRAMES, first, f->depth);
    record_commit(&ours, TABLE_STACKS, id, 1);
    index_add(&by_hash, (uint32_t)hash, id);
    return id;
}

static bool modules_known(const struct frames *f)
{
    const struct module *m = NULL; /* of the last frame: mostly that of the next */
    for (uint32_t i = 0; i < f->depth; i++) {
        if ((f->at[i] & FRAME_TEXT) != 0 || (m != NULL && f->at[i] >= m->start && f->at[i] < m->end))
            continue;
        uint32_t id = record_module_of(&ours, f->at[i]);
        if (id == 0)
            return false;
        m = record_item(&ours, TABLE_MODULES, id);
    }
    return true;
}

/* Before the first frame of the interpreter's own behind the call; what there is no room for is lost further out. */
static void put_in_python(struct frames *f, const struct python_frames *python)
{
    uint64_t text[PYTHON_FRAMES];
    uint32_t count = 0, to = 1;
    for (uint32_t i = 0; ours.header != NULL && i < python->count; i++) {
        text[count] = python_recorded(python->at[i]);
        count += text[count] != 0;
    }
    while (to < f->depth && !interpreter_has(f->at[to]))
        to++;
    if (count == 0 || f->depth == 0 || to + count > STACK_DEPTH)
        return;
    uint32_t left = f->depth - to, room = STACK_DEPTH - to - count;
    left = left < room ? left : room;
    memmove(&f->at[to + count], &f->at[to], left * sizeof f->at[0]);
    memcpy(&f->at[to], text, count * sizeof text[0]);
    f->depth = to + count + left;
}

static void put_in_python_here(struct frames *f)
{
    struct python_frames python;
    if (likely(!interpreter_there) || f->handled || ours.header == NULL)
        return;
    python_frames_here(&python);
    put_in_python(f, &python);
}

static uint32_t keep(const struct frames *f)
{
    if (f->depth == 0 || ours.header == NULL)
        return 0;
    uint64_t hash = hash_of(f);
    uint32_t id = find(f, hash);
    if (id != 0)
        return id;
    if (!modules_known(f))
        module_note();
    struct signals_saved l = raw_lock_acquire();
    id = find(f, hash);
    if (id == 0)
        id = add(f, hash);
    raw_lock_release(l);
    return id;
}

/* Whether frames have a return address where the callers have it. */
static bool has_caller(const struct frames *f, const struct callers *c, uint32_t n)
{
    for (uint32_t i = 1; i < f->depth && f->above[i] <= c->above[n]; i++)
        if (f->above[i] == c->above[n])
            return f->at[i] == c->at[n];
    return false;
}

static bool has_callers(const struct frames *f, const struct callers *c)
{
    for (uint32_t n = 0; n < c->count; n++)
        if (!has_caller(f, c, n))
            return false;
    return true;
}

/* Where wrappers have returned since the call, and others stand in their place: put in the callers of then. */
static void put_in_callers(struct frames *f, const struct callers *c)
{
    if (c == NULL || c->count == 0 || has_callers(f, c))
        return;
    struct frames now = *f;
    f->depth = 0;
    add_frame(f, f->site, f->frame);
    for (uint32_t n = 0; n < c->count; n++)
        add_frame(f, c->at[n], c->above[n]);
    for (uint32_t i = 1; i < now.depth; i++)
        if (now.above[i] > c->above[c->count - 1])
            add_frame(f, now.at[i], now.above[i]);
}

bool stack_agrees(uint64_t site, uint64_t frame, const struct callers *callers)
{
    struct frames f = {.site = site, .frame = frame, .until = callers->above[callers->count - 1]};
    if (!has_room())
        return false;
    walk_here(&f);
    return has_callers(&f, callers);
}

/* Apart, as its frames take room, too. */
__attribute__((noinline)) static uint32_t walk_and_keep(uint64_t site, uint64_t frame, const struct callers *callers)
{
    struct frames f = {.site = site, .frame = frame};
    walk(&f);
    if (callers != NULL)
        put_in_callers(&f, callers);
    else
        put_in_python_here(&f);
    return keep(&f);
}

uint32_t stack_of_call(uint64_t site, uint64_t frame, const struct callers *callers)
{
    if (frame == 0 || !has_room()) /* 0: it was another thread's, before a fork */
        return stack_of_site(site);
    return walk_and_keep(site, frame, callers);
}

static bool is_same(const struct recent *r)
{
    return ARCH_HAS_PUSHED_RETURNS && first_changed(r, 0) >= r->depth;
}

static void *pool FORK_ZEROED;

static void get_recent(void)
{
    struct signals_saved l = raw_lock_acquire();
    self.recent = arena_pool_get(&pool, RECENT * sizeof(struct recent));
    raw_lock_release(l);
    if (self.recent != NULL)
        memset(self.recent, 0, RECENT * sizeof(struct recent));
}

void stack_end(void)
{
    if (self.recent == NULL)
        return;
    struct signals_saved l = raw_lock_acquire();
    arena_pool_put(&pool, self.recent);
    self.recent = self.last_stack = NULL;
    raw_lock_release(l);
}

static uint64_t python_place(void)
{
    return unlikely(interpreter_there) ? interpreter_place(UINT32_MAX) : 0;
}

static struct recent *recent_of(uint64_t site, uint64_t frame, uint64_t python)
{
    return self.recent != NULL ? &self.recent[index_mix(site ^ frame ^ python) >> 40 & (RECENT - 1)] : NULL;
}

uint32_t stack_of_earlier(struct stack_call here, struct stack_call earlier, const struct callers *callers)
{
    const uint64_t python = python_place();
    const struct recent *r = recent_of(here.site, here.frame, python);
    struct frames f = {.site = earlier.site, .frame = earlier.frame};
    if (r == NULL || r->site != here.site || r->frame != here.frame || r->python != python)
        return 0;
    uint32_t i = 0;
    while (i < r->depth && r->above[i] < earlier.frame)
        i++;
    add_frame(&f, earlier.site, earlier.frame);
    if (i < r->depth && r->above[i] == earlier.frame)
        i++; /* the frame that made the call, further on by now */
    for (; i < r->depth && add_frame(&f, r->at[i], r->above[i]); i++)
        ;
    put_in_callers(&f, callers);
    return keep(&f);
}

/* One of all the frames there is room for may go on; and where a handler was run no return address says so. */
static void note_recent(struct recent *r, const struct frames *f, uint64_t python)
{
    r->site = f->site;
    r->frame = f->frame;
    r->python = python;
    r->depth = f->depth;
    r->handled = f->handled;
    memcpy(r->at, f->at, f->depth * sizeof f->at[0]);
    memcpy(r->above, f->above, f->depth * sizeof f->above[0]);
    self.last_stack = ARCH_HAS_PUSHED_RETURNS && f->depth < STACK_DEPTH && !f->handled ? r : NULL;
}

uint32_t stack_here(uint64_t site, uint64_t frame)
{
    bool handled;
    return stack_here_handled(site, frame, &handled);
}

uint32_t stack_here_handled(uint64_t site, uint64_t frame, bool *handled)
{
    if (self.recent == NULL)
        get_recent();
    const uint64_t python = python_place();
    struct recent *r = recent_of(site, frame, python);
    if (r != NULL && r->site == site && r->frame == frame && r->python == python && is_same(r)) {
        *handled = r->handled;
        return r->stack;
    }
    if (!has_room()) {
        *handled = true; /* for all we know */
        return stack_of_site(site);
    }
    struct frames f = {.site = site, .frame = frame};
    walk_here(&f);
    *handled = f.handled;
    if (r != NULL)
        note_recent(r, &f, python);
    put_in_python_here(&f);
    uint32_t stack = keep(&f);
    if (r != NULL)
        r->stack = stack, r->frame = stack != 0 ? r->frame : 0;
    return stack;
}

uint32_t stack_of_frames(const uint64_t *frames, uint32_t depth)
{
    return stack_of_mixed(frames, depth, &(struct python_frames){.count = 0});
}

uint32_t stack_of_mixed(const uint64_t *frames, uint32_t depth, const struct python_frames *python)
{
    struct frames f = {.depth = 0};
    for (uint32_t i = 0; i < depth; i++)
        add_frame(&f, frames[i], 0);
    put_in_python(&f, python);
    return keep(&f);
}

uint32_t stack_of_site(uint64_t site)
{
    return stack_of_frames(&site, 1);
}

void stack_reset(void)
{
    if (self.recent != NULL)
        memset(self.recent, 0, RECENT * sizeof(struct recent)); /* stacks of the parent's record */
    self.last_stack = NULL;
    python_reset();
}
