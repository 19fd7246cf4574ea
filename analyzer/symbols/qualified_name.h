/*
 * What a function, type or variable of C++ is called with all that it lies in: "bank::Map<int, long>::with",
 * "main::{lambda#2}".
 *
 * By its place in the debugging information, where compilers and levels of optimisation agree; they do not in mangled
 * names: gcc writes none for what is local or inlined, and clang numbers lambdas by the order in which it came to them.
 * Here they are numbered by where they stand in the function around them.
 *
 * A name takes one or more passes over the beginning of its unit, up to some 1 ms.
 */
#ifndef LOCKWATCH_ANALYZER_SYMBOLS_QUALIFIED_NAME_H
#define LOCKWATCH_ANALYZER_SYMBOLS_QUALIFIED_NAME_H

#include <elfutils/libdw.h>
#include <stdbool.h>

/* Whether an entry is of a unit in C++. */
bool qualified_name_known(Dwarf_Die *die);

/* To be freed; NULL when it has no name, or there is no memory. */
char *qualified_name_of(Dwarf_Die *die);

/* In place: std::string instead of what that stands for, no inline namespaces, ">>" for "> >". */
void qualified_name_tidy(char *name);

/* A name whose template arguments are left out, "bank::Map<...>::with"; to be freed. NULL: it has none. */
char *qualified_name_fold(const char *name);

#endif
