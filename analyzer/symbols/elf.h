/*
 * One ELF file of the watched process, opened with elfutils: checked against the build-id in the record, and
 * placed so that addresses of the process can be turned into those of the file.
 */
#ifndef LOCKWATCH_ANALYZER_SYMBOLS_ELF_H
#define LOCKWATCH_ANALYZER_SYMBOLS_ELF_H

#include "record/table.h"

#include <elfutils/libdwfl.h>

struct elf_module {
    bool tried;
    const char *name; /* base name of its path */
    char build_id[2 * 31 + 1];
    const char *problem; /* why little is known of it; NULL: no problem, or not opened yet */
    Dwfl *dwfl;
    Dwfl_Module *dwfl_module;  /* NULL: it cannot be read */
    uint64_t shift;            /* an address of the process plus this is elfutils' address */
    struct elf_name *symbols;  /* the names of all its symbols, read when first needed */
    struct frames_unit *units; /* the functions of its compilation units, likewise (frames.h) */
};

/* Sets name and build-id, without opening the file. */
void elf_describe(struct elf_module *m, const struct record *r, const struct module *recorded);

/* Opens it, once. True: it can be read. */
bool elf_open(struct elf_module *m, const struct record *r, const struct module *recorded);

void elf_close(struct elf_module *m);

/*
 * Whether no other function or variable of the file has this name. The first call reads all symbols.
 */
bool elf_unique(struct elf_module *m, const char *symbol);

/* The symbol that covers an address of the process, and in *offset how far into it that is; NULL: none does. */
const char *elf_symbol(struct elf_module *m, uint64_t address, bool data, uint64_t *offset);

#endif
