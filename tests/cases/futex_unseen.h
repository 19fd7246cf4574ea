/* A futex call that no library sees. */
#include "tests/cases/raw_call.h"

#include <linux/futex.h>
#include <sys/syscall.h>

static inline void futex_wait_unseen(const int *word, int value)
{
    raw_call(SYS_futex, (long)word, FUTEX_WAIT_PRIVATE, value, 0);
}
