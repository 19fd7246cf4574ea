/*
 * What the kernel says of a thread in /proc/PID/task/TID/syscall, read and kept (record/layout.h, struct kernel_word).
 * The library looks from inside the process, `lockwatch run` from outside. Works on memory of the caller's alone.
 */
#ifndef LOCKWATCH_RECORD_KERNEL_WORD_H
#define LOCKWATCH_RECORD_KERNEL_WORD_H

#include "record/layout.h"

/*
 * Of a wait that begins anew when its time is up, as it is one of the library's own (preload/wait/patience.h), the
 * nanoseconds of the deadline leave this remainder. A wait of the program's that ends by its time-out has another one.
 */
enum { PATIENCE_STEP = 40000000, PATIENCE_MARK = 17392161 };

/* The call that a thread is in, as in struct kernel_word. */
struct kernel_call {
    uint32_t call;
    uint32_t how;
    uint64_t futex;
};

/* `text`: what the file has. Without a number the thread runs. */
struct kernel_call kernel_call_read(const char *text);

/*
 * The same for a thread that was blocked, or was not, by its sequence number. `again`: one more sample of one look; a
 * thread that waited for input in any of them counts as one that serves, and one that runs, but napped in the sample
 * before, as one that naps.
 */
void kernel_word_set(struct kernel_word *w, const struct kernel_call *c, uint32_t sequence, uint64_t now, bool again);

/* Whether what was seen still holds: the thread has neither blocked nor gone on since, as far as the library knows. */
bool kernel_word_holds(const struct thread *t);

/* Whether it sleeps in a futex call that its record does not know of. `untimed`: without a time-out. */
bool kernel_word_unseen(const struct thread *t, bool untimed);

/* Whether it slept for a time that it had set itself. */
bool kernel_word_naps(const struct kernel_word *w);

/* "epoll_wait"; NULL: it runs, or that has no name here, or is not known. */
const char *kernel_word_call(const struct kernel_word *w);

/* The number of such a call, on the processor that it was made on. */
uint32_t kernel_word_number(const struct kernel_word *w);

#endif
