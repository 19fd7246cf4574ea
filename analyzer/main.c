/*
 * lockwatch: what the records of watched programs say. The commands stand in the table below; `tell` is not listed, the
 * preloaded library runs it.
 */
#include "analyzer/cmd.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary; /* NULL: not listed */
} commands[] = {
    {"run", cmd_run, "run a program and tell what was found when it has ended"},
    {"report", cmd_report, "tell what was found, from one or more records"},
    {"diff", cmd_diff, "tell the findings that an older record or report does not have"},
    {"merge", cmd_merge, "join the records of many runs in one"},
    {"list", cmd_list, "list the records in a folder"},
    {"dump", cmd_dump, "print everything that is in a record"},
    {"tell", cmd_tell, NULL},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_help(void)
{
    printf("Usage: lockwatch COMMAND [OPTION...] [ARGUMENT...]\n"
           "Runs programs under liblockwatch.so, and reads what they leave.\n\n");
    for (int i = 0; i < COMMANDS; i++)
        if (commands[i].summary != NULL)
            printf("  %-8s %s\n", commands[i].name, commands[i].summary);
    printf(
        "\n'lockwatch COMMAND --help' tells more. Exit status: 0 done, and nothing found; 1 there are findings;\n"
        "2 wrong usage; 3 a record that cannot be read; of run, that of the program, or 66 if there are findings.\n");
}

int cmd_wrong(const char *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "lockwatch%s%s: ", command == NULL ? "" : " ", command == NULL ? "" : command);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "; try 'lockwatch %s%s--help'\n", command == NULL ? "" : command, command == NULL ? "" : " ");
    return STATUS_USAGE;
}

int cmd_wrong_option(const char *command, int option, char **argv)
{
    const char *problem = option == ':' ? "no value for option" : "unknown option";
    if (optopt > 0 && optopt < 256 && strncmp(argv[optind - 1], "--", 2) != 0)
        return cmd_wrong(command, "%s -%c", problem, optopt);
    return cmd_wrong(command, "%s %s", problem, argv[optind - 1]);
}

bool cmd_only_help(int argc, char **argv, const char *help, int *status)
{
    static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    opterr = 0;
    int option = getopt_long(argc, argv, ":h", options, NULL);
    if (option == -1)
        return true;
    *status = option == 'h' ? STATUS_CLEAN : cmd_wrong_option(argv[0], option, argv);
    if (option == 'h')
        fputs(help, stdout);
    return false;
}

bool cmd_severity(const char *word, enum finding_severity *severity)
{
    for (enum finding_severity s = SEVERITY_NOTE; s <= SEVERITY_ERROR; s++)
        if (strcmp(finding_severity_word(s), word) == 0) {
            *severity = s;
            return true;
        }
    return false;
}

void cmd_write(void *stream, const char *text, size_t size)
{
    fwrite(text, 1, size, stream);
}

int cmd_refused(const char *path, const char *reason)
{
    fprintf(stderr, "lockwatch: %s: %s\n", path, reason);
    return STATUS_RECORD;
}

int main(int argc, char **argv)
{
    unsetenv("DEBUGINFOD_URLS"); /* libdwfl would ask the network for debug files */
    if (argc < 2)
        return cmd_wrong(NULL, "a command is missing");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_help();
        return STATUS_CLEAN;
    }
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0) {
            int status = commands[i].run(argc - 1, argv + 1);
            if (fflush(stdout) == 0 && !ferror(stdout))
                return status;
            fprintf(stderr, "lockwatch: cannot write: %s\n", strerror(errno));
            return STATUS_USAGE;
        }
    return cmd_wrong(NULL, "unknown %s '%s'", argv[1][0] == '-' ? "option" : "command", argv[1]);
}
