#include "analyzer/symbols/elsewhere.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAPS = 64 };
static struct map {
    const char *from, *to;
    size_t size; /* of `from` */
} map[MAPS];
static unsigned maps;
static const char *sysroot;
static char *debug_path;

/* Without slashes at its end. */
static size_t folder_size(const char *folder, size_t size)
{
    while (size > 0 && folder[size - 1] == '/')
        size--;
    return size;
}

/* A relative folder of debug files would be looked for beside each program. */
bool elsewhere_sysroot(const char *folder)
{
    static char whole[PATH_MAX];
    DIR *found = opendir(folder);
    if (found == NULL || realpath(folder, whole) == NULL)
        return false;
    closedir(found);
    sysroot = folder = whole;
    free(debug_path);
    if (asprintf(&debug_path, ":.debug:%.*s/usr/lib/debug", (int)folder_size(folder, strlen(folder)), folder) < 0)
        debug_path = NULL;
    return true;
}

bool elsewhere_map(const char *from_to)
{
    const char *equals = strchr(from_to, '=');
    if (equals == NULL || equals == from_to || maps == MAPS)
        return false;
    map[maps++] = (struct map){from_to, equals + 1, folder_size(from_to, (size_t)(equals - from_to))};
    return true;
}

void elsewhere_reset(void)
{
    maps = 0;
    sysroot = NULL;
    free(debug_path);
    debug_path = NULL;
}

static char *join(const char *folder, const char *rest)
{
    char *path;
    if (asprintf(&path, "%.*s%s", (int)folder_size(folder, strlen(folder)), folder, rest) < 0)
        return NULL;
    return path;
}

char *elsewhere_path(const char *path)
{
    for (unsigned i = maps; i-- > 0;) {
        const char *rest = path + map[i].size;
        if (strncmp(path, map[i].from, map[i].size) == 0 && (*rest == '/' || *rest == 0))
            return join(map[i].to, rest);
    }
    return sysroot != NULL && path[0] == '/' ? join(sysroot, path) : strdup(path);
}

char **elsewhere_debug_path(void)
{
    return &debug_path;
}
