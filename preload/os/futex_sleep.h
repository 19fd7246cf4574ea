/*
 * Whether the kernel has a thread asleep, and on what: /proc/self/task/TID/syscall names the futex that it waits on. A
 * thread that left our wrapper by longjmp out of a signal handler is not asleep there, and neither is one that has just
 * been woken.
 */
#ifndef LOCKWATCH_PRELOAD_OS_FUTEX_SLEEP_H
#define LOCKWATCH_PRELOAD_OS_FUTEX_SLEEP_H

#include "preload/os/real.h"
#include "record/kernel_word.h"

#include <stddef.h>
#include <stdint.h>

enum futex_sleep {
    ASLEEP_UNKNOWN,   /* the kernel does not say */
    ASLEEP_NOT,       /* it runs, or is in another call */
    ASLEEP_ELSEWHERE, /* on a futex outside of those bytes */
    ASLEEP_THERE,
};

/* About 3 µs. No cancellation point. */
enum futex_sleep futex_sleep_on(uint32_t tid, uint64_t address, size_t size) HIDDEN;

/*
 * The same for a thread that waits for a lock of this kind and size: musl's conditions and barriers have their waiters
 * sleep on the stacks of these (glibc_waits_at).
 */
enum futex_sleep futex_sleep_in(uint32_t tid, uint16_t kind, uint64_t address, size_t size) HIDDEN;

/* The call that the thread is in. False: the kernel does not say. */
bool futex_sleep_call(uint32_t tid, struct kernel_call *call) HIDDEN;

/* Whether a cancellation is on its way to the thread, or another signal of libc's own: sent, and not come yet. */
bool futex_sleep_is_cancelled(uint32_t tid) HIDDEN;

/* As futex_sleep_on, for a file's lock: whichever file, ASLEEP_THERE. */
enum futex_sleep futex_sleep_on_file(uint32_t tid) HIDDEN;

#endif
