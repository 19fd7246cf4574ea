/*
 * Lines of source files, as these are now, which may not be as they were when the program was compiled. A record may
 * name any file, and a report may be passed on: only regular files that are called like source code are read. Files are
 * kept until sources_close. For one thread.
 */
#ifndef LOCKWATCH_ANALYZER_SOURCE_H
#define LOCKWATCH_ANALYZER_SOURCE_H

#include <stddef.h>

struct sources;

/* NULL: no memory; sources_line takes that. */
struct sources *sources_open(void);
void sources_close(struct sources *s);

/*
 * A line of `file`, counted from 1, with its size in *size, without the newline; NULL: there is none. A relative path
 * begins in `directory`, or, if that is NULL, or there is no such file, where we are.
 */
const char *sources_line(struct sources *s, const char *directory, const char *file, unsigned line, size_t *size);

#endif
