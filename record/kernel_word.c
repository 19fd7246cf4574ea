#include "record/kernel_word.h"

#include "arch/arch.h"
#include "record/number.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

/* What not every processor has, or not every libc knows. */
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 (-1)
#endif
#ifndef SYS_epoll_wait
#define SYS_epoll_wait (-1)
#endif
#ifndef SYS_io_uring_enter
#define SYS_io_uring_enter (-1)
#endif
#ifndef SYS_open
#define SYS_open (-1)
#endif
#ifndef SYS_pause
#define SYS_pause (-1)
#endif
#ifndef SYS_poll
#define SYS_poll (-1)
#endif
#ifndef SYS_select
#define SYS_select (-1)
#endif

enum call_kind { OTHER, INPUT };

/*
 * The calls in which a thread may stay for long, by the numbers of x86-64, which records have, wherever they come from.
 * INPUT: it waits for what comes from outside.
 */
static const struct call {
    const char *name;
    uint32_t number;
    int32_t here; /* its number on this processor; -1: none */
    enum call_kind kind;
} calls[] = {
#define CALL_OF(name, number, kind) {#name, number, SYS_##name, kind},
    // clang-format off
    CALL_OF(accept, 43, INPUT) CALL_OF(accept4, 288, INPUT) CALL_OF(clock_nanosleep, 230, OTHER)
    CALL_OF(connect, 42, OTHER) CALL_OF(epoll_pwait, 281, INPUT) CALL_OF(epoll_pwait2, 441, INPUT)
    CALL_OF(epoll_wait, 232, INPUT) CALL_OF(fcntl, 72, OTHER) CALL_OF(fdatasync, 75, OTHER) CALL_OF(flock, 73, OTHER)
    CALL_OF(fsync, 74, OTHER) CALL_OF(futex, 202, OTHER) CALL_OF(io_getevents, 208, INPUT)
    CALL_OF(io_uring_enter, 426, INPUT) CALL_OF(ioctl, 16, OTHER) CALL_OF(mq_timedreceive, 243, INPUT)
    CALL_OF(msgrcv, 70, INPUT) CALL_OF(nanosleep, 35, OTHER) CALL_OF(open, 2, OTHER) CALL_OF(openat, 257, OTHER)
    CALL_OF(pause, 34, INPUT) CALL_OF(poll, 7, INPUT) CALL_OF(ppoll, 271, INPUT) CALL_OF(preadv, 295, INPUT)
    CALL_OF(pselect6, 270, INPUT) CALL_OF(read, 0, INPUT) CALL_OF(readv, 19, INPUT) CALL_OF(recvfrom, 45, INPUT)
    CALL_OF(recvmmsg, 299, INPUT) CALL_OF(recvmsg, 47, INPUT) CALL_OF(rt_sigsuspend, 130, INPUT)
    CALL_OF(rt_sigtimedwait, 128, INPUT) CALL_OF(sched_yield, 24, OTHER) CALL_OF(select, 23, INPUT)
    CALL_OF(semop, 65, OTHER) CALL_OF(semtimedop, 220, OTHER) CALL_OF(sendmsg, 46, OTHER) CALL_OF(sendto, 44, OTHER)
    CALL_OF(wait4, 61, INPUT) CALL_OF(waitid, 247, INPUT) CALL_OF(write, 1, OTHER) CALL_OF(writev, 20, OTHER)
// clang-format on
#undef CALL_OF
};

/* Others have the number that their own processor gives them: above UNNAMED where that is not x86-64. */
enum { FUTEX = 202, UNNAMED = 1 << 16, OTHERS = ARCH_ELF_MACHINE == EM_X86_64 ? 0 : UNNAMED };

static const struct call *find(uint32_t call)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (call == calls[i].number + CALL_FIRST)
            return &calls[i];
    return NULL;
}

static const struct call *find_here(long number)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (number == calls[i].here)
            return &calls[i];
    return NULL;
}

struct kernel_call kernel_call_read(const char *text)
{
    enum { ARGUMENTS = 4, TIME = 3 };
    struct kernel_call c = {.call = CALL_NONE};
    uint64_t argument[ARGUMENTS];
    const char *at;
    long number = (long)number_read(text, &at, 10);
    if (at == text || number < 0 || number > INT32_MAX - UNNAMED - CALL_FIRST)
        return c;
    const struct call *known = find_here(number);
    for (int i = 0; i < ARGUMENTS; i++)
        argument[i] = number_read(at, &at, 16);
    c.call = (known != NULL ? known->number : OTHERS + (uint32_t)number) + CALL_FIRST;
    if (number == SYS_futex) {
        c.futex = argument[0];
        c.how = argument[TIME] != 0 ? CALL_TIMED : 0;
    }
    if (known != NULL && known->kind == INPUT)
        c.how |= CALL_OUTSIDE;
    return c;
}

bool kernel_word_naps(const struct kernel_word *w)
{
    const struct call *known = find(w->call);
    return known != NULL && strstr(known->name, "nanosleep") != NULL;
}

void kernel_word_set(struct kernel_word *w, const struct kernel_call *c, uint32_t sequence, uint64_t now, bool again)
{
    bool same = w->since != 0 && w->sequence == sequence && w->call == c->call && w->futex == c->futex;
    bool stays = c->call >= CALL_FIRST && (c->how & CALL_TIMED) == 0;
    uint32_t outside = again && w->sequence == sequence ? w->how & CALL_OUTSIDE : 0;
    w->looked = now;
    if (again && w->sequence == sequence && c->call == CALL_NONE && kernel_word_naps(w))
        return;
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
    return t->sequence % 2 == 0 && kernel_word_holds(t) && t->kernel.call == FUTEX + CALL_FIRST &&
           !(untimed && (t->kernel.how & CALL_TIMED) != 0);
}

const char *kernel_word_call(const struct kernel_word *w)
{
    const struct call *known = find(w->call);
    return known == NULL ? NULL : known->name;
}

uint32_t kernel_word_number(const struct kernel_word *w)
{
    return (w->call - CALL_FIRST) % UNNAMED;
}
