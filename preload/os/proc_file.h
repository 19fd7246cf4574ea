/*
 * The start of a file in /proc, by system calls alone: libc's open and read are cancellation points.
 */
#ifndef LOCKWATCH_PRELOAD_OS_PROC_FILE_H
#define LOCKWATCH_PRELOAD_OS_PROC_FILE_H

#include "preload/os/real.h"

/* NUL-terminated. False: it cannot be read, or is empty. Changes errno. */
bool proc_file_read(const char *path, char *text, size_t room) HIDDEN;

#endif
