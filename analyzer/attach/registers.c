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
    const unsigned long long value[REGISTERS] = {r->rax, r->rdx, r->rcx, r->rbx, r->rsi, r->rdi, r->rbp, r->rsp, r->r8,
                                                 r->r9,  r->r10, r->r11, r->r12, r->r13, r->r14, r->r15, r->rip};
    const unsigned long long argument[6] = {r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9};
    for (int i = 0; i < REGISTERS; i++)
        to->value[i] = value[i];
    to->known = (1u << REGISTERS) - 1;
    to->call = (long)r->orig_rax;
    to->in_call = to->call >= 0 && is_interrupted((int64_t)r->rax);
    for (int i = 0; i < 6; i++)
        to->argument[i] = argument[i];
}
