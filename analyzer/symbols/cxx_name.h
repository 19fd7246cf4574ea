/*
 * Names of C++ as texts, made shorter.
 */
#ifndef LOCKWATCH_ANALYZER_SYMBOLS_CXX_NAME_H
#define LOCKWATCH_ANALYZER_SYMBOLS_CXX_NAME_H

/* In place: std::string instead of its definition, no inline namespaces, ">>" for "> >". */
void cxx_name_tidy(char *name);

/* Without template arguments, "bank::Map<...>::with"; to be freed. NULL: it has none. */
char *cxx_name_fold(const char *name);

/*
 * What a std::thread runs, by the name of libstdc++'s function for it: "main::{lambda}" of
 * "std::thread::_State_impl<std::thread::_Invoker<std::tuple<main()::<lambda()>>>>::_M_run", the class of an object
 * that can be called; to be freed. NULL: it is another function, or runs a function that its type does not name.
 */
char *cxx_name_callable(const char *name);

#endif
