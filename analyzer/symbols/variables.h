/*
 * What a place in a program's data is called in its source: `forks[3]`, `table[3].lock`, `account.mutex`.
 * Found by the debugging information: the variable that covers the address, then down its type to the lock
 * inside of it.
 *
 * Reading a module's variables takes one pass over its debugging information (0.1 s for 50 MB), given up
 * after some millions of entries; a name then takes a binary search.
 */
#ifndef LOCKWATCH_ANALYZER_SYMBOLS_VARIABLES_H
#define LOCKWATCH_ANALYZER_SYMBOLS_VARIABLES_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>

struct variables;

/* NULL when there is no memory. Uses `dwarf` until variables_free. */
struct variables *variables_read(Dwarf *dwarf);
void variables_free(struct variables *v);

/* The name of the place at an address; false when no variable covers it. */
bool variables_name(struct variables *v, Dwarf_Addr address, char *name, size_t size);

#endif
