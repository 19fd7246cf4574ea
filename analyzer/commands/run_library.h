/*
 * Which library `lockwatch run` preloads: of the two, for glibc and for musl, the one that fits the program. From
 * either the other one is found beside it, when a program of the other kind is executed (preload/hooks/exec.c).
 */
#ifndef LOCKWATCH_ANALYZER_COMMANDS_RUN_LIBRARY_H
#define LOCKWATCH_ANALYZER_COMMANDS_RUN_LIBRARY_H

#include <limits.h>
#include <stdbool.h>

#define RUN_LIBRARY_SEPARATORS ": \t\n" /* between the libraries that LD_PRELOAD names: glibc's elf/rtld.c */

struct run_library {
    char path[2][PATH_MAX]; /* for programs with this command's C library, and for those with the other one; "": none */
    char link[2][PATH_MAX]; /* to these, where a path of theirs cannot stand in LD_PRELOAD; "": none */
    bool other;             /* that is the one for the program */
};

/* Looks beside this command, and in ../lib. False: the one for `program` is not there. */
bool run_library_find(struct run_library *l, const char *program);

/* How LD_PRELOAD can name it: its path, or a link to it that is made in `place`. NULL: none can be made, with errno. */
const char *run_library_name(struct run_library *l, const char *place);

/* Removes the links. */
void run_library_end(const struct run_library *l);

/*
 * Why the program itself cannot be watched, with the environment that it will have; NULL if it can. Where it would not
 * even start with the library, that is taken out of the environment.
 */
const char *run_library_objection(const struct run_library *l, const char *program);

#endif
