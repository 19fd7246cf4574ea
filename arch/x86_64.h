/* x86-64. See arch/arch.h. */
#ifndef LOCKWATCH_ARCH_X86_64_H
#define LOCKWATCH_ARCH_X86_64_H

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>

#define ARCH_NAME "x86-64"
enum { ARCH_ELF_MACHINE = EM_X86_64 };

/* The largest page that the kernel may be built with. */
enum { ARCH_PAGE_MOST = 4096 };

/* A processor that spins lets the other threads of its core go first. */
static inline void arch_relax(void)
{
    __builtin_ia32_pause();
}

/*
 * Between a store of the thread's own and a load of what another writes: for the compiler alone. Stores become visible
 * in order, but a load may be done first, by as long as a store stays in its buffer; preload/hold/prune.c waits for
 * that.
 */
static inline void arch_order_store_and_load(void)
{
    __asm__ volatile("" : : : "memory");
}

/* --- stacks --- */

/* A call pushes its return address: it stands just below the stack pointer that the caller had. */
enum { ARCH_HAS_PUSHED_RETURNS = 1 };

static inline uint64_t arch_return_address(uint64_t frame)
{
    return ((const uint64_t *)(uintptr_t)frame)[-1];
}

/*
 * The frame pointer of the function that called a wrapper, if it keeps one. The wrappers are compiled so that they
 * leave the register alone (Makefile).
 */
static inline __attribute__((always_inline)) uint64_t arch_frame_pointer(void)
{
    uint64_t pointer;
    __asm__("mov %%rbp, %0" : "=r"(pointer));
    return pointer;
}

/* A thread's stack ends at most this far above its pthread_t, where libc made it: its descriptor lies on top. */
enum { ARCH_ABOVE_SELF = 2048 };

/* Call it with this stack pointer. swapcontext would be seen by a sanitizer, which warns of it, and is not in musl. */
static inline void arch_call_on_stack(char *top, void (*function)(void *argument), void *argument)
{
    __asm__ volatile("movq %%rsp, %%rbx\n\t"
                     "movq %[top], %%rsp\n\t"
                     "callq *%[function]\n\t"
                     "movq %%rbx, %%rsp"
                     : "+D"(argument)
                     : [top] "r"(top), [function] "r"(function)
                     : "rbx", "rax", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "cc", "memory", "xmm0", "xmm1",
                       "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",
                       "xmm13", "xmm14", "xmm15", "st");
}

/* --- single instructions, for which gcc would take two --- */

/* Whether pointer and word have no bit in common. */
static inline __attribute__((always_inline)) bool arch_is_apart(const void *pointer, const uint64_t *word)
{
    bool apart;
    __asm__("test %1, %2" : "=@ccz"(apart) : "r"(pointer), "m"(*word));
    return apart;
}

/* Whether four bytes are not all zero. */
static inline __attribute__((always_inline)) bool arch_any_of_four(const void *bytes)
{
    typedef uint32_t __attribute__((may_alias, aligned(1))) four;
    bool any;
    __asm__("cmpl $0, %1" : "=@ccne"(any) : "m"(*(const four *)bytes));
    return any;
}

/* --- jumping on, with registers and stack as they came --- */

/* first_NAME: leads to first_call with the address of the member `at` of real; preload/os/real.c. */
#define ARCH_STUB(name, at)                                                                                            \
    __asm__ volatile(".pushsection .text\n"                                                                            \
                     "first_" #name ": lea real + %c[member](%%rip), %%r11\n"                                          \
                     "jmp first_call\n"                                                                                \
                     ".popsection"                                                                                     \
                     :                                                                                                 \
                     : [member] "i"(at))

/* first_call: real_first_call with that address, and on to what it returns. */
#define ARCH_PUSH(register) "push %" register "\n.cfi_adjust_cfa_offset 8\n"
#define ARCH_POP(register) "pop %" register "\n.cfi_adjust_cfa_offset -8\n"
// clang-format off
#define ARCH_FIRST_CALL                                                                                                \
    ".text\n"                                                                                                          \
    ".type first_call, @function\n"                                                                                    \
    "first_call:\n"                                                                                                    \
    ".cfi_startproc\n"                                                                                                 \
    ARCH_PUSH("rax") ARCH_PUSH("rdi") ARCH_PUSH("rsi") ARCH_PUSH("rdx") ARCH_PUSH("rcx") ARCH_PUSH("r8")               \
    ARCH_PUSH("r9")                                                                                                    \
    "mov %r11, %rdi\n"                                                                                                 \
    "call real_first_call\n"                                                                                           \
    "mov %rax, %r11\n"                                                                                                 \
    ARCH_POP("r9") ARCH_POP("r8") ARCH_POP("rcx") ARCH_POP("rdx") ARCH_POP("rsi") ARCH_POP("rdi") ARCH_POP("rax")      \
    "jmp *%r11\n"                                                                                                      \
    ".cfi_endproc\n"                                                                                                   \
    ".size first_call, . - first_call"
