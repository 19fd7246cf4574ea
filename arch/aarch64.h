/* aarch64, little-endian. See arch/arch.h. */
#ifndef LOCKWATCH_ARCH_AARCH64_H
#define LOCKWATCH_ARCH_AARCH64_H

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>

#define ARCH_NAME "aarch64"
enum { ARCH_ELF_MACHINE = EM_AARCH64 };

/* The largest page that the kernel may be built with. */
enum { ARCH_PAGE_MOST = 65536 };

static inline void arch_relax(void)
{
    __asm__ volatile("yield");
}

/* Between a store of the thread's own and a load of what another writes. */
static inline void arch_order_store_and_load(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* --- stacks --- */

/*
 * A call leaves its return address in a register, and each function saves it where it likes, signed perhaps. So it is
 * read by the unwinder alone, which takes the signature off.
 */
enum { ARCH_HAS_PUSHED_RETURNS = 0 };

static inline uint64_t arch_return_address(uint64_t frame)
{
    (void)frame;
    return 0;
}

/* No frame pointer is near a stack pointer of 0, so none is followed. */
static inline __attribute__((always_inline)) uint64_t arch_frame_pointer(void)
{
    return 0;
}

/* Above its pthread_t lie its thread-local variables, glibc's and those of all that was loaded at the start. */
enum { ARCH_ABOVE_SELF = 8192 };

/* Call it with this stack pointer. */
static inline void arch_call_on_stack(char *top, void (*function)(void *argument), void *argument)
{
    register void *first __asm__("x0") = argument;
    register void (*to)(void *) __asm__("x9") = function;
    register char *stack __asm__("x10") = top;
    __asm__ volatile("mov x19, sp\n\t"
                     "mov sp, x10\n\t"
                     "blr x9\n\t"
                     "mov sp, x19"
                     : "+r"(first), "+r"(to), "+r"(stack)
                     :
                     : "x19", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x11", "x12", "x13", "x14", "x15", "x16",
                       "x17", "x18", "x30", "cc", "memory", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9",
                       "v10", "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23",
                       "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31");
}

/* --- what x86-64 has one instruction for --- */

static inline __attribute__((always_inline)) bool arch_is_apart(const void *pointer, const uint64_t *word)
{
    return ((uintptr_t)pointer & *(const volatile uint64_t *)word) == 0;
}

static inline __attribute__((always_inline)) bool arch_any_of_four(const void *bytes)
{
    typedef uint32_t __attribute__((may_alias, aligned(1))) four;
    return *(const volatile four *)bytes != 0;
}

/* --- jumping on, with registers and stack as they came --- */

#define ARCH_STUB(name, at)                                                                                            \
    __asm__ volatile(".pushsection .text\n"                                                                            \
                     "first_" #name ":\n"                                                                              \
                     "adrp x17, real + %c[member]\n"                                                                   \
                     "add x17, x17, #:lo12:real + %c[member]\n"                                                        \
                     "b first_call\n"                                                                                  \
                     ".popsection"                                                                                     \
                     :                                                                                                 \
                     : [member] "i"(at))

/* No intercepted call has arguments in the other registers. */
#define ARCH_FIRST_CALL                                                                                                \
    ".text\n"                                                                                                          \
    ".type first_call, %function\n"                                                                                    \
    "first_call:\n"                                                                                                    \
    ".cfi_startproc\n"                                                                                                 \
    "stp x29, x30, [sp, #-96]!\n"                                                                                      \
    ".cfi_adjust_cfa_offset 96\n"                                                                                      \
    ".cfi_rel_offset x29, 0\n"                                                                                         \
    ".cfi_rel_offset x30, 8\n"                                                                                         \
    "mov x29, sp\n"                                                                                                    \
    "stp x0, x1, [sp, #16]\n"                                                                                          \
    "stp x2, x3, [sp, #32]\n"                                                                                          \
    "stp x4, x5, [sp, #48]\n"                                                                                          \
    "stp x6, x7, [sp, #64]\n"                                                                                          \
    "str x8, [sp, #80]\n"                                                                                              \
    "mov x0, x17\n"                                                                                                    \
    "bl real_first_call\n"                                                                                             \
    "mov x17, x0\n"                                                                                                    \
    "ldp x0, x1, [sp, #16]\n"                                                                                          \
    "ldp x2, x3, [sp, #32]\n"                                                                                          \
    "ldp x4, x5, [sp, #48]\n"                                                                                          \
    "ldp x6, x7, [sp, #64]\n"                                                                                          \
    "ldr x8, [sp, #80]\n"                                                                                              \
    "ldp x29, x30, [sp], #96\n"                                                                                        \
    ".cfi_adjust_cfa_offset -96\n"                                                                                     \
    ".cfi_restore x29\n"                                                                                               \
    ".cfi_restore x30\n"                                                                                               \
    "br x17\n"                                                                                                         \
    ".cfi_endproc\n"                                                                                                   \
    ".size first_call, . - first_call"

/* Numbers of system calls are below 4096, which is what a comparison can be with. */
#define ARCH_SYSCALL_WRAPPER(futex_call, seccomp_call, prctl_call, set_seccomp, at)                                    \
    __asm__ volatile(".pushsection .text\n"                                                                            \
                     ".globl syscall\n"                                                                                \
                     ".type syscall, %%function\n"                                                                     \
                     "syscall:\n"                                                                                      \
                     "cmp x0, #%c[futex]\n"                                                                            \
                     "b.eq hook_futex\n"                                                                               \
                     "cmp x0, #%c[seccomp]\n"                                                                          \
                     "b.eq hook_seccomp\n"                                                                             \
                     "cmp x0, #%c[prctl]\n"                                                                            \
                     "b.ne 1f\n"                                                                                       \
                     "cmp x1, #%c[set]\n"                                                                              \
                     "b.eq hook_seccomp\n"                                                                             \
                     "1: adrp x16, real + %c[next]\n"                                                                  \
                     "ldr x16, [x16, #:lo12:real + %c[next]]\n"                                                        \
                     "br x16\n"                                                                                        \
                     ".size syscall, . - syscall\n"                                                                    \
                     ".popsection"                                                                                     \
                     :                                                                                                 \
                     : [futex] "i"(futex_call), [seccomp] "i"(seccomp_call), [prctl] "i"(prctl_call),                  \
                       [set] "i"(set_seccomp), [next] "i"(at))

/* --- another program, seen from outside (analyzer/attach) --- */

/* As DWARF numbers them, and libunwind goes on from there. */
enum { ARCH_REGISTERS = 33, ARCH_REGISTER_FRAME = 29, ARCH_REGISTER_STACK = 31, ARCH_REGISTER_CODE = 32 };

/* The number is in x8 also between calls: then no result looks like an interrupted call's. */
#define ARCH_KEEP_REGISTERS(r, to, number, given, returned)                                                            \
    do {                                                                                                               \
        for (int i = 0; i < 31; i++)                                                                                   \
            (to)[i] = (r)->regs[i];                                                                                    \
        (to)[ARCH_REGISTER_STACK] = (r)->sp;                                                                           \
        (to)[ARCH_REGISTER_CODE] = (r)->pc;                                                                            \
        for (int i = 0; i < 6; i++)                                                                                    \
            (given)[i] = (r)->regs[i];                                                                                 \
        *(number) = (long)(r)->regs[8];                                                                                \
        *(returned) = (int64_t)(r)->regs[0];                                                                           \
    } while (false)

/* bl, with a distance in words of 26 bits; blr. */
static inline int arch_calls(const uint8_t code[8], uint64_t back, uint64_t function)
{
    uint32_t word;
    __builtin_memcpy(&word, code + 4, sizeof word);
    if (word >> 26 == 0x25) {
        int64_t distance = ((int64_t)(int32_t)(word << 6) >> 6) * 4;
        return back - 4 + (uint64_t)distance == function ? 2 : 1;
    }
    return (word & 0xfffffc1f) == 0xd63f0000 ? 1 : 0;
}

/* --- glibc --- */

enum { ARCH_GLIBC_SPIN_FREE = 0, ARCH_GLIBC_SPIN_HELD = 1 };
enum { ARCH_GLIBC_THREAD_SELF = -1, ARCH_GLIBC_THREAD_TID = 0xd0 };

#endif
