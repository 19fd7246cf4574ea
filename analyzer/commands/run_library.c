#include "analyzer/commands/run_library.h"

#include "program/preloadable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static const char *const name[2] = {PRELOADABLE_OWN, PRELOADABLE_OTHER};

/* The path of this program; without /proc, the name that it was called by. */
static bool find_ourselves(char *path, size_t room)
{
    ssize_t n = readlink("/proc/self/exe", path, room - 1);
    const char *called = (const char *)(uintptr_t)getauxval(AT_EXECFN);
    if (n <= 0)
        return called != NULL && realpath(called, path) != NULL;
    path[n] = 0;
    return true;
}

static const char *file_objection(const char *program)
{
    char path[PATH_MAX];
    if (strchr(program, '/') != NULL)
        return preloadable_objection(program, environ);
    return preloadable_find(program, path, sizeof path) ? preloadable_objection(path, environ) : NULL;
}

bool run_library_find(struct run_library *l, const char *program)
{
    static const char *const places[] = {"", "/../lib"};
    char ours[PATH_MAX], path[PATH_MAX + 32];
    char *slash = find_ourselves(ours, sizeof ours) ? strrchr(ours, '/') : NULL;
    if (slash == NULL)
        return false;
    *slash = 0;
    for (unsigned k = 0; k < 2; k++) {
        l->path[k][0] = l->link[k][0] = 0;
        for (size_t i = 0; i < sizeof places / sizeof *places && l->path[k][0] == 0; i++) {
            snprintf(path, sizeof path, "%s%s/%s", ours, places[i], name[k]);
            if (access(path, R_OK) != 0 || realpath(path, l->path[k]) == NULL)
                l->path[k][0] = 0;
        }
    }
    l->other = l->path[1][0] != 0 && file_objection(program) == preloadable_other_libc;
    return l->path[l->other][0] != 0;
}

const char *run_library_name(struct run_library *l, const char *place)
{
    if (strpbrk(l->path[0], RUN_LIBRARY_SEPARATORS) == NULL && strpbrk(l->path[1], RUN_LIBRARY_SEPARATORS) == NULL)
        return l->path[l->other];
    for (unsigned k = 0; k < 2; k++) {
        if (l->path[k][0] == 0)
            continue;
        snprintf(l->link[k], sizeof l->link[k], "%s/%s", place, name[k]);
        if (symlink(l->path[k], l->link[k]) != 0)
            return NULL;
    }
    return l->link[l->other];
}

void run_library_end(const struct run_library *l)
{
    for (unsigned k = 0; k < 2; k++)
        if (l->link[k][0] != 0)
            unlink(l->link[k]);
}

/* What was there before stands behind it. */
static bool withdraw(const struct run_library *l)
{
    const char *value = getenv("LD_PRELOAD");
    const char *ours = l->link[l->other][0] != 0 ? l->link[l->other] : l->path[l->other];
    size_t size = strlen(ours);
    if (value == NULL || strncmp(value, ours, size) != 0)
        return true;
    return value[size] == 0 ? unsetenv("LD_PRELOAD") == 0 : setenv("LD_PRELOAD", value + size + 1, 1) == 0;
}

const char *run_library_objection(const struct run_library *l, const char *program)
{
    const char *why = file_objection(program);
    if (why == preloadable_older_libc && !withdraw(l))
        return NULL;
    return why == preloadable_other_libc && l->other ? NULL : why;
}
