/*
 * A program file, before it is run.
 */
#ifndef LOCKWATCH_ANALYZER_PROGRAM_H
#define LOCKWATCH_ANALYZER_PROGRAM_H

/* Why no library can be preloaded into it, as "is statically linked"; NULL if one can, or if that is not known. */
const char *program_unwatched(const char *name);

#endif
