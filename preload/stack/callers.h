/*
 * Who called a wrapper: the next few return addresses, read off the frame pointers where the program keeps them (built
 * without optimisation, or with -fno-omit-frame-pointer). They tell apart the callers of std::mutex::lock, lock_guard
 * and the like when these are functions of their own, and they are remembered for a lock whose stack is needed later,
 * when such a wrapper has returned and others stand where it stood.
 *
 * Each combination of a call site and its callers is verified once, by unwinding, and kept for good. After that it is
 * found by a hash of its return addresses: about 30 instructions. Where the program keeps no frame pointers this costs
 * four, to see that.
 */
#ifndef LOCKWATCH_PRELOAD_STACK_CALLERS_H
#define LOCKWATCH_PRELOAD_STACK_CALLERS_H

#include "arch/arch.h"
#include "preload/stack/stack.h"
#include "record/layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CALLERS_NEAR = 1024, /* no frame pointer leads further up the stack than this, beyond which there always is some:
                            the thread's own block, or the environment */
};

/* By hash: a key, and what held_lock.call says for it, without kind and how. */
struct callers_known {
    uint64_t key, call;
};
extern struct callers_known *callers_known HIDDEN;
extern uint64_t callers_mask HIDDEN; /* of bytes; 0 until something is known */

/* By bits of the product that all lower bits of the key count for. */
static inline struct callers_known *callers_place(uint64_t key)
{
    return (struct callers_known *)(void *)((char *)callers_known + (key * 0x1E3779B1u >> 24 & callers_mask));
}

static inline __attribute__((always_inline)) bool callers_framed(uint64_t frame)
{
    return __builtin_expect(arch_frame_pointer() - frame < CALLERS_NEAR, 0);
}

static inline __attribute__((always_inline)) bool callers_is_near(uint64_t at, uint64_t next)
{
    return next - at < CALLERS_NEAR;
}

/* Of the return addresses, and how far apart they are: a stack that grew by alloca is another combination. */
static inline __attribute__((always_inline)) uint64_t callers_key(uint64_t site, uint64_t frame, uint64_t pointer)
{
    uint64_t key = site, at = pointer;
#pragma GCC unroll 4
    for (int i = 0; i < CALLERS; i++) {
        const uint64_t *f = (const uint64_t *)(uintptr_t)at;
        key = (key << 7 | key >> 57) ^ f[1];
        if (i == CALLERS - 1 || !callers_is_near(at, f[0]))
            break;
        at = f[0];
    }
    return key + at - frame;
}

/* The key of a call site whose frame pointers cannot be believed: the register may hold anything there. */
static inline uint64_t callers_bad_key(uint64_t site)
{
    return ~site;
}

static inline bool callers_is_bad(uint64_t site)
{
    const struct callers_known *k = callers_place(callers_bad_key(site));
    return k[0].key == callers_bad_key(site) || k[1].key == callers_bad_key(site);
}

/* *call: what held_lock.call says of a call at `site` with stack pointer `frame`, if callers_framed. False: not known.
 */
static inline __attribute__((always_inline)) bool callers_find(uint64_t site, uint64_t frame, uint64_t pointer,
                                                               uint64_t *call)
{
    const uint64_t key = callers_key(site, frame, pointer);
    const struct callers_known *k = callers_place(key); /* sets of two */
    if (__builtin_expect(k[0].key == key, 1)) {
        *call = k[0].call;
        return true;
    }
    const bool second = k[1].key == key;
    *call = second ? k[1].call : site;
    return second || callers_is_bad(site);
}

/* The same, once it was verified. */
uint64_t callers_learn(uint64_t site, uint64_t frame, uint64_t pointer) HIDDEN;

/*
 * For a thread that is in Python code, at the call that it is in: where that is counts like callers. Each combination
 * has its whole stack. 0: it is in none.
 */
uint64_t callers_learn_python(uint64_t site, uint64_t frame) HIDDEN;

/* The callers that held_lock.call names, of a call with this stack pointer; without any if it names none. */
struct callers callers_of(uint64_t call, uint64_t frame) HIDDEN;

/* held_lock.call with its stack: the record has begun, or is another one, since it was stored. */
uint64_t callers_refresh(uint64_t call) HIDDEN;

/* The record begins: put in the stacks of what was learnt before. And in the child of a fork, which has none yet. */
void callers_start(void) HIDDEN;
void callers_reset(void) HIDDEN;

#endif
