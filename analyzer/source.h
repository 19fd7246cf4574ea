/*
 * Lines of source files, as these are now, which may not be as they were when the program was compiled. A record may
 * name any file, and a report may be passed on: only regular files that are called like source code are read. Files are
 * kept until sources_close. For one thread.
 */
#ifndef LOCKWATCH_ANALYZER_SOURCE_H
#define LOCKWATCH_ANALYZER_SOURCE_H

#include <jansson.h>
#include <stdint.h>

struct sources;

/* NULL: no memory; sources_line takes that. */
struct sources *sources_open(void);
void sources_close(struct sources *s);

/*
 * A line of `file`, counted from 1, with its size in *size, without the newline; NULL: there is none. A relative path
 * begins in `directory`, or, if that is NULL, or there is no such file, where we are.
 */
const char *sources_line(struct sources *s, const char *directory, const char *file, unsigned line, size_t *size);

/*
 * The same of a file that has not been written to since `since` (CLOCK_REALTIME, nanoseconds), read where --sysroot and
 * --path-map lead; a relative path begins in `directory` alone.
 */
const char *sources_line_since(struct sources *s, const char *directory, const char *file, unsigned line,
                               uint64_t since, size_t *size);

/* For a `since` of 0, which is not known: when a core file was written. Else no line counts as what it was. */
void sources_assume(uint64_t since);

/* All of such a file. */
const char *sources_text_since(struct sources *s, const char *directory, const char *file, uint64_t since,
                               size_t *size);

/* Lines that a sealed record carries (sealed_lines) come before those of files. Where two records differ is none. */
void sources_take(struct sources *s, json_t *lines);

/* The path by which a record carries the lines of a file; to be freed. */
char *sources_key(const char *directory, const char *file);

#endif
