#include "analyzer/cmd.h"
#include "analyzer/render/render.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: lockwatch report [OPTION...] RECORD...\n"
    "Tells what was found: what the program reported while it ran, and what its record shows.\n\n"
    "  --format=FORMAT      text (the default) or json\n"
    "  -o, --output=FILE    write to FILE instead of standard output\n"
    "  --fail-on=SEVERITY   exit with 1 on findings of error, warning (the default) or note, and above\n"
    "  --suppressions=FILE  leave out, and only count, what a line KIND:GLOB of FILE covers; what the library was "
    "given\n"
    "                       in the option suppressions holds, too\n\n"
    "Exit status: 0 nothing found, 1 findings, 2 wrong usage, 3 a record that cannot be read.\n";

static const struct format *const formats[] = {&text_format, &json_format, NULL};

struct report {
    const struct format *format;
    enum finding_severity fail_on;
    const char *output;
    struct suppressions suppressions;
};

static bool find_format(struct report *r, const char *name)
{
    for (size_t i = 0; formats[i] != NULL; i++)
        if (strcmp(formats[i]->name, name) == 0) {
            r->format = formats[i];
            return true;
        }
    return false;
}

/* Whether to go on; else `status` is how to end. */
static bool read_options(struct report *r, int argc, char **argv, int *status)
{
    static const struct option options[] = {
        {"format", required_argument, NULL, 'f'},  {"output", required_argument, NULL, 'o'},
        {"fail-on", required_argument, NULL, 's'}, {"suppressions", required_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0}};
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":o:h", options, NULL)) != -1) {
        if (option == 'f' && !find_format(r, optarg)) {
            *status = cmd_wrong("report", "unknown format '%s'", optarg);
            return false;
        }
        if (option == 's' && !cmd_severity(optarg, &r->fail_on)) {
            *status = cmd_wrong("report", "unknown severity '%s'", optarg);
            return false;
        }
        if (option == 'p' && (*status = cmd_suppressions("report", optarg, &r->suppressions)) != STATUS_CLEAN)
            return false;
        if (option == 'o')
            r->output = optarg;
        if (option == 'h') {
            fputs(help, stdout);
            *status = STATUS_CLEAN;
            return false;
        }
        if (option == '?' || option == ':') {
            *status = cmd_wrong_option("report", option, argv);
            return false;
        }
    }
    if (optind == argc)
        *status = cmd_wrong("report", "a record is missing");
    return optind < argc;
}

static bool colors(const struct report *r)
{
    const char *terminal = getenv("TERM"), *none = getenv("NO_COLOR");
    return r->output == NULL && isatty(STDOUT_FILENO) && (none == NULL || none[0] == 0) && terminal != NULL &&
           strcmp(terminal, "dumb") != 0;
}

static int report(const struct report *r, const struct output *out, char **paths, unsigned count)
{
    int status = STATUS_CLEAN;
    unsigned place = 0;
    r->format->begin(out, count);
    for (unsigned i = 0; i < count; i++) {
        struct view view;
        if (!cmd_open(&view, paths[i], &r->suppressions)) {
            status = cmd_refused(paths[i], view.file.error);
            view_close(&view);
            continue;
        }
        for (size_t f = 0; f < view.findings.count; f++)
            if (view.findings.item[f].severity >= r->fail_on && status == STATUS_CLEAN)
                status = STATUS_FOUND;
        r->format->record(out, &view, place++, count);
        view_close(&view);
    }
    if (place != 0 || count > 1)
        r->format->end(out, count);
    return status;
}

int cmd_report(int argc, char **argv)
{
    struct report r = {.format = &text_format, .fail_on = SEVERITY_WARNING};
    int status = STATUS_CLEAN;
    if (!read_options(&r, argc, argv, &status))
        return status;
    FILE *stream = r.output == NULL ? stdout : fopen(r.output, "we");
    if (stream == NULL)
        return cmd_wrong("report", "%s: %s", r.output, strerror(errno));
    struct output out = {.write = cmd_write, .context = stream, .color = colors(&r)};
    status = report(&r, &out, argv + optind, (unsigned)(argc - optind));
    if (r.output == NULL)
        return status;
    bool good = ferror(stream) == 0;
    if (fclose(stream) != 0 || !good)
        return cmd_wrong("report", "%s: cannot be written: %s", r.output, strerror(errno));
    return status;
}
