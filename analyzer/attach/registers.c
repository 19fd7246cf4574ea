#include "analyzer/attach/registers.h"

/*
 * What a system call that was interrupted has returned, for the kernel to begin it again: ERESTARTSYS, ERESTARTNOINTR,
 * ERESTARTNOHAND, ERESTART_RESTARTBLOCK of the kernel; or EINTR.
 */
static bool is_interrupted(int64_t result)
{
    return result == -512 || result == -513 || result == -514 || result == -516 || result == -4;
}

void registers_keep(struct target_thread *to, const struct user_regs_struct *r)
{
    int64_t returned = 0;
    ARCH_KEEP_REGISTERS(r, to->value, &to->call, to->argument, &returned);
    to->known = (1ull << ARCH_REGISTERS) - 1;
    to->in_call = to->call >= 0 && is_interrupted(returned);
}
