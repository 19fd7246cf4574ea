/*
 * Futex calls of the program's own, by libc's syscall(): so wait Rust's standard library, GLib, abseil, and of
 * libstdc++ semaphores, barriers, futures and atomic::wait. What a futex is for, and its
 * owner, are not seen; but that a thread waits there, and who has woken waiters there.
 */
#include "preload/hooks/hooks.h"
#include "preload/thread/thread.h"
#include "preload/wait/wait.h"
#include "preload/wait/wakers.h"

#include <linux/futex.h>

typedef unsigned long word;

struct futex_call {
    long number;
    word argument[6];
    long result;
    int error;
};

static int wait_really(void *argument)
{
    struct futex_call *x = argument;
    const word *a = x->argument;
    x->result = real.syscall(x->number, a[0], a[1], a[2], a[3], a[4], a[5]);
    x->error = errno;
    return 0;
}

static uint32_t traits_of(word operation)
{
    return (operation & FUTEX_PRIVATE_FLAG) != 0 ? 0 : TRAIT_SHARED;
}

/* In a wait of another kind this one is a part of that, or of a signal handler. */
static bool is_within_wait(void)
{
    return self.slot->sequence % 2 == 1;
}

static long wait_for(struct futex_call *x, const struct call *call)
{
    const struct call *guard = guard_under_way(call->address);
    const struct wait w = {.call = guard != NULL ? *guard : *call,
                           .traits = guard != NULL ? 0 : traits_of(x->argument[1]),
                           .block = wait_really,
                           .argument = x};
    wait_run(&w);
    if (x->result == -1)
        errno = x->error;
    return x->result;
}

/* Nobody has waited there yet whose wait was recorded: then it is not known as a futex, and need not be. */
static void note_waker(word address, word operation, const struct call *call)
{
    const struct lock_traits what = {.kind = KIND_FUTEX, .traits = traits_of(operation), .site = call->site};
    if (lock_find(address) != 0)
        wakers_posted(self.slot, address, &what, call->frame);
}

/* The arguments that the caller did not give are whatever lies there, and are passed on so. */
long hook_futex(long number, word address, word operation, word value, word time, word other, word last) HIDDEN;

long hook_futex(long number, word address, word operation, word value, word time, word other, word last)
{
    struct futex_call x = {.number = number, .argument = {address, operation, value, time, other, last}};
    const struct call call = {address, KIND_FUTEX, CALL_SITE, CALL_FRAME};
    if (thread_watched() != NULL)
        switch ((int)operation & FUTEX_CMD_MASK) {
        case FUTEX_WAIT:
        case FUTEX_WAIT_BITSET:
            if (time == 0 && !is_within_wait())
                return wait_for(&x, &call);
            break;
        case FUTEX_WAKE:
        case FUTEX_WAKE_BITSET:
        case FUTEX_WAKE_OP:
        case FUTEX_REQUEUE:
        case FUTEX_CMP_REQUEUE:
            note_waker(address, operation, &call);
            break;
        default:
            break;
        }
    return real.syscall(number, address, operation, value, time, other, last);
}
