/*
 * Names of C++ as texts, made shorter.
 */
#ifndef LOCKWATCH_ANALYZER_SYMBOLS_CXX_NAME_H
#define LOCKWATCH_ANALYZER_SYMBOLS_CXX_NAME_H

/* In place: std::string instead of its definition, no inline namespaces, ">>" for "> >". */
void cxx_name_tidy(char *name);

/* Without template arguments, "bank::Map<...>::with"; to be freed. NULL: it has none. */
char *cxx_name_fold(const char *name);

#endif
