#include "analyzer/commands/cmd.h"
#include "analyzer/folder.h"
#include "analyzer/liveness.h"
#include "analyzer/open_record.h"
#include "analyzer/render/render.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] = "Usage: lockwatch list [OPTION...] [DIR]\n"
                           "Lists the records in DIR, the newest one last. Without DIR, in the folder that\n"
                           "dir= of LOCKWATCH_OPTIONS names; else where programs leave them by default:\n"
                           "$XDG_RUNTIME_DIR/lockwatch, and /tmp/lockwatch-UID, which they use if that\n"
                           "variable is not set, or if that folder cannot be made or is not private.\n"
                           "\n"
                           "  --clean              remove the records of processes that do not run any\n"
                           "                       longer, and say how many\n"
                           "\n"
                           "Exit status: 0 listed, 2 wrong usage, 3 a record that cannot be read.\n";

/* "3 findings: deadlock, lock-order", a kind once, the worst first. */
static void write_kinds(struct story *s, const struct findings *all)
{
    uint64_t named = 0;
    story_format(s, ": %zu %s:", all->count, all->count == 1 ? "finding" : "findings");
    for (size_t i = 0; i < all->count; i++) {
        uint64_t bit = 1ull << (all->item[i].kind % 64);
        if ((named & bit) == 0)
            story_format(s, named == 0 ? " %s" : ", %s", finding_kind_word(all->item[i].kind));
        named |= bit;
    }
}

/* Two lines a record: its name and findings, and its process. */
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
            write_kinds(&writer.story, &view.findings);
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

static bool cleans; /* --clean */

struct cleaned {
    unsigned count;
    uint64_t bytes;
};

static void remove_record(const char *path, struct cleaned *cleaned, int *status)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return;
    if (unlink(path) == 0) {
        cleaned->count++;
        cleaned->bytes += (uint64_t)st.st_size;
    } else {
        *status = cmd_failed("list", path, strerror(errno));
    }
}

static void clean_record(const char *path, struct cleaned *cleaned, int *status)
{
    struct record_file file;
    if (!record_open(&file, path))
        *status = cmd_refused(path, file.error);
    else if (!liveness_runs(&file.record))
        remove_record(path, cleaned, status);
    record_close(&file);
}

static void clean_unwritten(const char *folder, struct cleaned *cleaned, int *status)
{
    char **path;
    int count = folder_unwritten(folder, &path);
    for (int i = 0; i < count; i++)
        remove_record(path[i], cleaned, status);
    folder_free(path, count);
}

static void print_cleaned(const struct cleaned *cleaned)
{
    printf("removed %u record%s, %.1f MB\n", cleaned->count, cleaned->count == 1 ? "" : "s",
           (double)cleaned->bytes / 1e6);
}

/* A file that is gone meanwhile counts as the oldest. */
static int by_time(const void *a, const void *b)
{
    const char *const *path[] = {a, b};
    struct timespec time[2] = {{0, 0}, {0, 0}};
    struct stat st;
    for (int i = 0; i < 2; i++)
        if (stat(*path[i], &st) == 0)
            time[i] = st.st_mtim;
    if (time[0].tv_sec != time[1].tv_sec)
        return time[0].tv_sec < time[1].tv_sec ? -1 : 1;
    return (time[0].tv_nsec > time[1].tv_nsec) - (time[0].tv_nsec < time[1].tv_nsec);
}

/* How many records there are in a folder, -1 if it cannot be read. `status` stays if all of them can be. */
static int list(const char *folder, bool whole_path, int *status)
{
    char **path;
    struct cleaned cleaned = {0, 0};
    int count = folder_records(folder, &path);
    if (count > 0)
        qsort((void *)path, (size_t)count, sizeof *path, by_time);
    for (int i = 0; i < count; i++)
        if (cleans)
            clean_record(path[i], &cleaned, status);
        else if (list_record(path[i], whole_path ? path[i] : strrchr(path[i], '/') + 1) != STATUS_CLEAN)
            *status = STATUS_RECORD;
    folder_free(path, count);
    if (cleans && count >= 0)
        clean_unwritten(folder, &cleaned, status);
    if (cleans && (count > 0 || cleaned.count > 0))
        print_cleaned(&cleaned);
    return cleaned.count > 0 && count == 0 ? (int)cleaned.count : count;
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

/* The folder that the library's option names; NULL: none. Of several the last one counts, as for the library. */
static char *option_dir(void)
{
    const char *at = getenv("LOCKWATCH_OPTIONS");
    char *dir = NULL;
    for (; at != NULL && *at != 0; at += strspn(at, ":")) {
        size_t size = strcspn(at, ":");
        if (size > 4 && memcmp(at, "dir=", 4) == 0) {
            free(dir);
            dir = strndup(at + 4, size - 4);
        }
        at += size;
    }
    return dir;
}

/* The folders of preload/store/store.c: a program may use either. One that cannot be read has no records of ours. */
static int list_default(void)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    char temporary[64], *folder = option_dir();
    int status = STATUS_CLEAN, count = 0;
    if (folder != NULL) {
        if (list(folder, true, &status) <= 0)
            print_none(folder, NULL);
        free(folder);
        return status;
    }
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

/* Whether to go on; else `status` is how to end. */
static bool read_options(int argc, char **argv, int *status)
{
    static const struct option options[] = {
        {"clean", no_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    int option, end = -1;
    opterr = 0;
    while (end < 0 && (option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
        if (option == 'c')
            cleans = true;
        else if (option == 'h')
            end = fputs(help, stdout) < 0 ? STATUS_USAGE : STATUS_CLEAN;
        else
            end = cmd_wrong_option("list", option, argv);
    }
    *status = end < 0 ? STATUS_CLEAN : end;
    return end < 0;
}

int cmd_list(int argc, char **argv)
{
    int status = STATUS_CLEAN;
    if (!read_options(argc, argv, &status))
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
