#include "preload/wait/kernel_look.h"

#include "preload/os/clock.h"
#include "preload/os/fork_guard.h"
#include "preload/os/futex_sleep.h"
#include "preload/os/sandbox.h"
#include "preload/os/self.h"
#include "preload/store/recording.h"
#include "preload/store/store.h"

#include <stdatomic.h>

/* Only what has changed is written: the program's threads read their traits. */
static void mark_asleep(struct thread *t, bool asleep)
{
    if (asleep && (t->traits & THREAD_ASLEEP) == 0)
        atomic_fetch_or(&t->traits, THREAD_ASLEEP);
    else if (!asleep && (t->traits & THREAD_ASLEEP) != 0)
        atomic_fetch_and(&t->traits, ~(uint32_t)THREAD_ASLEEP);
}

void kernel_look(bool again)
{
    enum { MOST = 256 };
    const uint64_t now = clock_now();
    uint32_t used = record_used(&ours, TABLE_THREADS), asked = 0;
    int error = errno;
    if (recording != RECORDING_ON || sandbox_shut || fork_guard_is_foreign())
        return;
    for (uint32_t id = 1; id < used && asked < MOST; id++) {
        struct thread *t = record_thread(&ours, id);
        struct kernel_call call;
        uint32_t sequence = t->sequence;
        if (t->state != THREAD_RUNNING || sequence % 2 == 1 || id == self.id)
            continue;
        asked++;
        if (!futex_sleep_call(t->tid, &call) || t->sequence != sequence)
            continue;
        kernel_word_set(&t->kernel, &call, sequence, now, again);
        mark_asleep(t, kernel_word_unseen(t, false));
    }
    ours.header->seen = now;
    errno = error;
}
