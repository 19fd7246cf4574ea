#include "analyzer/attach/attached.h"
#include "analyzer/attach/core_file.h"
#include "analyzer/commands/cmd.h"
#include "analyzer/source.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FORMAT_HELP                                                                                                    \
    "  --format=FORMAT      text (the default), or another one of 'lockwatch report'\n"                                \
    "  --explain            text with the evidence for each Coffman condition, and\n"                                  \
    "                       with addresses\n"                                                                          \
    "  -o, --output=FILE    write to FILE instead of standard output\n"                                                \
    "  --fail-on=SEVERITY   exit with 1 on findings of error, warning (the default)\n"                                 \
    "                       or note, and above\n"                                                                      \
    "  --source-root=DIR    this and the next two as 'lockwatch report' has them\n"                                    \
    "  --category=NAME\n"                                                                                              \
    "  --junit-file-attribute\n"                                                                                       \
    "  --suppressions=FILE  leave out, and only count, what a line KIND:GLOB of FILE\n"                                \
    "                       covers\n"

static const char attach_help[] = "Usage: lockwatch attach [OPTION...] PID\n"
                                  "Reports who waits for whom in a process that runs, also if the library was not\n"
                                  "preloaded: its threads, what they wait for in futex calls, and who owns that.\n"
                                  "Nothing in the process is changed or stopped: it is looked at twice, 0.1 s\n"
                                  "apart, and what stood still is judged. It takes the right to debug the process.\n"
                                  "\n"
                                  "  --stop               stop the process for some milliseconds, for whole stacks\n"
                                  "                       of code that has no frame table\n" FORMAT_HELP "\n"
                                  "Exit status: 0 nothing found, 1 findings, 2 wrong usage, 3 a process that\n"
                                  "cannot be read.\n";

static const char core_help[] = "Usage: lockwatch core [OPTION...] FILE [EXE]\n"
                                "Reports who waited for whom in a process that left a core file, also if the\n"
                                "library was not preloaded. EXE is its program, if that is not where it was.\n"
                                "\n" FORMAT_HELP "\n"
                                "Exit status: 0 nothing found, 1 findings, 2 wrong usage, 3 a core that cannot\n"
                                "be read.\n";

/* Takes an option without a value out of the arguments; whether it was there. */
static bool take(int *argc, char **argv, const char *option)
{
    bool taken = false;
    for (int i = 1; i < *argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], option) != 0)
            continue;
        memmove((void *)(argv + i), (void *)(argv + i + 1), (size_t)(*argc - i) * sizeof *argv);
        --*argc;
        i--;
        taken = true;
    }
    return taken;
}

static int print(const struct cmd_output *o, struct opened_record *view)
{
    int status = STATUS_CLEAN;
    suppressions_apply(&o->suppressions, view);
    for (size_t f = 0; f < view->findings.count; f++)
        if (view->findings.item[f].severity >= o->fail_on)
            status = STATUS_FOUND;
    format_record(o->format, &o->out, view);
    return status;
}

/* The report is one without its record then. */
static void warn_unrecorded(const char *name, const struct attached *a)
{
    if (!a->recorded && a->unrecorded[0] != 0)
        fprintf(stderr, "lockwatch: %s: its own record is left out: %s\n", name, a->unrecorded);
}

static bool read_pid(const char *text, uint32_t *pid)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    *pid = (uint32_t)number;
    return text[0] >= '0' && text[0] <= '9' && *end == 0 && errno == 0 && number > 0 && number <= INT_MAX;
}

int cmd_attach(int argc, char **argv)
{
    struct cmd_output o;
    static struct attached a;
    char *const none[] = {NULL};
    uint32_t pid;
    int status;
    bool stop = take(&argc, argv, "--stop");
    if (!cmd_output_read(&o, argc, argv, attach_help, &status))
        return status;
    if (argc - optind != 1)
        return cmd_wrong("attach", argc == optind ? "a process is missing" : "wants one process");
    if (!read_pid(argv[optind], &pid))
        return cmd_wrong("attach", "'%s' is no process number", argv[optind]);
    if ((status = cmd_output_open(&o, none)) != STATUS_CLEAN)
        return status;
    bool any = attached_process(&a, argv[optind], pid, stop);
    warn_unrecorded(argv[optind], &a);
    status = any ? print(&o, &a.view) : cmd_refused(argv[optind], a.target.error);
    attached_close(&a);
    return cmd_output_close(&o, status, any);
}

int cmd_core(int argc, char **argv)
{
    struct cmd_output o;
    static struct attached a;
    struct stat st;
    int status;
    if (!cmd_output_read(&o, argc, argv, core_help, &status))
        return status;
    if (argc - optind < 1 || argc - optind > 2)
        return cmd_wrong("core", argc == optind ? "a core file is missing" : "wants a core file and its program");
    if ((status = cmd_output_open(&o, argv + optind)) != STATUS_CLEAN)
        return status;
    if (stat(argv[optind], &st) == 0)
        sources_assume((uint64_t)st.st_mtim.tv_sec * 1000000000 + (uint64_t)st.st_mtim.tv_nsec);
    bool any = attached_core(&a, argv[optind], argv[optind + 1]);
    warn_unrecorded(argv[optind], &a);
    if (any && !core_file_has_program(&a.target))
        cmd_refused(argv[optind], a.target.error);
    status = any ? print(&o, &a.view) : cmd_refused(argv[optind], a.target.error);
    attached_close(&a);
    return cmd_output_close(&o, status, any);
}
