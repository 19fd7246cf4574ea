#include "analyzer/commands/cmd.h"
#include "analyzer/open_record.h"

#include <getopt.h>

static const char help[] =
    "Usage: lockwatch report [OPTION...] RECORD...\n"
    "Reports what was found: what the program reported while it ran, and what its record shows.\n"
    "\n"
    "  --format=FORMAT      text (the default) or json\n"
    "  --explain            text with the evidence for each Coffman condition, and with addresses\n"
    "  -o, --output=FILE    write to FILE instead of standard output\n"
    "  --fail-on=SEVERITY   exit with 1 on findings of error, warning (the default) or note, and above\n"
    "  --suppressions=FILE  leave out, and only count, what a line KIND:GLOB of FILE covers; the file that the\n"
    "                       library's option suppressions named counts, too\n"
    "\n"
    "Exit status: 0 nothing found, 1 findings, 2 wrong usage, 3 a record that cannot be read.\n";

static int report(const struct cmd_output *o, char **paths, unsigned count, bool *any)
{
    int status = STATUS_CLEAN;
    unsigned place = 0;
    o->format->begin(&o->out, count);
    for (unsigned i = 0; i < count; i++) {
        struct opened_record view;
        if (!cmd_open(&view, paths[i], &o->suppressions)) {
            status = cmd_refused(paths[i], view.file.error);
            opened_record_close(&view);
            continue;
        }
        for (size_t f = 0; f < view.findings.count; f++)
            if (view.findings.item[f].severity >= o->fail_on && status == STATUS_CLEAN)
                status = STATUS_FOUND;
        o->format->record(&o->out, &view, place++, count);
        opened_record_close(&view);
    }
    *any = place != 0;
    if (place != 0 || count > 1)
        o->format->end(&o->out, count);
    return status;
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
    status = report(&o, argv + optind, (unsigned)(argc - optind), &any);
    return cmd_output_close(&o, status, any);
}
