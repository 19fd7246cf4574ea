#include "analyzer/merge/merge.h"
#include "analyzer/commands/cmd.h"
#include "analyzer/commands/progress.h"
#include "analyzer/open_record.h"

#include <getopt.h>
#include <stdio.h>

static const char help[] = "Usage: lockwatch merge -o FILE RECORD...\n"
                           "Joins the records of many runs in one record, FILE, which may be one of them.\n"
                           "'lockwatch report FILE' then finds locks that one run acquired in one order and\n"
                           "another run in the other order. Merging merged records gives the same result as\n"
                           "merging all records at once, and merging a record twice the same as once.\n"
                           "\n"
                           "  -o, --output=FILE    where to write the result\n"
                           "\n"
                           "Exit status: 0 merged, 2 wrong usage or FILE cannot be written, 3 a record that\n"
                           "cannot be read; then nothing is written.\n";

static int add_all(struct merge *m, char **paths, unsigned count)
{
    for (unsigned i = 0; i < count; i++, paths++) {
        struct opened_record view;
        const char *problem = NULL;
        progress(i, count);
        if (!opened_record_open(&view, *paths))
            problem = view.file.error;
        else if (!merge_add(m, &view))
            problem = "no memory to merge it";
        int status = problem == NULL ? STATUS_CLEAN : cmd_refused(*paths, problem);
        opened_record_close(&view);
        if (status != STATUS_CLEAN)
            return status;
    }
    return STATUS_CLEAN;
}

int cmd_merge(int argc, char **argv)
{
    struct cmd_output o;
    int status;
    if (!cmd_output_read_path(&o, argc, argv, help, &status))
        return status;
    if (o.path == NULL)
        return cmd_wrong("merge", "-o FILE is missing");
    if (optind == argc)
        return cmd_wrong("merge", "a record is missing");
    struct merge m;
    merge_begin(&m);
    status = add_all(&m, argv + optind, (unsigned)(argc - optind));
    progress_over();
    const char *problem = status == STATUS_CLEAN ? merge_save(&m, o.path) : NULL;
    merge_end(&m);
    return problem == NULL ? status : cmd_failed("merge", o.path, problem);
}
