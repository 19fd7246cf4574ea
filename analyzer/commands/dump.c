#include "analyzer/commands/cmd.h"
#include "analyzer/open_record.h"
#include "analyzer/render/render.h"

#include <getopt.h>
#include <stdio.h>

static const char help[] = "Usage: lockwatch dump [-o FILE] RECORD...\n"
                           "Prints every table of a record, one item a line: its id, its fields, and what\n"
                           "is known of the addresses in it.\n"
                           "\n"
                           "  -o, --output=FILE    write to FILE instead of standard output\n"
                           "\n"
                           "Exit status: 0 printed, 2 wrong usage, 3 a record that cannot be read.\n";

int cmd_dump(int argc, char **argv)
{
    struct cmd_output o;
    int status;
    bool any = false;
    if (!cmd_output_read_path(&o, argc, argv, help, &status))
        return status;
    if (optind == argc)
        return cmd_wrong("dump", "a record is missing");
    if ((status = cmd_output_open(&o, argv + optind)) != STATUS_CLEAN)
        return status;
    for (int i = optind; i < argc; i++) {
        struct opened_record view;
        bool good = opened_record_open(&view, argv[i]);
        if (good)
            dump_record(&o.out, &view);
        else
            status = cmd_refused(argv[i], view.file.error);
        any |= good;
        opened_record_close(&view);
    }
    return cmd_output_close(&o, status, any);
}
