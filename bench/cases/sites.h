/*
 * The same two locks, nested, from many places of the program: 4096 functions that do the same. They are written in
 * assembly, as a compiler takes long over so many, or makes one of them.
 */
#ifndef LOCKWATCH_BENCH_CASES_SITES_H
#define LOCKWATCH_BENCH_CASES_SITES_H

#include "bench/cases/locks.h"

struct sites_arguments {
    int (*lock)(pthread_mutex_t *);
    int (*unlock)(pthread_mutex_t *);
    pthread_mutex_t *outer, *inner;
};

/* A function that keeps frame pointers begins with this; gcc does not tell which of its options are in force. */
#ifdef KEEPS_FRAME_POINTERS
#define SITES_ENTER                                                                                                    \
    "push %rbp\n.cfi_def_cfa_offset 16\n.cfi_offset %rbp, -16\nmov %rsp, %rbp\npush %rbx\n.cfi_def_cfa_offset "        \
    "24\n.cfi_offset %rbx, -24\nsub $8, %rsp\n.cfi_def_cfa_offset 32\n"
#define SITES_LEAVE "add $8, %rsp\n.cfi_def_cfa_offset 24\npop %rbx\n.cfi_def_cfa_offset 16\npop %rbp\n"
#else
#define SITES_ENTER "push %rbx\n.cfi_def_cfa_offset 16\n.cfi_offset %rbx, -16\n"
#define SITES_LEAVE "pop %rbx\n"
#endif

/* Each copy: lock(outer), lock(inner), unlock(inner), unlock(outer). */
enum { SITES = 4096, SITES_BYTES = 64 };
void sites_first(const struct sites_arguments *arguments);
__asm__(".text\n"
        ".p2align 6\n"
        "sites_first:\n"
        ".rept 4096\n"
        ".cfi_startproc\n" SITES_ENTER "mov %rdi, %rbx\n"
        "mov 16(%rbx), %rdi\n"
        "call *(%rbx)\n"
        "mov 24(%rbx), %rdi\n"
        "call *(%rbx)\n"
        "mov 24(%rbx), %rdi\n"
        "call *8(%rbx)\n"
        "mov 16(%rbx), %rdi\n"
        "call *8(%rbx)\n" SITES_LEAVE ".cfi_def_cfa_offset 8\n"
        "ret\n"
        ".cfi_endproc\n"
        ".p2align 6\n"
        ".endr\n");

static inline void sites_visit(const struct calls *c, unsigned site)
{
    const struct sites_arguments arguments = {c->pthread_mutex_lock, c->pthread_mutex_unlock, &cases_have.lock[0],
                                              &cases_have.lock[1]};
    ((void (*)(const struct sites_arguments *))((const char *)sites_first + (size_t)site * SITES_BYTES))(&arguments);
}

/* From one of the first `size` places, at random. */
static void cases_sites(const struct calls *c, unsigned rounds, unsigned size)
{
    while (rounds--) {
        sites_visit(c, chance(size));
    }
}

#endif
