#include "preload/stack/callers.h"

#include "preload/os/raw_lock.h"
#include "preload/os/self.h"
#include "preload/stack/python.h"
#include "preload/store/store.h"

#include <sys/mman.h>

/*
 * held_lock.call of a known combination is HELD_BY_STACK | its number << 32 | stack, or its site alone where the frame
 * pointers could not be believed.
 */
enum { MOST = 1 << 13, CHUNK = 256, KNOWN = 1 << 14 };
static const uint64_t STACK = UINT32_MAX;

static struct callers_known nothing[2];
struct callers_known *callers_known = nothing;
uint64_t callers_mask;

/* Written once, under the raw lock, before the entry of the table that names it. */
struct combination {
    uint64_t key, site;
    uint32_t count, place;
    uint64_t at[CALLERS];
    uint32_t above[CALLERS];           /* from `frame` on */
    const struct python_stack *python; /* NULL: no Python code */
};

struct python_stack {
    struct python_frames python;
    uint32_t depth;
    uint64_t at[STACK_DEPTH];
};
static struct combination *chunks[MOST / CHUNK];
static uint32_t used; /* under the raw lock */

static struct combination *combination(uint32_t number)
{
    return &chunks[number / CHUNK][number % CHUNK];
}

/* Not from the arena, which is empty in the child of a fork. */
static void *get_memory(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static bool has_room(void)
{
    struct combination **chunk = &chunks[used / CHUNK % (MOST / CHUNK)];
    if (*chunk == NULL)
        *chunk = get_memory(CHUNK * sizeof **chunk);
    return used < MOST && *chunk != NULL;
}

/* The mask last: until then all look at the first entry. */
static bool make_table(void)
{
    struct callers_known *table = callers_mask == 0 ? get_memory(KNOWN * sizeof *table) : NULL;
    if (table != NULL) {
        __atomic_store_n(&callers_known, table, __ATOMIC_RELEASE);
        __atomic_store_n(&callers_mask, (KNOWN - 2) * sizeof *table, __ATOMIC_RELEASE);
    }
    return callers_mask != 0;
}

static uint32_t number_of(uint64_t call)
{
    return (uint32_t)(call >> 32) & (MOST - 1);
}

/* Its entry, or a free one; NULL: the set is full. */
static struct callers_known *find(uint64_t key)
{
    struct callers_known *k = callers_place(key);
    for (int i = 0; i < 2; i++) {
        uint64_t there = __atomic_load_n(&k[i].key, __ATOMIC_ACQUIRE);
        if (there == key || there == 0)
            return &k[i];
    }
    return NULL;
}

static struct combination walk(uint64_t key, uint64_t site, uint64_t frame, uint64_t pointer)
{
    struct combination c = {.key = key, .site = site};
    uint64_t at = pointer;
    for (;;) {
        const uint64_t *f = (const uint64_t *)(uintptr_t)at;
        c.at[c.count] = f[1];
        c.above[c.count++] = (uint32_t)(at + 16 - frame);
        if (c.count == CALLERS || !callers_is_near(at, f[0]))
            return c;
        at = f[0];
    }
}

static struct callers callers_at(const struct combination *c, uint64_t frame)
{
    struct callers to = {.key = c->key, .site = c->site, .count = c->count};
    for (uint32_t i = 0; i < c->count; i++) {
        to.at[i] = c->at[i];
        to.above[i] = frame + c->above[i];
    }
    return to;
}

/* As far as it is known: who needs all of it unwinds while the call is under way. */
static uint32_t stack_of_combination(const struct combination *c)
{
    if (c->python != NULL)
        return stack_of_mixed(c->python->at, c->python->depth, &c->python->python);
    uint64_t frames[1 + CALLERS] = {c->site};
    for (uint32_t n = 0; n < c->count; n++)
        frames[1 + n] = c->at[n];
    return stack_of_frames(frames, 1 + c->count);
}

/* Under the raw lock. Another thread may have been first. */
static uint64_t add(uint64_t key, const struct combination *c, bool good, uint32_t stack)
{
    struct callers_known *k = make_table() ? find(key) : NULL;
    if (k == NULL)
        return c->site;
    if (k->key == key)
        return k->call;
    k->call = c->site;
    if (good && has_room()) {
        *combination(used) = *c;
        combination(used)->place = (uint32_t)(k - callers_known);
        k->call = HELD_BY_STACK | (uint64_t)used++ << 32 | stack;
    }
    __atomic_store_n(&k->key, key, __ATOMIC_RELEASE);
    return k->call;
}

uint64_t callers_learn(uint64_t site, uint64_t frame, uint64_t pointer)
{
    const uint64_t key = callers_key(site, frame, pointer);
    uint64_t call;
    if (callers_find(site, frame, pointer, &call))
        return call;
    if (find(key) == NULL)
        return site;
    int error = errno;
    struct thread *slot = self.slot;
    self.slot = NULL;
    struct combination c = walk(key, site, frame, pointer);
    struct callers callers = callers_at(&c, frame);
    bool good = stack_agrees(site, frame, &callers);
    uint32_t stack = good && ours.header != NULL ? stack_of_combination(&c) : 0;
    struct signals_saved l = raw_lock_acquire();
    call = add(good ? key : callers_bad_key(site), &c, good, stack);
    raw_lock_release(l);
    self.slot = slot;
    errno = error;
    return call;
}

/* --- Python code --- */

/* Under the raw lock. */
static struct python_stack *get_python_stack(void)
{
    enum { PIECE = 64 };
    static struct python_stack *piece;
    static uint32_t left;
    if (left == 0) {
        piece = get_memory(PIECE * sizeof *piece);
        left = piece != NULL ? PIECE : 0;
    }
    return left == 0 ? NULL : &piece[--left];
}

static uint64_t keep_python(uint64_t key, const struct python_stack *stack)
{
    struct combination c = {.key = key, .site = stack->at[0], .python = stack};
    bool any = stack->python.count != 0;
    uint32_t id = any && ours.header != NULL ? stack_of_combination(&c) : 0;
    struct signals_saved l = raw_lock_acquire();
    struct python_stack *kept = any ? get_python_stack() : NULL;
    if (kept != NULL)
        *kept = *stack;
    c.python = kept;
    uint64_t call = add(key, &c, kept != NULL, id);
    raw_lock_release(l);
    return call;
}

/* Apart, as this takes room on the stack. */
__attribute__((noinline)) static uint64_t learn_python(uint64_t site, uint64_t frame, uint64_t key)
{
    struct python_stack stack;
    python_frames_here(&stack.python);
    stack.depth = stack_frames((struct stack_call){site, frame}, stack.at, STACK_DEPTH);
    return keep_python(key, &stack);
}

uint64_t callers_learn_python(uint64_t site, uint64_t frame)
{
    enum { PLACE = 6 };
    const uint64_t place = interpreter_place(PLACE), key = (place ^ site) * 0x9E3779B97F4A7C15u;
    if (place == 0)
        return 0;
    const struct callers_known *k = find(key);
    if (k != NULL && k->key == key)
        return k->call;
    if (k == NULL || used >= MOST)
        return site;
    int error = errno;
    struct thread *slot = self.slot;
    self.slot = NULL;
    uint64_t call = learn_python(site, frame, key);
    self.slot = slot;
    errno = error;
    return call;
}

struct callers callers_of(uint64_t call, uint64_t frame)
{
    if (held_by_stack(call)) {
        struct callers to = callers_at(combination(number_of(call)), frame);
        to.stack = combination(number_of(call))->python != NULL ? (uint32_t)call : 0;
        return to;
    }
    uint64_t site = call & HELD_SITE;
    return (struct callers){.key = site, .site = site};
}

uint64_t callers_refresh(uint64_t call)
{
    if (!held_by_stack(call))
        return call;
    return (call & ~STACK) | (callers_known[combination(number_of(call))->place].call & STACK);
}

void callers_start(void)
{
    for (uint32_t i = 0; i < used; i++)
        callers_known[combination(i)->place].call |= stack_of_combination(combination(i));
}

void callers_reset(void)
{
    for (uint32_t i = 0; i < used; i++)
        callers_known[combination(i)->place].call &= ~STACK;
}
