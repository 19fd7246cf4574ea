#include "analyzer/commands/cmd.h"
#include "analyzer/folder.h"
#include "analyzer/open_record.h"
#include "analyzer/render/render.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: lockwatch list [DIR]\n"
    "Lists the records in DIR. Without DIR, in the folders where programs leave them by default:\n"
    "$XDG_RUNTIME_DIR/lockwatch, and /tmp/lockwatch-UID, which they use if that variable is not set, or if that\n"
    "folder cannot be made or is not private.\n"
    "\n"
    "Exit status: 0 listed, 2 wrong usage, 3 a record that cannot be read.\n";

/* Two lines a record: its name and number of findings, and its process. */
static int list_record(const char *path, const char *called)
{
    struct output out = {.write = cmd_write, .context = stdout};
    struct text_writer writer;
    struct opened_record view;
    int status = STATUS_CLEAN;
    if (cmd_open(&view, path, NULL)) {
        size_t count = view.findings.count;
        text_writer_begin(&writer, &view, &out);
        story_name(&writer.story, called);
        if (count == 0)
            story_text(&writer.story, ": nothing found");
        else
            story_format(&writer.story, ": %zu %s", count, count == 1 ? "finding" : "findings");
        if (view.findings.suppressed != 0)
            story_format(&writer.story, ", %zu suppressed", view.findings.suppressed);
        story_text(&writer.story, "\n  ");
        text_process(&writer.story, &view);
        story_text(&writer.story, "\n");
    } else {
        status = cmd_refused(path, view.file.error);
    }
    opened_record_close(&view);
    return status;
}

/* How many records there are in a folder, -1 if it cannot be read. `status` stays if all of them can be. */
static int list(const char *folder, bool whole_path, int *status)
{
    char **path;
    int count = folder_records(folder, &path);
    for (int i = 0; i < count; i++)
        if (list_record(path[i], whole_path ? path[i] : strrchr(path[i], '/') + 1) != STATUS_CLEAN)
            *status = STATUS_RECORD;
    folder_free(path, count);
    return count < 0 && errno == ENOENT ? 0 : count;
}

static void print_none(const char *folder, const char *other)
{
    struct story words = {.context = stdout, .write = cmd_write};
    story_text(&words, "no records in ");
    story_name(&words, folder);
    story_text(&words, other != NULL ? " or " : "");
    story_name(&words, other != NULL ? other : "");
    story_text(&words, "\n");
}

/* The folders of preload/store/store.c: a program may use either. One that cannot be read has no records of ours. */
static int list_default(void)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    char temporary[64], *folder = NULL;
    int status = STATUS_CLEAN, count = 0;
    snprintf(temporary, sizeof temporary, "/tmp/lockwatch-%u", geteuid());
    if (runtime != NULL && runtime[0] == '/' && asprintf(&folder, "%s/lockwatch", runtime) < 0)
        return STATUS_RECORD;
    if (folder != NULL)
        count = list(folder, true, &status);
    int more = list(temporary, true, &status);
    if (count <= 0 && more <= 0)
        print_none(folder != NULL ? folder : temporary, folder != NULL ? temporary : NULL);
    free(folder);
    return status;
}

int cmd_list(int argc, char **argv)
{
    int status = STATUS_CLEAN;
    if (!cmd_only_help(argc, argv, help, &status))
        return status;
    if (argc - optind > 1)
        return cmd_wrong("list", "wants one folder");
    if (optind == argc)
        return list_default();
    int count = list(argv[optind], false, &status);
    if (count < 0)
        return cmd_failed("list", argv[optind], strerror(errno));
    if (count == 0)
        print_none(argv[optind], NULL);
    return status;
}
