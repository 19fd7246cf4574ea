/*
 * libc's syscall(), by which some programs make calls that concern us. All others jump on, with registers and stack as
 * they came: it is not known how many arguments there are, and the child of a vfork returns from here before its parent
 * does.
 */
#include "preload/os/real.h"

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

__attribute__((used)) static void passage(void)
{
    __asm__ volatile(".pushsection .text\n"
                     ".globl syscall\n"
                     ".type syscall, @function\n"
                     "syscall:\n"
                     "cmp %[futex], %%rdi\n"
                     "je hook_futex\n"
                     "cmp %[seccomp], %%rdi\n"
                     "je hook_seccomp\n"
                     "cmp %[prctl], %%rdi\n"
                     "jne 1f\n"
                     "cmp %[set], %%rsi\n"
                     "je hook_seccomp\n"
                     "1: jmp *(real + %c[next])(%%rip)\n"
                     ".size syscall, . - syscall\n"
                     ".popsection"
                     :
                     : [futex] "i"(SYS_futex), [seccomp] "i"(SYS_seccomp), [prctl] "i"(SYS_prctl),
                       [set] "i"(PR_SET_SECCOMP), [next] "i"(offsetof(struct real, syscall)));
}
