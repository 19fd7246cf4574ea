/*
 * lockwatch: what the records of watched programs say. The commands are in the table below; `live-report` is not
 * listed, the preloaded library runs it.
 */
#include "analyzer/commands/cmd.h"
#include "analyzer/commands/progress.h"
#include "analyzer/version.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary; /* NULL: not listed */
} commands[] = {
    {"run", cmd_run, "run a program and report what was found when it has ended"},
    {"report", cmd_report, "report what was found, from one or more records"},
    {"watch", cmd_watch, "show what the threads of a running program wait for and hold"},
    {"attach", cmd_attach, "report who waits for whom in a process that runs"},
    {"core", cmd_core, "the same of a process that left a core file"},
    {"diff", cmd_diff, "report the findings that an older record or report does not have"},
    {"merge", cmd_merge, "join the records of many runs in one"},
    {"seal", cmd_seal, "give a record what it needs to be reported elsewhere"},
    {"list", cmd_list, "list the records in a folder"},
    {"dump", cmd_dump, "print everything that is in a record"},
    {"live-report", cmd_live_report, NULL},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_help(void)
{
    printf("Usage: lockwatch COMMAND [OPTION...] [ARGUMENT...]\n"
           "       lockwatch help [COMMAND]\n"
           "       lockwatch --version\n"
           "Runs programs under liblockwatch.so, which watches their locks, and reads the\n"
           "records that they leave.\n\n");
    for (int i = 0; i < COMMANDS; i++)
        if (commands[i].summary != NULL)
            printf("  %-8s %s\n", commands[i].name, commands[i].summary);
    printf("\nExit status: 0 done, and nothing found; 1 there are findings; 2 wrong usage;\n"
           "3 a record that cannot be read. That of run is the program's, or 66 if there\n"
           "are findings. See also lockwatch(1).\n");
}

/* An argument may be any bytes: story_name escapes what a terminal might interpret. */
static struct story complaint(const char *command)
{
    struct story words = {.context = stderr, .write = cmd_write};
    story_text(&words, command == NULL ? "lockwatch" : "lockwatch ");
    story_text(&words, command == NULL ? "" : command);
    story_text(&words, ": ");
    return words;
}

int cmd_wrong(const char *command, const char *format, ...)
{
    struct story words = complaint(command);
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int size = vasprintf(&text, format, args);
    va_end(args);
    story_name(&words, size < 0 ? "wrong usage" : text);
    free(size < 0 ? NULL : text);
    story_format(&words, "; try 'lockwatch %s%s--help'\n", command == NULL ? "" : command, command == NULL ? "" : " ");
    return STATUS_USAGE;
}

static void print_problem(const char *command, const char *path, const char *reason)
{
    progress_over();
    struct story words = complaint(command);
    story_name(&words, path);
    story_text(&words, ": ");
    story_name(&words, reason);
    story_text(&words, "\n");
}

int cmd_failed(const char *command, const char *path, const char *reason)
{
    print_problem(command, path, reason);
    return STATUS_USAGE;
}

int cmd_wrong_option(const char *command, int option, char **argv)
{
    const char *problem = option == ':' ? "no value for option" : "unknown option";
    if (optopt > 0 && optopt < 256 && strncmp(argv[optind - 1], "--", 2) != 0)
        return cmd_wrong(command, "%s -%c", problem, optopt);
    return cmd_wrong(command, "%s %s", problem, argv[optind - 1]);
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

static int write_error; /* of standard output, or of the place for complaints */

void cmd_write(void *stream, const char *text, size_t size)
{
    if (fwrite(text, 1, size, stream) != size && write_error == 0)
        write_error = errno;
}

int cmd_refused(const char *path, const char *reason)
{
    print_problem(NULL, path, reason);
    return STATUS_RECORD;
}

/*
 * A stream that was closed must not become the number of a file that we open, and then get its words. Opened the wrong
 * way round, so that using it is the error that it was; and what we run has it closed.
 */
static void keep_streams_apart(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            open("/dev/null", (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
}

static const struct command *find_command(const char *name)
{
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

/* `help`, and `help COMMAND`, which is `COMMAND --help`. */
static int help(int argc, char **argv)
{
    static char option[] = "--help";
    const struct command *command = argc > 1 ? find_command(argv[1]) : NULL;
    if (argc > 2)
        return cmd_wrong(NULL, "help wants one command");
    if (argc == 2 && (command == NULL || command->summary == NULL))
        return cmd_wrong(NULL, "unknown command '%s'", argv[1]);
    if (command != NULL)
        return command->run(2, (char *[]){argv[1], option, NULL});
    print_help();
    return STATUS_CLEAN;
}

static int run(int argc, char **argv)
{
    const struct command *command = find_command(argv[0]);
    if (command != NULL)
        return command->run(argc, argv);
    if (strcmp(argv[0], "help") == 0)
        return help(argc, argv);
    if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)
        return help(1, argv);
    if (strcmp(argv[0], "--version") == 0) {
        printf("lockwatch %s\n", LOCKWATCH_VERSION);
        return STATUS_CLEAN;
    }
    if (strchr(argv[0], '/') != NULL && access(argv[0], X_OK) == 0)
        return cmd_wrong(NULL, "no command: '%s'; a program is run by 'lockwatch run PROGRAM'", argv[0]);
    return cmd_wrong(NULL, "unknown %s '%s'", argv[0][0] == '-' ? "option" : "command", argv[0]);
}

int main(int argc, char **argv)
{
    keep_streams_apart();
    setvbuf(stderr, NULL, _IOLBF, BUFSIZ); /* a line is one write */
    int status = argc < 2 ? cmd_wrong(NULL, "a command is missing") : run(argc - 1, argv + 1);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    fprintf(stderr, "lockwatch: cannot write: %s\n", strerror(write_error != 0 ? write_error : errno));
    return STATUS_USAGE;
}
