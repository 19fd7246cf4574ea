/* A futex call by an instruction of the program's own: no library sees it. */
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>

static inline void futex_wait_unseen(const int *word, int value)
{
    long result;
    register long none __asm__("r10") = 0;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(SYS_futex), "D"(word), "S"(FUTEX_WAIT_PRIVATE), "d"(value), "r"(none)
                     : "rcx", "r11", "memory");
}
