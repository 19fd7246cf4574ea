/*
 * The name of a function, type or variable of C++ with all its scopes: "bank::Map<int, long>::with",
 * "main::{lambda#2}".
 *
 * By its place in the debugging information, which is the same for all compilers and levels of optimisation. Mangled
 * names are not: gcc writes none for what is local or inlined, and clang numbers lambdas in the order in which it
 * compiles them. Here they are numbered by their place in the enclosing function.
 *
 * A name takes one or more passes over the beginning of its unit, up to some 1 ms.
 */
#ifndef LOCKWATCH_ANALYZER_SYMBOLS_QUALIFIED_NAME_H
#define LOCKWATCH_ANALYZER_SYMBOLS_QUALIFIED_NAME_H

#include <elfutils/libdw.h>
#include <stdbool.h>

/* Whether an entry is of a unit in C++. */
bool qualified_name_applies(Dwarf_Die *die);

/* To be freed; NULL when it has no name, or there is no memory. */
char *qualified_name_of(Dwarf_Die *die);

#endif
