#include "preload/store/recording.h"

#include <stdatomic.h>
#include <unistd.h>

_Atomic int recording;
struct thread recording_boot SMALL;
pid_t recording_pid;
bool recording_forked;
bool (*recording_begin)(void);
void (*recording_end)(int status);

/*
 * Begun by the only thread there is: before it makes a second one, or when it holds two locks or blocks. A thread that
 * libc made meanwhile, and that comes first, leaves it to the first one.
 */
bool recording_ready(void)
{
    if (fork_guard_is_foreign())
        return false;
    int state = atomic_load_explicit(&recording, memory_order_acquire);
    if (state == RECORDING_ON)
        return true;
    if (state != RECORDING_NONE || self.own != &recording_boot ||
        !atomic_compare_exchange_strong(&recording, &state, RECORDING_BEGINS))
        return false;
    bool good = recording_begin();
    atomic_store(&recording, good ? RECORDING_ON : RECORDING_OVER);
    if (!good)
        self.own = NULL, self.over = true;
    return good;
}

bool recording_is_us(void)
{
    return getpid() == recording_pid;
}
