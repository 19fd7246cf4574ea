/*
 * The records in a folder.
 */
#ifndef LOCKWATCH_ANALYZER_FOLDER_H
#define LOCKWATCH_ANALYZER_FOLDER_H

/* How many there are, and their paths in order; -1 with errno if the folder cannot be read. Free in both cases. */
int folder_records(const char *folder, char ***path);
void folder_free(char **path, int count);

#endif
