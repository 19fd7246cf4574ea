/*
 * The records in a folder.
 */
#ifndef LOCKWATCH_ANALYZER_FOLDER_H
#define LOCKWATCH_ANALYZER_FOLDER_H

/*
 * How many there are, and their paths in order; -1 with errno if the folder cannot be read. Free in both cases. Without
 * those that a process has made, and was killed before it wrote to it.
 */
int folder_records(const char *folder, char ***path);

/* These alone, if nothing has happened to them for some seconds. */
int folder_unwritten(const char *folder, char ***path);
void folder_free(char **path, int count);

#endif
