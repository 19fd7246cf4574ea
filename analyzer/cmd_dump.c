#include "analyzer/cmd.h"
#include "analyzer/render/render.h"

#include <getopt.h>
#include <stdio.h>

static const char help[] = "Usage: lockwatch dump RECORD...\n"
                           "Prints every table of a record, an item a line: its id, what it says, and what is known\n"
                           "of the addresses in it.\n";

int cmd_dump(int argc, char **argv)
{
    int status = STATUS_CLEAN;
    if (!cmd_only_help(argc, argv, help, &status))
        return status;
    if (optind == argc)
        return cmd_wrong("dump", "a record is missing");
    for (int i = optind; i < argc; i++) {
        struct view view;
        if (view_open(&view, argv[i]))
            dump_record(&(struct output){.write = cmd_write, .context = stdout}, &view);
        else
            status = cmd_refused(argv[i], view.file.error);
        view_close(&view);
    }
    return status;
}
