/*
 * The file that a command writes: all of it, or else it stays as it was.
 *
 * A regular file is written under another name in its folder and then renamed. A process that has the old one open or
 * mapped, as a watched program has its record, keeps that. What is no regular file (a terminal, a pipe), and what is
 * one of our own descriptors (/dev/stdout, /dev/fd/N), is written in place.
 *
 * One at a time: a signal that ends this program removes the unfinished file.
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
 * NULL: it can be written; keep or drop it afterwards. Else the reason why not, and nothing was done. `mode`, before
 * the umask, is that of a new file.
 */
const char *output_file_open(struct output_file *t, const char *path, mode_t mode);

/* `target` is a struct output_file. Errors are returned by output_file_keep. */
void output_file_write(void *target, const char *text, size_t size);

/* Renames it to its final name. NULL: done. Else the reason why not; it was dropped. */
const char *output_file_keep(struct output_file *t);
void output_file_drop(struct output_file *t);

/* Whether two paths lead to one file, also by other names and links. The first may be NULL: standard output. */
bool output_file_is(const char *path, const char *other);

#endif
