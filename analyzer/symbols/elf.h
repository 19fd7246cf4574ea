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
    const char *problem; /* why it tells little; NULL: it does not, or nobody asked yet */
    Dwfl *dwfl;
    Dwfl_Module *dwfl_module; /* NULL: not to be read */
    uint64_t shift;           /* what to add to an address of the process to get elfutils' one */
    struct elf_name *symbols; /* all of its symbols' names, read when first asked for */
};

/* Fill in name and build-id, without touching the file. */
void elf_describe(struct elf_module *m, const struct record *r, const struct module *recorded);

/* Open it, once: true when it can be read. */
bool elf_open(struct elf_module *m, const struct record *r, const struct module *recorded);

void elf_close(struct elf_module *m);

/*
 * Whether no other function or variable of the file has this name, as far as its symbols tell. The first call reads all
 * of them.
 */
bool elf_unique(struct elf_module *m, const char *symbol);

/* The symbol that covers an address of the process, NULL when none does; `offset` is how far into it that is.
 */
const char *elf_symbol(struct elf_module *m, uint64_t address, bool data, uint64_t *offset);

#endif
