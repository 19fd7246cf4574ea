/*
 * The start of a file in /proc, by system calls alone: libc's open and read are cancellation points.
 */
#ifndef LOCKWATCH_PRELOAD_OS_PROC_FILE_H
#define LOCKWATCH_PRELOAD_OS_PROC_FILE_H

#include "preload/os/real.h"

#include <stdint.h>

/* NUL-terminated. False: it cannot be read, or is empty. Changes errno. */
bool proc_file_read(const char *path, char *text, size_t room) HIDDEN;

/* The full path of the file that is mapped at an address. False: none is, or it has been deleted. Changes errno. */
bool proc_file_mapped(uint64_t address, char *path, size_t room) HIDDEN;

/* A mapping of this process. */
struct proc_mapping {
    uint64_t start, end, offset, device, inode;
    bool shared;
};

/* Calls `each` for all of them. False: they cannot be read. Changes errno. */
bool proc_file_mappings(void (*each)(void *context, const struct proc_mapping *m), void *context) HIDDEN;

#endif
