#include "analyzer/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_record(const struct dirent *entry)
{
    static const char ending[] = ".lockwatch";
    size_t size = strlen(entry->d_name), least = sizeof ending - 1;
    return size > least && strcmp(entry->d_name + size - least, ending) == 0;
}

int folder_records(const char *folder, char ***path)
{
    struct dirent **entry;
    int count = scandir(folder, &entry, is_record, versionsort), kept = 0;
    *path = NULL;
    if (count < 0)
        return -1;
    *path = calloc((size_t)count + 1, sizeof(char *));
    for (int i = 0; i < count; i++) {
        if (*path != NULL && asprintf(&(*path)[kept], "%s/%s", folder, entry[i]->d_name) >= 0)
            kept++;
        free(entry[i]);
    }
    free((void *)entry);
    errno = ENOMEM;
    return kept == count ? count : -1;
}

void folder_free(char **path, int count)
{
    for (int i = 0; path != NULL && i < count; i++)
        free(path[i]);
    free((void *)path);
}
