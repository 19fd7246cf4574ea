/*
 * libc's syscall(), by which some programs make calls that concern us. All others jump on, with registers and stack as
 * they came: it is not known how many arguments there are, and the child of a vfork returns from here before its parent
 * does.
 */
#include "arch/arch.h"
#include "preload/os/real.h"

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

__attribute__((used)) static void passage(void)
{
    ARCH_SYSCALL_WRAPPER(SYS_futex, SYS_seccomp, SYS_prctl, PR_SET_SECCOMP, offsetof(struct real, syscall));
}
