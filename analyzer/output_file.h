/*
 * The file that a command writes: all of it, or else it is what it was before.
 *
 * A regular file is written beside its place and then put there, also when it was there before. So whoever has the old
 * one open or mapped, as a watched program has its record, keeps it. What is no regular file (a terminal, a pipe), and
 * what is one of our own descriptors (/dev/stdout, /dev/fd/N), is written to as it stands.
 *
 * One at a time: a signal that ends us removes what is half written.
 */
#ifndef LOCKWATCH_ANALYZER_OUTPUT_FILE_H
#define LOCKWATCH_ANALYZER_OUTPUT_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct output_file {
    FILE *stream;
    int error; /* errno of the first write that failed */
    char final[PATH_MAX];
    char temporary[PATH_MAX + 32]; /* "": written in place */
};

/*
 * NULL: it is there to be written to. Else why not, and then nothing was done. `mode` is for a file that is not
 * there yet, before the umask. Keep or drop afterwards.
 */
const char *output_file_open(struct output_file *t, const char *path, mode_t mode);

/* More of it; `target` is a struct output_file. What goes wrong is told at the end. */
void output_file_write(void *target, const char *text, size_t size);

/* Puts it in its place. NULL: done. Else why not: it was dropped. */
const char *output_file_keep(struct output_file *t);
void output_file_drop(struct output_file *t);

/* Whether two paths are of one file, also by other names and links. The first may be NULL, for standard output. */
bool output_file_is(const char *path, const char *other);

#endif
