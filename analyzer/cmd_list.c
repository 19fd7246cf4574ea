#include "analyzer/cmd.h"
#include "analyzer/render/render.h"

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: lockwatch list [DIR]\n"
    "Lists the records in DIR; without it, where programs leave them: $XDG_RUNTIME_DIR/lockwatch,\n"
    "else /tmp/lockwatch-UID.\n";

static const char ending[] = ".lockwatch";

static int is_record(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name), least = sizeof ending - 1;
    return size > least && strcmp(entry->d_name + size - least, ending) == 0;
}

/* Two lines a record: its name and findings, and its process. */
static int list_record(const char *folder, const char *name)
{
    struct output out = {.write = cmd_write, .context = stdout};
    struct voice voice;
    struct view view;
    char *path;
    int status = STATUS_CLEAN;
    if (asprintf(&path, "%s/%s", folder, name) < 0)
        return STATUS_RECORD;
    if (view_open(&view, path)) {
        size_t count = view.findings.count;
        voice_begin(&voice, &view, &out);
        story_text(&voice.story, name);
        if (count == 0)
            story_text(&voice.story, ": nothing found\n  ");
        else
            story_format(&voice.story, ": %zu %s\n  ", count, count == 1 ? "finding" : "findings");
        text_process(&voice.story, &view);
        story_text(&voice.story, "\n");
    } else {
        status = cmd_refused(path, view.file.error);
    }
    view_close(&view);
    free(path);
    return status;
}

static int list(const char *folder)
{
    struct dirent **entry;
    int status = STATUS_CLEAN;
    int count = scandir(folder, &entry, is_record, alphasort);
    if (count < 0 && errno == ENOENT)
        count = 0;
    else if (count < 0)
        return cmd_wrong("list", "%s: %s", folder, strerror(errno));
    if (count == 0)
        printf("no records in %s\n", folder);
    for (int i = 0; i < count; i++) {
        int one = list_record(folder, entry[i]->d_name);
        status = one == STATUS_CLEAN ? status : one;
        free(entry[i]);
    }
    if (count > 0)
        free((void *)entry);
    return status;
}

int cmd_list(int argc, char **argv)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    char folder[4096];
    int status = STATUS_CLEAN;
    if (!cmd_only_help(argc, argv, help, &status))
        return status;
    if (argc - optind > 1)
        return cmd_wrong("list", "wants one folder");
    if (optind < argc)
        return list(argv[optind]);
    if (runtime != NULL && runtime[0] == '/')
        snprintf(folder, sizeof folder, "%s/lockwatch", runtime);
    else
        snprintf(folder, sizeof folder, "/tmp/lockwatch-%u", getuid());
    return list(folder);
}
