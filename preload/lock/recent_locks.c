#include "preload/lock/recent_locks.h"

/* Called every 1 << 13 ticks, so nothing gets older than twice that, and of two times it stays clear which is later. */
void recent_locks_wrap(void)
{
    self.recent_wraps++;
    const uint16_t oldest = (uint16_t)(recent_locks_clock(self.now) - (1 << 13));
    for (int i = 0; i < RECENT_LOCKS; i++)
        if (!recent_locks_is_after(recent_locks_clock(self.recent_locks[i]), oldest)) {
            self.recent_locks[i] = 0;
            self.knows[i] = 1;
        }
    if (!recent_locks_is_after(self.woke, oldest))
        self.woke = oldest;
    if (!recent_locks_is_after(self.parted, oldest))
        self.parted = oldest;
}
