/* What the commands read: records, without their suppressed findings. */
#include "analyzer/commands/cmd.h"
#include "analyzer/joint.h"
#include "analyzer/open_record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int cmd_suppressions(const char *command, const char *path, struct suppressions *s)
{
    suppressions_free(s);
    return suppressions_read(s, path) ? STATUS_CLEAN : cmd_failed(command, path, s->error);
}

/* A record may name any file: story_name escapes what a terminal might interpret. */
static void print_wrong(const struct suppressions *s)
{
    struct story words = {.context = stderr, .write = cmd_write};
    story_text(&words, "lockwatch: ");
    story_name(&words, s->path == NULL ? "a file" : s->path);
    story_format(&words, ", which holds suppressions: %s; ", s->error);
    story_text(&words, s->readable ? "ignored\n" : "nothing is suppressed by it\n");
}

/* What is wrong with the file that a record names is printed once. */
static void apply_named(struct opened_record *v)
{
    static struct suppressions named; /* that of the previous record, which is mostly the same */
    const char *path = suppressions_named(v);
    if (path[0] == 0)
        return;
    if (named.path == NULL || strcmp(named.path, path) != 0) {
        suppressions_free(&named);
        if (!suppressions_read(&named, path))
            print_wrong(&named);
    }
    suppressions_apply(&named, v);
}

/* Standard input, read once. NULL: *error says why not. */
static const char *read_input(size_t *size, const char **error)
{
    enum { LARGEST = 1 << 30 };
    static char *all;
    static size_t used;
    FILE *stream = all != NULL ? NULL : open_memstream(&all, &used);
    char part[1 << 16];
    size_t n;
    while (stream != NULL && used < LARGEST && (n = fread(part, 1, sizeof part, stdin)) > 0) {
        fwrite(part, 1, n, stream);
        fflush(stream);
    }
    *error = stream != NULL && ferror(stdin) ? strerror(errno) : used >= LARGEST ? "is too large" : NULL;
    if (stream != NULL)
        fclose(stream);
    *size = used;
    return *error == NULL ? all : NULL;
}

static bool open_input(struct opened_record *v)
{
    const char *error = "no memory";
    size_t size = 0;
    const char *data = read_input(&size, &error);
    memset(v, 0, sizeof *v);
    if (data == NULL)
        snprintf(v->file.error, sizeof v->file.error, "%s", error);
    bool good = data != NULL && opened_record_open_bytes(v, data, size);
    v->path = "-";
    return good;
}

bool cmd_open_asked(struct opened_record *v, const char *path, bool asked)
{
    if (!(asked ? opened_record_open_asked(v, path) : opened_record_open(v, path)))
        return false;
    joint_judge(v);
    apply_named(v);
    return true;
}

bool cmd_open(struct opened_record *v, const char *path, const struct suppressions *given)
{
    if (strcmp(path, "-") == 0 ? !open_input(v) : !opened_record_open(v, path))
        return false;
    joint_judge(v);
    if (given != NULL)
        suppressions_apply(given, v);
    apply_named(v);
    return true;
}
