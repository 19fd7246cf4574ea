/*
 * Who called the wrapper around a lock call: the next few return addresses, read off the frame pointers where the
 * program keeps them (built without optimisation, or with -fno-omit-frame-pointer). They tell apart the callers of
 * std::mutex::lock, lock_guard and the like when these are functions of their own, and they are remembered for a lock
 * whose stack is taken later, when such a wrapper has returned and others stand where it stood.
 *
 * Whether a caller keeps frame pointers is found out once a call site, by unwinding. Where it does not this costs a
 * load and a comparison.
 */
#ifndef LOCKWATCH_PRELOAD_STACK_CALLERS_H
#define LOCKWATCH_PRELOAD_STACK_CALLERS_H

#include "preload/os/self.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CALLERS_NEAR = 1024 };

/*
 * See who called at `site` with stack pointer `frame`, from a function of ours on, whose frame is `own`. No frame
 * pointer leads further than CALLERS_NEAR up the stack, beyond which there always is some: the thread's own block, or
 * the environment.
 */
void callers_walk(struct callers *c, uint64_t site, uint64_t frame, const uint64_t *own) HIDDEN;

static inline bool callers_near(const uint64_t *own)
{
    return *own - (uint64_t)(uintptr_t)own - 1 < CALLERS_NEAR;
}

/* Where to begin, for a wrapper: NULL if its caller keeps no frame pointer. */
static inline __attribute__((always_inline)) const uint64_t *callers_begin(void)
{
    const uint64_t *own = __builtin_frame_address(0);
    return __builtin_expect(callers_near(own), 0) ? own : NULL;
}

static inline void callers_see(struct callers *c, uint64_t site, uint64_t frame, const uint64_t *begin)
{
    c->key = site;
    c->count = 0;
    if (__builtin_expect(begin != NULL, 0))
        callers_walk(c, site, frame, begin);
}

#endif
