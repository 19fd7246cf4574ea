#include "record/kernel_word.h"

#include <stdlib.h>
#include <sys/syscall.h>

enum call_kind { CALL_OTHER, CALL_INPUT };

/* The calls in which a thread may stay for long. CALL_INPUT: it waits for what comes from outside. */
static const struct call {
    const char *name;
    uint32_t number;
    enum call_kind kind;
} calls[] = {
#define CALL_OF(name, kind) {#name, SYS_##name, kind},
    // clang-format off
    CALL_OF(accept, CALL_INPUT) CALL_OF(accept4, CALL_INPUT) CALL_OF(epoll_pwait, CALL_INPUT)
    CALL_OF(epoll_wait, CALL_INPUT) CALL_OF(io_getevents, CALL_INPUT) CALL_OF(mq_timedreceive, CALL_INPUT)
    CALL_OF(msgrcv, CALL_INPUT) CALL_OF(pause, CALL_INPUT) CALL_OF(poll, CALL_INPUT) CALL_OF(ppoll, CALL_INPUT)
    CALL_OF(preadv, CALL_INPUT) CALL_OF(pselect6, CALL_INPUT) CALL_OF(read, CALL_INPUT) CALL_OF(readv, CALL_INPUT)
    CALL_OF(recvfrom, CALL_INPUT) CALL_OF(recvmmsg, CALL_INPUT) CALL_OF(recvmsg, CALL_INPUT)
    CALL_OF(rt_sigsuspend, CALL_INPUT) CALL_OF(rt_sigtimedwait, CALL_INPUT) CALL_OF(select, CALL_INPUT)
    CALL_OF(wait4, CALL_INPUT) CALL_OF(waitid, CALL_INPUT)
    CALL_OF(clock_nanosleep, CALL_OTHER) CALL_OF(connect, CALL_OTHER) CALL_OF(fcntl, CALL_OTHER)
    CALL_OF(fdatasync, CALL_OTHER) CALL_OF(flock, CALL_OTHER) CALL_OF(fsync, CALL_OTHER) CALL_OF(futex, CALL_OTHER)
    CALL_OF(ioctl, CALL_OTHER) CALL_OF(nanosleep, CALL_OTHER) CALL_OF(open, CALL_OTHER) CALL_OF(openat, CALL_OTHER)
    CALL_OF(sched_yield, CALL_OTHER) CALL_OF(semop, CALL_OTHER) CALL_OF(semtimedop, CALL_OTHER)
    CALL_OF(sendmsg, CALL_OTHER) CALL_OF(sendto, CALL_OTHER) CALL_OF(write, CALL_OTHER) CALL_OF(writev, CALL_OTHER)
// clang-format on
#ifdef SYS_epoll_pwait2
                                                            CALL_OF(epoll_pwait2, CALL_INPUT)
#endif
#ifdef SYS_io_uring_enter
                                                                CALL_OF(io_uring_enter, CALL_INPUT)
#endif
#undef CALL_OF
};

static const struct call *find(uint32_t call)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (call == calls[i].number + CALL_FIRST)
            return &calls[i];
    return NULL;
}

struct kernel_call kernel_call_read(const char *text)
{
    enum { ARGUMENTS = 4, TIME = 3 };
    struct kernel_call c = {.call = CALL_NONE};
    uint64_t argument[ARGUMENTS];
    char *at;
    long number = strtol(text, &at, 10);
    if (at == text || number < 0 || number > INT32_MAX)
        return c;
    for (int i = 0; i < ARGUMENTS; i++)
        argument[i] = strtoull(at, &at, 16);
    c.call = (uint32_t)number + CALL_FIRST;
    if (number == SYS_futex) {
        c.futex = argument[0];
        c.how = argument[TIME] != 0 ? CALL_TIMED : 0;
    }
    const struct call *known = find(c.call);
    if (known != NULL && known->kind == CALL_INPUT)
        c.how |= CALL_OUTSIDE;
    return c;
}

void kernel_word_set(struct kernel_word *w, const struct kernel_call *c, uint32_t sequence, uint64_t now, bool again)
{
    bool same = w->since != 0 && w->sequence == sequence && w->call == c->call && w->futex == c->futex;
    bool stays = c->call >= CALL_FIRST && (c->how & CALL_TIMED) == 0;
    uint32_t outside = again && w->sequence == sequence ? w->how & CALL_OUTSIDE : 0;
    w->looked = now;
    w->since = !stays ? 0 : same ? w->since : now;
    w->futex = c->futex;
    w->how = c->how | outside;
    w->call = c->call;
    w->sequence = sequence;
}

bool kernel_word_holds(const struct thread *t)
{
    return t->kernel.looked != 0 && t->kernel.sequence == t->sequence && t->state == THREAD_RUNNING;
}

bool kernel_word_unseen(const struct thread *t, bool untimed)
{
    return t->sequence % 2 == 0 && kernel_word_holds(t) && t->kernel.call == SYS_futex + CALL_FIRST &&
           !(untimed && (t->kernel.how & CALL_TIMED) != 0);
}

const char *kernel_word_call(const struct kernel_word *w)
{
    const struct call *known = find(w->call);
    return known == NULL ? NULL : known->name;
}
