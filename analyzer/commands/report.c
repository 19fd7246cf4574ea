#include "analyzer/commands/cmd.h"
#include "analyzer/commands/several.h"
#include "analyzer/folder.h"
#include "analyzer/joint.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char help[] = "Usage: lockwatch report [OPTION...] RECORD...\n"
                           "Reports what was found: what the program reported while it ran, and what its\n"
                           "record shows. RECORD may also be a folder: then all records in it are read; or\n"
                           "-, standard input. A finding that several records have is reported once.\n"
                           "\n"
                           "  --format=FORMAT      text (the default), json, sarif, junit, codequality\n"
                           "                       (GitLab), github (annotations), dot, or html (one page,\n"
                           "                       with graphs if Graphviz is installed)\n"
                           "  --explain            text with the evidence for each Coffman condition, and\n"
                           "                       with addresses\n"
                           "  -o, --output=FILE    write to FILE instead of standard output\n"
                           "  --fail-on=SEVERITY   exit with 1 on findings of error, warning (the default)\n"
                           "                       or note, and above\n"
                           "  --source-root=DIR    name files relative to DIR; without it, to the folder\n"
                           "                       with .git in or above this one\n"
                           "  --category=NAME      sarif: what tells this analysis from others of the\n"
                           "                       program\n"
                           "  --junit-file-attribute\n"
                           "                       junit: with the attributes file and line, which GitLab\n"
                           "                       shows and Jenkins refuses\n"
                           "  --baseline=FILE      only findings count that FILE does not have, or has with\n"
                           "                       a lower severity: a record, or a report as JSON; text\n"
                           "                       has no others\n"
                           "  --sysroot=DIR        the program and its libraries, as they ran, are below\n"
                           "                       DIR\n"
                           "  --path-map=FROM=TO   of these, what was below FROM is below TO; may be given\n"
                           "                       more than once\n"
                           "  --suppressions=FILE  leave out, and only count, what a line KIND:GLOB of FILE\n"
                           "                       covers; the file that the library's option suppressions\n"
                           "                       named counts, too\n"
                           "\n"
                           "Exit status: 0 nothing found, 1 findings, 2 wrong usage, 3 a record that cannot\n"
                           "be read.\n";

struct paths {
    char **path;
    unsigned count;
};

static void add_path(struct paths *all, const char *path)
{
    char **more = realloc((void *)all->path, (all->count + 1) * sizeof *more);
    if (more == NULL)
        return;
    all->path = more;
    all->path[all->count] = strdup(path);
    all->count += all->path[all->count] != NULL;
}

/* Those in folders among them. STATUS_RECORD: a folder without records. */
static int find_records(struct paths *all, char **asked)
{
    int status = STATUS_CLEAN;
    for (; *asked != NULL; asked++) {
        char **path;
        struct stat st;
        if (stat(*asked, &st) != 0 || !S_ISDIR(st.st_mode)) {
            add_path(all, *asked);
            continue;
        }
        int count = folder_records(*asked, &path);
        if (count <= 0)
            status = cmd_refused(*asked, count < 0 ? strerror(errno) : "there is no record in this folder");
        for (int i = 0; i < count; i++)
            add_path(all, path[i]);
        if (count >= 0)
            folder_free(path, count);
    }
    return status;
}

static int report(const struct cmd_output *o, char **asked, bool *any)
{
    struct paths paths = {.count = 0};
    struct baseline baseline;
    if (o->baseline != NULL && !baseline_read(&baseline, o->baseline)) {
        baseline_end(&baseline);
        return cmd_refused(o->baseline, baseline.error);
    }
    int status = find_records(&paths, asked);
    struct several all = {.path = paths.path,
                          .count = paths.count,
                          .format = o->format,
                          .out = &o->out,
                          .suppressions = &o->suppressions,
                          .baseline = o->baseline == NULL ? NULL : &baseline,
                          .fail_on = o->fail_on};
    joint_beside(paths.path, paths.count);
    int found = several_write(&all);
    joint_beside(NULL, 0);
    *any = all.read != 0;
    for (unsigned i = 0; i < paths.count; i++)
        free(paths.path[i]);
    free((void *)paths.path);
    if (o->baseline != NULL)
        baseline_end(&baseline);
    return found > status ? found : status;
}

int cmd_report(int argc, char **argv)
{
    struct cmd_output o;
    int status;
    if (!cmd_output_read(&o, argc, argv, help, &status))
        return status;
    if (optind == argc)
        return cmd_wrong("report", "a record is missing");
    if ((status = cmd_output_open(&o, argv + optind)) != STATUS_CLEAN)
        return status;
    bool any = false;
    status = report(&o, argv + optind, &any);
    return cmd_output_close(&o, status, any);
}
