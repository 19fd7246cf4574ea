#include "analyzer/folder.h"

#include "record/layout.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int is_record(const struct dirent *entry)
{
    static const char ending[] = ".lockwatch";
    size_t size = strlen(entry->d_name), least = sizeof ending - 1;
    return size > least && strcmp(entry->d_name + size - least, ending) == 0;
}

/* Whether a file has nothing yet where a record begins, and how long ago that was. What cannot be read is another's. */
static bool is_unwritten(const char *path, time_t *age)
{
    static const char nothing[RECORD_HEADER_SIZE];
    char begin[RECORD_HEADER_SIZE];
    struct stat st = {.st_mtime = 0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t size = fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ? -1 : pread(fd, begin, sizeof begin, 0);
    if (fd >= 0)
        close(fd);
    *age = time(NULL) - st.st_mtime;
    return size >= 0 && memcmp(begin, nothing, (size_t)size) == 0;
}

static bool is_sought(const char *path, bool unwritten)
{
    enum { SETTLED = 10 }; /* seconds */
    time_t age;
    return is_unwritten(path, &age) == unwritten && (!unwritten || age > SETTLED);
}

static int search(const char *folder, char ***path, bool unwritten)
{
    struct dirent **entry;
    int count = scandir(folder, &entry, is_record, versionsort), kept = 0;
    bool good = true;
    *path = NULL;
    if (count < 0)
        return -1;
    *path = calloc((size_t)count + 1, sizeof(char *));
    for (int i = 0; i < count; i++) {
        char *one = NULL;
        good &= *path != NULL && asprintf(&one, "%s/%s", folder, entry[i]->d_name) >= 0;
        if (good && is_sought(one, unwritten))
            (*path)[kept++] = one;
        else if (good)
            free(one);
        free(entry[i]);
    }
    free((void *)entry);
    errno = ENOMEM;
    return good ? kept : -1;
}

int folder_records(const char *folder, char ***path)
{
    return search(folder, path, false);
}

int folder_unwritten(const char *folder, char ***path)
{
    return search(folder, path, true);
}

void folder_free(char **path, int count)
{
    for (int i = 0; path != NULL && i < count; i++)
        free(path[i]);
    free((void *)path);
}
