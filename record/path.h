/*
 * Paths of files, as a record has them.
 */
#ifndef LOCKWATCH_RECORD_PATH_H
#define LOCKWATCH_RECORD_PATH_H

#include <string.h>

/* What follows the last slash. */
static inline const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

#endif
