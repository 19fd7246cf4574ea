/*
 * Where the files are that a record names, if it is read on another machine, or in another place, than where the
 * program ran. For the whole process: set by the command line, before a record is opened.
 */
#ifndef LOCKWATCH_ANALYZER_SYMBOLS_ELSEWHERE_H
#define LOCKWATCH_ANALYZER_SYMBOLS_ELSEWHERE_H

#include <stdbool.h>

/* All files, and separate debug files, lie below this folder. False, with errno: it is none. */
bool elsewhere_sysroot(const char *folder);

/* "FROM=TO": what lay in FROM lies in TO, whatever the sysroot is; the last such for a file counts. False: it is not of
 * that shape, or there are too many. */
bool elsewhere_map(const char *from_to);

/* Back to where they were. */
void elsewhere_reset(void);

/* Where a file is to be looked for. To be freed; NULL: no memory. */
char *elsewhere_path(const char *path);

/* Where separate debug files are looked for, as elfutils takes it (dwfl_standard_find_debuginfo); NULL: where it does.
 */
char **elsewhere_debug_path(void);

#endif
