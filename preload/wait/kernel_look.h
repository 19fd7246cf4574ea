/*
 * What the kernel says of the threads that run as far as the library knows: noted in the record (record/layout.h,
 * struct kernel_word), for who judges it when the process is gone. A thread that sleeps in a futex call waits for
 * something that the library does not see: in libstdc++, inside libc, by a call of the program's own.
 *
 * Any thread may look, several at a time. Costs some 4 µs a thread, of 256 at most. No cancellation point.
 */
#ifndef LOCKWATCH_PRELOAD_WAIT_KERNEL_LOOK_H
#define LOCKWATCH_PRELOAD_WAIT_KERNEL_LOOK_H

#include "preload/os/real.h"

#include <stdbool.h>

/* `again`: one more sample of the same look. */
void kernel_look(bool again) HIDDEN;

#endif
