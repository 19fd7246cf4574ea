#include "analyzer/commands/cmd.h"
#include "analyzer/facts/facts.h"
#include "analyzer/open_record.h"

#include <getopt.h>

static const char help[] =
    "Usage: lockwatch report [OPTION...] RECORD...\n"
    "Reports what was found: what the program reported while it ran, and what its record shows.\n"
    "\n"
    "  --format=FORMAT      text (the default), json, sarif, junit, codequality (GitLab), github (annotations), or "
    "dot\n"
    "  --explain            text with the evidence for each Coffman condition, and with addresses\n"
    "  -o, --output=FILE    write to FILE instead of standard output\n"
    "  --fail-on=SEVERITY   exit with 1 on findings of error, warning (the default) or note, and above\n"
    "  --source-root=DIR    name files relative to DIR; without it, to the folder with .git in or above this one\n"
    "  --category=NAME      sarif: what tells this analysis from others of the program\n"
    "  --junit-file-attribute\n"
    "                       junit: with the attributes file and line, which GitLab shows and Jenkins refuses\n"
    "  --suppressions=FILE  leave out, and only count, what a line KIND:GLOB of FILE covers; the file that the\n"
    "                       library's option suppressions named counts, too\n"
    "\n"
    "Exit status: 0 nothing found, 1 findings, 2 wrong usage, 3 a record that cannot be read.\n";

/* Reads the records one after the other; what cannot be read is said, and makes the status. */
static int read_records(const struct cmd_output *o, char **paths, unsigned count, struct facts *facts, unsigned *read)
{
    int status = STATUS_CLEAN;
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
        if (facts != NULL)
            facts_add(facts, &view);
        else
            o->format->record(&o->out, &view, *read, count);
        (*read)++;
        opened_record_close(&view);
    }
    return status;
}

/* As one object, however many they are. */
static int report_whole(const struct cmd_output *o, char **paths, unsigned count, unsigned *read)
{
    struct facts facts;
    facts_begin(&facts, NULL);
    int status = read_records(o, paths, count, &facts, read);
    json_t *report = facts_report(&facts);
    if (*read != 0)
        o->format->whole(&o->out, report);
    json_decref(report);
    facts_end(&facts);
    return status;
}

static int report(const struct cmd_output *o, char **paths, unsigned count, unsigned *read)
{
    if (o->format->whole != NULL)
        return report_whole(o, paths, count, read);
    o->format->begin(&o->out, count);
    int status = read_records(o, paths, count, NULL, read);
    if (*read != 0 || count > 1)
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
    unsigned read = 0;
    status = report(&o, argv + optind, (unsigned)(argc - optind), &read);
    return cmd_output_close(&o, status, read != 0);
}
