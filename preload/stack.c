#include "preload/stack.h"

#include "preload/index.h"
#include "preload/latch.h"
#include "preload/module.h"
#include "preload/store.h"

#include <dlfcn.h>
#include <string.h>
#include <ucontext.h>

/* --- the unwinders --------------------------------------------------------------------------------------------------- */

/* libunwind's interface, as its libunwind-x86_64.h has it; named here, so that building needs no headers of it. */
typedef uint64_t unwind_cursor[127];
enum { UNWIND_RIP = 16, UNWIND_RSP = 7 };

struct unwind_procedure {
    uint64_t start, end;
    uint64_t rest[6];
    uint64_t more[8];
};

static struct {
    int (*backtrace)(void **, int);
    int (*getcontext)(ucontext_t *);
    int (*init)(unwind_cursor *, ucontext_t *);
    int (*step)(unwind_cursor *);
    int (*get)(unwind_cursor *, int, uint64_t *);
    int (*procedure)(unwind_cursor *, struct unwind_procedure *);
} unwind;

/* libgcc's, as the C++ ABI names it. */
struct gcc_context;
static struct {
    int (*backtrace)(int (*)(struct gcc_context *, void *), void *);
    uintptr_t (*ip)(struct gcc_context *);
    uintptr_t (*cfa)(struct gcc_context *);
} gcc;

static bool open_libunwind(void)
{
#ifdef __x86_64__
    void *l = dlopen("libunwind.so.8", RTLD_LAZY | RTLD_LOCAL);
    if (l == NULL)
        return false;
    *(void **)&unwind.backtrace = dlsym(l, "unw_backtrace");
    *(void **)&unwind.getcontext = dlsym(l, "_Ux86_64_getcontext");
    *(void **)&unwind.init = dlsym(l, "_ULx86_64_init_local");
    *(void **)&unwind.get = dlsym(l, "_ULx86_64_get_reg");
    *(void **)&unwind.procedure = dlsym(l, "_ULx86_64_get_proc_info");
    *(void **)&unwind.step = dlsym(l, "_ULx86_64_step");
    return unwind.backtrace && unwind.getcontext && unwind.init && unwind.get && unwind.procedure && unwind.step;
#else
    return false;
#endif
}

static bool open_libgcc(void)
{
    void *l = dlopen("libgcc_s.so.1", RTLD_LAZY | RTLD_LOCAL);
    if (l == NULL)
        return false;
    *(void **)&gcc.backtrace = dlsym(l, "_Unwind_Backtrace");
    *(void **)&gcc.ip = dlsym(l, "_Unwind_GetIP");
    *(void **)&gcc.cfa = dlsym(l, "_Unwind_GetCFA");
    return gcc.backtrace && gcc.ip && gcc.cfa;
}

void stack_start(void)
{
    if (unwind.step != NULL || gcc.cfa != NULL)
        return;
    if (!open_libunwind()) {
        memset(&unwind, 0, sizeof unwind);
        if (!open_libgcc())
            memset(&gcc, 0, sizeof gcc);
    }
}

/* --- the frames of a stack -------------------------------------------------------------------------------------------- */

struct frames {
    uint64_t site, frame; /* what is asked for; see stack_of_call */
    uint32_t depth;
    uint64_t at[STACK_DEPTH];
};

static bool add_frame(struct frames *f, uint64_t ip)
{
    if (ip < 4096 || f->depth >= STACK_DEPTH)
        return false;
    f->at[f->depth++] = ip;
    return f->depth < STACK_DEPTH;
}

/*
 * Frames below `frame` are younger than the call. The first one at or above it is the caller, still in the same function
 * but perhaps further on, or, if that has returned since, the caller's caller.
 */
static void walk_libunwind(struct frames *f)
{
    ucontext_t context;
    unwind_cursor cursor;
    struct unwind_procedure p;
    uint64_t ip, sp;
    bool reached = false;
    if (unwind.getcontext(&context) != 0 || unwind.init(&cursor, &context) != 0)
        return;
    for (int steps = 0; steps < 500 && unwind.step(&cursor) > 0; steps++) {
        if (unwind.get(&cursor, UNWIND_RIP, &ip) != 0 || unwind.get(&cursor, UNWIND_RSP, &sp) != 0)
            return;
        if (sp < f->frame)
            continue;
        if (!reached) {
            reached = true;
            add_frame(f, f->site);
            if (unwind.procedure(&cursor, &p) == 0 && f->site >= p.start && f->site <= p.end)
                continue;
        }
        if (!add_frame(f, ip))
            return;
    }
}

static int gcc_frame(struct gcc_context *c, void *argument)
{
    struct frames *f = argument;
    uint64_t ip = gcc.ip(c);
    if (gcc.cfa(c) < f->frame)
        return 0;
    if (f->depth == 0) {
        add_frame(f, f->site);
        if (ip == f->site)
            return 0;
    }
    return add_frame(f, ip) ? 0 : 5; /* _URC_END_OF_STACK: enough */
}

/* --- keeping them ------------------------------------------------------------------------------------------------------ */

static struct index by_hash;

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
    for (uint32_t i = 0; i < f->depth; i++)
        if (record_module_of(&ours, f->at[i]) == 0)
            return false;
    return true;
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
    struct latched l = latch_take();
    id = find(f, hash);
    if (id == 0)
        id = add(f, hash);
    latch_release(l);
    return id;
}

uint32_t stack_of_call(uint64_t site, uint64_t frame)
{
    struct frames f = {.site = site, .frame = frame};
    if (unwind.step != NULL)
        walk_libunwind(&f);
    else if (gcc.cfa != NULL)
        gcc.backtrace(gcc_frame, &f);
    if (f.depth == 0)
        add_frame(&f, site);
    return keep(&f);
}

uint32_t stack_here(uint64_t site)
{
    struct frames f = {.site = site};
    void *raw[STACK_DEPTH + 8];
    int n = unwind.backtrace != NULL ? unwind.backtrace(raw, STACK_DEPTH + 8) : 0;
    int i = 0;
    while (i < n && (uint64_t)(uintptr_t)raw[i] != site)
        i++;
    for (; i < n && add_frame(&f, (uint64_t)(uintptr_t)raw[i]); i++)
        ;
    if (f.depth == 0)
        return stack_of_call(site, (uint64_t)(uintptr_t)__builtin_frame_address(0));
    return keep(&f);
}

uint32_t stack_of_site(uint64_t site)
{
    struct frames f = {.depth = 0};
    add_frame(&f, site);
    return keep(&f);
}

void stack_reset(void)
{
    atomic_store(&by_hash.slots, NULL);
}
