/* What the commands that print findings have in common: format, file, and which findings make the exit status 1. */
#include "analyzer/commands/cmd.h"
#include "analyzer/render/field.h"
#include "analyzer/symbols/elsewhere.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool find_format(struct cmd_output *o, const char *name)
{
    for (size_t i = 0; formats[i] != NULL; i++)
        if (strcmp(formats[i]->name, name) == 0) {
            o->format = formats[i];
            return true;
        }
    return false;
}

bool cmd_output_read(struct cmd_output *o, int argc, char **argv, const char *help, int *status)
{
    static const struct option options[] = {{"format", required_argument, NULL, 'f'},
                                            {"output", required_argument, NULL, 'o'},
                                            {"fail-on", required_argument, NULL, 's'},
                                            {"suppressions", required_argument, NULL, 'p'},
                                            {"explain", no_argument, NULL, 'e'},
                                            {"source-root", required_argument, NULL, 'r'},
                                            {"category", required_argument, NULL, 'c'},
                                            {"junit-file-attribute", no_argument, NULL, 'j'},
                                            {"baseline", required_argument, NULL, 'b'},
                                            {"sysroot", required_argument, NULL, 'y'},
                                            {"path-map", required_argument, NULL, 'm'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int option, end = -1; /* the exit status, once the command is to end */
    *o = (struct cmd_output){.command = argv[0], .format = &text_format, .fail_on = SEVERITY_WARNING};
    opterr = 0;
    while (end < 0 && (option = getopt_long(argc, argv, ":o:h", options, NULL)) != -1) {
        if (option == 'o')
            o->path = optarg;
        else if (option == 'f')
            end = find_format(o, optarg) ? -1 : cmd_wrong(o->command, "unknown format '%s'", optarg);
        else if (option == 's')
            end = cmd_severity(optarg, &o->fail_on) ? -1 : cmd_wrong(o->command, "unknown severity '%s'", optarg);
        else if (option == 'p')
            end = cmd_suppressions(o->command, optarg, &o->suppressions) == STATUS_CLEAN ? -1 : STATUS_USAGE;
        else if (option == 'e')
            o->out.explain = true;
        else if (option == 'r')
            o->root = optarg;
        else if (option == 'c')
            o->out.category = optarg;
        else if (option == 'b')
            o->baseline = optarg;
        else if (option == 'y')
            end = elsewhere_sysroot(optarg) ? -1 : cmd_failed(o->command, optarg, strerror(errno));
        else if (option == 'm')
            end = elsewhere_map(optarg) ? -1 : cmd_wrong(o->command, "--path-map takes FROM=TO, not '%s'", optarg);
        else if (option == 'j')
            o->out.file_attributes = true;
        else if (option == 'h')
            end = fputs(help, stdout) < 0 ? STATUS_USAGE : STATUS_CLEAN;
        else
            end = cmd_wrong_option(o->command, option, argv);
    }
    *status = end;
    return end < 0;
}

bool cmd_output_read_path(struct cmd_output *o, int argc, char **argv, const char *help, int *status)
{
    static const struct option options[] = {
        {"output", required_argument, NULL, 'o'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    int option, end = -1;
    *o = (struct cmd_output){.command = argv[0]};
    opterr = 0;
    while (end < 0 && (option = getopt_long(argc, argv, ":o:h", options, NULL)) != -1) {
        if (option == 'o')
            o->path = optarg;
        else if (option == 'h')
            end = fputs(help, stdout) < 0 ? STATUS_USAGE : STATUS_CLEAN;
        else
            end = cmd_wrong_option(o->command, option, argv);
    }
    *status = end;
    return end < 0;
}

static bool colors(const struct cmd_output *o)
{
    const char *terminal = getenv("TERM"), *none = getenv("NO_COLOR");
    return o->path == NULL && isatty(STDOUT_FILENO) && (none == NULL || none[0] == 0) && terminal != NULL &&
           strcmp(terminal, "dumb") != 0;
}

int cmd_output_open(struct cmd_output *o, char *const *inputs)
{
    const char *called = o->path == NULL ? "standard output" : o->path;
    for (; *inputs != NULL; inputs++)
        if (output_file_is(o->path, *inputs))
            return cmd_failed(o->command, called, "it is a file that is read");
    if (o->path != NULL && o->suppressions.path != NULL && output_file_is(o->path, o->suppressions.path))
        return cmd_failed(o->command, called, "it is the file of the suppressions");
    if (o->path != NULL && o->baseline != NULL && output_file_is(o->path, o->baseline))
        return cmd_failed(o->command, called, "it is the baseline");
    o->out.fail_on = o->fail_on;
    o->out.root = o->found_root = place_root(o->root);
    if (o->found_root == NULL && o->root != NULL)
        return cmd_failed(o->command, o->root, strerror(errno));
    const char *problem = o->path == NULL ? NULL : output_file_open(&o->target, o->path, 0666);
    if (problem != NULL)
        return cmd_failed(o->command, called, problem);
    o->out.write = o->path == NULL ? cmd_write : output_file_write;
    o->out.context = o->path == NULL ? (void *)stdout : &o->target;
    o->out.color = colors(o);
    o->out.sources = sources_open();
    o->out.width = o->path == NULL ? output_width(STDOUT_FILENO) : 0;
    return STATUS_CLEAN;
}

int cmd_output_close(struct cmd_output *o, int status, bool any)
{
    const char *problem = NULL;
    suppressions_free(&o->suppressions);
    sources_close(o->out.sources);
    free(o->found_root);
    if (o->path != NULL && any)
        problem = output_file_keep(&o->target);
    else if (o->path != NULL)
        output_file_drop(&o->target);
    return problem == NULL ? status : cmd_failed(o->command, o->path, problem);
}