// clang-format on

/* The wrapper `syscall`; preload/hooks/syscall.c. */
#define ARCH_SYSCALL_WRAPPER(futex_call, seccomp_call, prctl_call, set_seccomp, at)                                    \
    __asm__ volatile(".pushsection .text\n"                                                                            \
                     ".globl syscall\n"                                                                                \
                     ".type syscall, @function\n"                                                                      \
                     "syscall:\n"                                                                                      \
                     "cmp %[futex], %%rdi\n"                                                                           \
                     "je hook_futex\n"                                                                                 \
                     "cmp %[seccomp], %%rdi\n"                                                                         \
                     "je hook_seccomp\n"                                                                               \
                     "cmp %[prctl], %%rdi\n"                                                                           \
                     "jne 1f\n"                                                                                        \
                     "cmp %[set], %%rsi\n"                                                                             \
                     "je hook_seccomp\n"                                                                               \
                     "1: jmp *(real + %c[next])(%%rip)\n"                                                              \
                     ".size syscall, . - syscall\n"                                                                    \
                     ".popsection"                                                                                     \
                     :                                                                                                 \
                     : [futex] "i"(futex_call), [seccomp] "i"(seccomp_call), [prctl] "i"(prctl_call),                  \
                       [set] "i"(set_seccomp), [next] "i"(at))

/* As DWARF numbers registers: the frame pointer, the stack pointer, and where the return address is. */
#define ARCH_DWARF_POINTER 6
#define ARCH_DWARF_STACK 7
#define ARCH_DWARF_RETURN 16

/* --- another program, seen from outside (analyzer/attach) --- */

/* As DWARF numbers them. */
enum { ARCH_REGISTERS = 17, ARCH_REGISTER_FRAME = 6, ARCH_REGISTER_STACK = 7, ARCH_REGISTER_CODE = 16 };

/* struct user_regs_struct to those, to a system call's number and arguments, and to what it has returned. */
#define ARCH_KEEP_REGISTERS(r, to, number, given, returned)                                                            \
    do {                                                                                                               \
        const unsigned long long all[ARCH_REGISTERS] = {(r)->rax, (r)->rdx, (r)->rcx, (r)->rbx, (r)->rsi, (r)->rdi,    \
                                                        (r)->rbp, (r)->rsp, (r)->r8,  (r)->r9,  (r)->r10, (r)->r11,    \
                                                        (r)->r12, (r)->r13, (r)->r14, (r)->r15, (r)->rip};             \
        const unsigned long long first[6] = {(r)->rdi, (r)->rsi, (r)->rdx, (r)->r10, (r)->r8, (r)->r9};                \
        for (int i = 0; i < ARCH_REGISTERS; i++)                                                                       \
            (to)[i] = all[i];                                                                                          \
        for (int i = 0; i < 6; i++)                                                                                    \
            (given)[i] = first[i];                                                                                     \
        *(number) = (long)(r)->orig_rax;                                                                               \
        *(returned) = (int64_t)(r)->rax;                                                                               \
    } while (false)

/* How the eight bytes of code before a return address call: 0: not; 1: something; 2: `function`. */
static inline int arch_calls(const uint8_t code[8], uint64_t back, uint64_t function)
{
    int32_t distance;
    __builtin_memcpy(&distance, code + 4, sizeof distance);
    if (code[3] == 0xe8)
        return back + (uint64_t)(int64_t)distance == function ? 2 : 1;
    for (int size = 2; size <= 7; size++) /* ff /2 */
        if (code[8 - size] == 0xff && (code[9 - size] >> 3 & 7) == 2)
            return 1;
    return 0;
}

/* --- glibc --- */

/* A spinlock that is free, and one that is held (nptl/pthread_spin_lock.c and what processors have in its place). */
enum { ARCH_GLIBC_SPIN_FREE = 1, ARCH_GLIBC_SPIN_HELD = 0 };

/* In the memory that a pthread_t of glibc is the address of: its own address (-1: it is not there), and its tid. */
enum { ARCH_GLIBC_THREAD_SELF = 0x10, ARCH_GLIBC_THREAD_TID = 0x2d0 };

#endif
