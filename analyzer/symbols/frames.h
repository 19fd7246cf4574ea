/*
 * The functions and source lines at a code address, by a file's debugging information: the function that the address is
 * in and those that were inlined into it there.
 *
 * Finds the compilation unit by .debug_aranges, and where a compiler wrote none (clang) by asking each unit. The first
 * look-up in a unit passes over all of its functions, some 10 us to 10 ms; the others search among them.
 */
#ifndef LOCKWATCH_ANALYZER_SYMBOLS_FRAMES_H
#define LOCKWATCH_ANALYZER_SYMBOLS_FRAMES_H

#include "analyzer/symbols/elf.h"

/* A function at a code address. Its strings are to be freed. */
struct symbols_frame {
    const char *function;  /* demangled, without parameters; NULL: not known */
    const char *file;      /* as the compiler was given it, if below its working folder; NULL: not known */
    const char *directory; /* its working folder then; NULL: not known */
    unsigned line, column; /* 0: not known */
};

/*
 * Fills in up to `room` frames for an address of the process, innermost first, and gives their number: 0 when nothing
 * is known of functions; then frame[0] may have a line all the same.
 */
unsigned frames_at(struct elf_module *m, uint64_t address, struct symbols_frame *frame, unsigned room);

/* The entry of the function that is frame `level` there, which may be inlined; false: it is not known. */
bool frames_function(struct elf_module *m, uint64_t address, unsigned level, Dwarf_Die *function);

/* Frees what was kept of a module's units; before elf_close. */
void frames_close(struct elf_module *m);

/* A name without what the linker needs: demangled if it was mangled, without ".constprop.0". To be freed. */
char *frames_demangle(const char *name);

#endif
