#include "analyzer/render/field.h"

#include "report/printable.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char *field_format(const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int size = vasprintf(&text, format, args);
    va_end(args);
    return size < 0 ? NULL : text;
}

char *field_shown(const char *text)
{
    size_t size = strlen(text), taken;
    char *shown = malloc(size * PRINTABLE_ROOM + 1);
    if (shown != NULL)
        shown[printable_write(shown, size * PRINTABLE_ROOM, text, size, &taken)] = 0;
    return shown;
}

void field_print(const struct output *out, const char *text, void (*encode)(char *code, char character))
{
    char *shown = field_shown(text);
    for (const char *at = shown; at != NULL && *at != 0; at++) {
        char code[FIELD_CODE] = {*at};
        encode(code, *at);
        out->write(out->context, code, strlen(code));
    }
    free(shown);
}

const json_t *field_lock(const json_t *finding, const json_t *id)
{
    json_t *lock;
    size_t i;
    json_array_foreach(json_object_get(finding, "locks"), i, lock)
    {
        if (json_is_integer(id) && field_number(lock, "id") == json_integer_value(id))
            return lock;
    }
    return NULL;
}

char *field_thread(const json_t *thread)
{
    const char *name = field_text(thread, "name");
    if (name[0] == 0)
        name = field_number(thread, "id") == 1 ? "main" : field_text(thread, "routine");
    if (name[0] == 0)
        return field_format("T%lld", (long long)field_number(thread, "id"));
    return field_format("T%lld (%s)", (long long)field_number(thread, "id"), name);
}

char *field_lock_words(const json_t *finding, const json_t *id)
{
    const json_t *lock = field_lock(finding, id);
    if (lock == NULL)
        return strdup("an unknown lock");
    if (field_is(lock, "kind", "thread"))
        return field_format("the end of %s", field_text(lock, "label"));
    return field_format("%s %s", field_text(lock, "kind"), field_text(lock, "label"));
}

/* --- places in the source --- */

/* Without "." and "..", and without following links, as the file may be gone. */
static void tidy(char *path)
{
    char *to = path;
    for (const char *at = path; *at != 0;) {
        size_t size = strcspn(at, "/");
        bool up = size == 2 && at[0] == '.' && at[1] == '.';
        if (up && to > path)
            while (to > path && *--to != '/')
                continue;
        if (size != 0 && !up && !(size == 1 && at[0] == '.')) {
            *to++ = '/';
            memmove(to, at, size);
            to += size;
        }
        at += size + (at[size] == '/');
    }
    *to = 0;
}

/* The absolute path of a frame's file. */
static char *whole_path(const json_t *frame)
{
    const char *file = field_text(frame, "file"), *folder = field_text(frame, "directory");
    char *path, *real;
    if (file[0] == 0 || (file[0] != '/' && folder[0] != '/'))
        return NULL;
    path = file[0] == '/' ? strdup(file) : field_format("%s/%s", folder, file);
    if (path == NULL)
        return NULL;
    if ((real = realpath(path, NULL)) != NULL) {
        free(path);
        return real;
    }
    tidy(path);
    return path;
}

bool place_of(struct place *p, const char *root, const json_t *frame)
{
    *p = (struct place){.line = (unsigned)field_number(frame, "line"),
                        .column = (unsigned)field_number(frame, "column"),
                        .frame = frame};
    char *path = p->line == 0 ? NULL : whole_path(frame);
    root = root == NULL ? "" : root;
    size_t size = strlen(root);
    if (path != NULL && strncmp(path, root, size) == 0 && path[size] == '/' && path[size + 1] != 0)
        p->path = strdup(path + size + 1);
    free(path);
    return p->path != NULL;
}

void place_free(struct place *p)
{
    free(p->path);
    p->path = NULL;
}

const json_t *place_frame(const char *root, const json_t *stack)
{
    struct place p;
    json_t *frame;
    size_t i;
    json_array_foreach(stack, i, frame)
    {
        bool good = place_of(&p, root, frame);
        place_free(&p);
        if (good)
            return frame;
    }
    return NULL;
}

static const json_t *any_frame(const char *root, const json_t *finding)
{
    json_t *thread, *hold;
    size_t t, h;
    json_array_foreach(json_object_get(finding, "threads"), t, thread)
    {
        const json_t *frame = place_frame(root, json_object_get(json_object_get(thread, "waits"), "stack"));
        if (frame != NULL)
            return frame;
        json_array_foreach(json_object_get(thread, "holds"), h, hold)
        {
            if ((frame = place_frame(root, json_object_get(hold, "stack"))) != NULL)
                return frame;
        }
    }
    return NULL;
}

bool place_of_finding(struct place *p, const char *root, const json_t *finding)
{
    if (place_of(p, root, json_object_get(finding, "location")))
        return true;
    place_free(p);
    return place_of(p, root, any_frame(root, finding));
}

char *place_root(const char *asked)
{
    char here[PATH_MAX], git[PATH_MAX + 8];
    if (asked != NULL)
        return realpath(asked, NULL);
    if (realpath(".", here) == NULL)
        return NULL;
    for (char *up = strdup(here), *slash; up != NULL; *slash = 0) {
        snprintf(git, sizeof git, "%s/.git", up);
        if (access(git, F_OK) == 0)
            return up;
        if ((slash = strrchr(up, '/')) == NULL || slash == up) {
            free(up);
            break;
        }
    }
    return strdup(here);
}
