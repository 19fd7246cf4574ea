#include "preload/stack/frame_rules.h"

#include "arch/arch.h"
#include "preload/os/index.h"
#include "preload/os/loaded.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#ifdef ARCH_DWARF_RETURN

/* --- what the unwinder has read: libgcc, unwind-dw2.c, as it has been since gcc 3.0 --- */

struct frame_state {
    void *cfa, *handler;
    long cfa_offset, arguments;
    long offset[ARCH_DWARF_RETURN + 2];
    unsigned short cfa_register, return_column;
    char saved[ARCH_DWARF_RETURN + 2];
};
extern struct frame_state *__frame_state_for(void *code, struct frame_state *state);

enum { UNSAVED, SAVED_AT_OFFSET, UNDEFINED = 6 };

/* --- rules --- */

/* One in a word: how far up the caller's frame begins, and where below that the frame pointer was put, in words. */
enum { SAVED_AT = 24, FLAGS_AT = 40 };
#define UP_MOST (1l << SAVED_AT)
#define SAVED_MOST (1l << (FLAGS_AT - SAVED_AT))
#define BY_POINTER (1ull << FLAGS_AT) /* up from the frame pointer, not the stack pointer */
#define OUTERMOST (2ull << FLAGS_AT)
#define UNKNOWN (4ull << FLAGS_AT)

/* By hash of the code address. Two threads may write at once: the proof is of all of one rule. */
struct frame_rule {
    _Atomic uint64_t rule, proof;
};

enum { RULES = 4096, WALKS_VERIFIED = 16 };
static struct frame_rule *_Atomic rules; /* most processes walk no stack */
static _Atomic uint32_t verified;        /* walks, up to WALKS_VERIFIED */
static atomic_bool wrong;

static struct frame_rule *get_rules(void)
{
    const size_t size = RULES * sizeof(struct frame_rule);
    struct frame_rule *before = NULL;
    int error = errno;
    struct frame_rule *table = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    errno = error;
    if (table == MAP_FAILED)
        return NULL;
    if (atomic_compare_exchange_strong(&rules, &before, table))
        return table;
    real.munmap(table, size);
    return before;
}

bool frame_rules_ready(void)
{
    return !wrong && (rules != NULL || get_rules() != NULL);
}

static uint64_t rule_of(const struct frame_state *s)
{
    const long up = s->cfa_offset, saved = -s->offset[ARCH_DWARF_POINTER] / 8;
    uint64_t rule = (uint64_t)up;
    if (s->return_column == ARCH_DWARF_RETURN && s->saved[ARCH_DWARF_RETURN] == UNDEFINED)
        return OUTERMOST;
    if (s->return_column != ARCH_DWARF_RETURN || s->saved[ARCH_DWARF_RETURN] != SAVED_AT_OFFSET ||
        s->offset[ARCH_DWARF_RETURN] != -8 || up < 8 || up >= UP_MOST)
        return UNKNOWN;
    if (s->cfa_register == ARCH_DWARF_POINTER)
        rule |= BY_POINTER;
    else if (s->cfa_register != ARCH_DWARF_STACK)
        return UNKNOWN;
    if (s->saved[ARCH_DWARF_POINTER] == UNSAVED)
        return rule;
    if (s->saved[ARCH_DWARF_POINTER] != SAVED_AT_OFFSET || saved <= 0 || saved >= SAVED_MOST)
        return UNKNOWN;
    return rule | (uint64_t)saved << SAVED_AT;
}

/* A call is the last instruction of a function sometimes: so the place is the one before the return address. */
__attribute__((noinline)) static uint64_t learn(struct frame_rule *place, uint64_t code, uint64_t key)
{
    struct frame_state s = {.cfa = NULL};
    uint64_t rule = __frame_state_for((void *)(uintptr_t)(code - 1), &s) != NULL ? rule_of(&s) : UNKNOWN;
    atomic_store_explicit(&place->rule, rule, memory_order_relaxed);
    atomic_store_explicit(&place->proof, index_mix(key ^ rule), memory_order_relaxed);
    return rule;
}

static uint64_t rule_for(uint64_t code)
{
    const uint64_t mark = loaded_mark((const void *)(uintptr_t)code);
    uint64_t call;
    if (mark == 0)
        return UNKNOWN;
    memcpy(&call, (const void *)(uintptr_t)(code - sizeof call), sizeof call);
    const uint64_t mix = index_mix(code), key = index_mix(mix ^ mark) ^ index_mix(call);
    struct frame_rule *place = &rules[mix >> 32 & (RULES - 1)];
    const uint64_t rule = atomic_load_explicit(&place->rule, memory_order_relaxed);
    if (atomic_load_explicit(&place->proof, memory_order_relaxed) == index_mix(key ^ rule))
        return rule;
    return learn(place, code, key);
}

bool frame_rules_step(struct frame_place *f)
{
    const uint64_t rule = rule_for(f->code), saved = rule >> SAVED_AT & (SAVED_MOST - 1);
    if ((rule & OUTERMOST) != 0)
        f->code = 0;
    if ((rule & (OUTERMOST | UNKNOWN)) != 0 || ((rule & BY_POINTER) != 0 && !f->pointer_known))
        return (rule & OUTERMOST) != 0;
    const uint64_t up = ((rule & BY_POINTER) != 0 ? f->pointer : f->stack) + (rule & (UP_MOST - 1));
    if (up <= f->stack)
        return false;
    if (saved != 0) {
        f->pointer = ((const uint64_t *)(uintptr_t)up)[-(int64_t)saved];
        f->pointer_known = true;
    }
    f->code = arch_return_address(up);
    f->stack = up;
    return f->code != 0;
}

bool frame_rules_due(void)
{
    return verified < WALKS_VERIFIED;
}

void frame_rules_verified(bool same)
{
    if (!same)
        wrong = true;
    else
        atomic_fetch_add(&verified, 1);
}

#else

bool frame_rules_ready(void)
{
    return false;
}

bool frame_rules_step(struct frame_place *f)
{
    (void)f;
    return false;
}

bool frame_rules_due(void)
{
    return false;
}

void frame_rules_verified(bool same)
{
    (void)same;
}

#endif
