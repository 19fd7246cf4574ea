#include "analyzer/cmd.h"
#include "analyzer/merge/merge.h"

#include <getopt.h>
#include <stdio.h>

static const char help[] =
    "Usage: lockwatch merge -o FILE RECORD...\n"
    "Joins what the records of many runs say in one record, FILE, which may be one of them: so that locks taken in "
    "one\n"
    "order in one run and in the other in another run are found by 'lockwatch report FILE'. Merging what was merged\n"
    "before is the same as merging all at once, and twice is as good as once.\n\n"
    "  -o, --output=FILE    where to write it\n\n"
    "Exit status: 0 merged, 2 wrong usage, or FILE cannot be written, 3 a record that cannot be read; then nothing is\n"
    "written.\n";

/* Whether to go on; else `status` is how to end. */
static bool read_options(int argc, char **argv, const char **output, int *status)
{
    static const struct option options[] = {
        {"output", required_argument, NULL, 'o'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":o:h", options, NULL)) != -1) {
        if (option == 'o')
            *output = optarg;
        if (option == 'h') {
            fputs(help, stdout);
            *status = STATUS_CLEAN;
            return false;
        }
        if (option == '?' || option == ':') {
            *status = cmd_wrong_option("merge", option, argv);
            return false;
        }
    }
    if (*output == NULL)
        *status = cmd_wrong("merge", "-o FILE is missing");
    else if (optind == argc)
        *status = cmd_wrong("merge", "a record is missing");
    return *output != NULL && optind < argc;
}

static int add_all(struct merge *m, char **paths)
{
    for (; *paths != NULL; paths++) {
        struct view view;
        const char *problem = NULL;
        if (!view_open(&view, *paths))
            problem = view.file.error;
        else if (!merge_add(m, &view))
            problem = "no memory to merge it";
        int status = problem == NULL ? STATUS_CLEAN : cmd_refused(*paths, problem);
        view_close(&view);
        if (status != STATUS_CLEAN)
            return status;
    }
    return STATUS_CLEAN;
}

int cmd_merge(int argc, char **argv)
{
    const char *output = NULL;
    int status = STATUS_CLEAN;
    if (!read_options(argc, argv, &output, &status))
        return status;
    struct merge m;
    merge_begin(&m);
    status = add_all(&m, argv + optind);
    if (status == STATUS_CLEAN) {
        const char *problem = merge_save(&m, output);
        if (problem != NULL)
            status = cmd_wrong("merge", "%s: %s", output, problem);
    }
    merge_end(&m);
    return status;
}
