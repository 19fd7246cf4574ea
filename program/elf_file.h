/*
 * A 64-bit ELF file, read piece by piece: system calls and a few bytes of stack only (program/preloadable.h). What it
 * says is not to be believed further than a read.
 */
#ifndef LOCKWATCH_PROGRAM_ELF_FILE_H
#define LOCKWATCH_PROGRAM_ELF_FILE_H

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* More the kernel does not take of the first (load_elf_phdrs), and no linker makes of the second. */
enum { SEGMENTS_MAX = 65536 / sizeof(Elf64_Phdr), ENTRIES_MAX = 4096 };

static inline ssize_t elf_read(int fd, void *to, size_t size, uint64_t offset)
{
    return syscall(SYS_pread64, fd, to, size, offset);
}

static inline bool elf_segment(int fd, const Elf64_Ehdr *h, unsigned i, Elf64_Phdr *p)
{
    return elf_read(fd, p, sizeof *p, h->e_phoff + (uint64_t)i * h->e_phentsize) == sizeof *p;
}

/* Where in the file an address is; 0: nowhere. */
static inline uint64_t elf_offset(int fd, const Elf64_Ehdr *h, uint64_t address)
{
    Elf64_Phdr p;
    for (unsigned i = 0; i < h->e_phnum && elf_segment(fd, h, i, &p); i++)
        if (p.p_type == PT_LOAD && address >= p.p_vaddr && address - p.p_vaddr < p.p_filesz)
            return p.p_offset + (address - p.p_vaddr);
    return 0;
}

#endif
