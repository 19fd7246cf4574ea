/*
 * The commands of lockwatch, a file each. They and main are the only ones that print and that decide the exit status.
 */
#ifndef LOCKWATCH_ANALYZER_COMMANDS_CMD_H
#define LOCKWATCH_ANALYZER_COMMANDS_CMD_H

#include "analyzer/output_file.h"
#include "analyzer/render/render.h"
#include "analyzer/suppression.h"

#include <stdio.h>

enum exit_status {
    STATUS_CLEAN = 0,
    STATUS_FOUND = 1,  /* findings at or above --fail-on */
    STATUS_USAGE = 2,  /* wrong usage, or output that cannot be written */
    STATUS_RECORD = 3, /* a record that cannot be read */
};

/* argv[0] is the command's own name. */
int cmd_run(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_merge(int argc, char **argv);
int cmd_tell(int argc, char **argv);

/*
 * "lockwatch COMMAND: …; try 'lockwatch COMMAND --help'" on stderr; and "lockwatch COMMAND: PATH: REASON" where not the
 * usage is wrong. They give STATUS_USAGE.
 */
int cmd_wrong(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
int cmd_failed(const char *command, const char *path, const char *reason);

/* The same for what getopt_long gave `option`, '?' or ':', for. */
int cmd_wrong_option(const char *command, int option, char **argv);

/*
 * Reads the options of a command that has none but --help. Whether to go on, with optind at the first argument; else
 * `status` is how to end.
 */
bool cmd_only_help(int argc, char **argv, const char *help, int *status);

/* Of a finding's severity, by its word: false when there is none of that name. */
bool cmd_severity(const char *word, enum finding_severity *severity);

/* What --suppressions names, before it is read zero. STATUS_USAGE when it cannot be read or a line of it is bad. */
int cmd_suppressions(const char *command, const char *path, struct suppressions *s);

/*
 * opened_record_open, and then takes out what is suppressed: by the file that the record names, of which one line says
 * what is wrong with it, and by `given`, if not NULL.
 */
bool cmd_open(struct opened_record *v, const char *path, const struct suppressions *given);

/* The options --format, --output, --fail-on and --suppressions, and what they ask for. */
struct cmd_output {
    const char *command;
    const struct format *format;
    enum finding_severity fail_on;
    const char *path; /* NULL: stdout */
    struct suppressions suppressions;
    struct output_file target;
    struct output out;
};

/* Reads them. Whether to go on, with optind at the first argument; else `status` is how to end. */
bool cmd_output_read(struct cmd_output *o, int argc, char **argv, const char *help, int *status);

/* The same for a command that only has --output. */
bool cmd_output_read_path(struct cmd_output *o, int argc, char **argv, const char *help, int *status);

/* STATUS_CLEAN when there is `out` to write to, which is none of the files that are read, up to NULL. */
int cmd_output_open(struct cmd_output *o, char *const *inputs);

/* Gives `status` back if all of it could be written. Without `any` words to keep the file is what it was. */
int cmd_output_close(struct cmd_output *o, int status, bool any);

/* Where words go: `stream` is a FILE. */
void cmd_write(void *stream, const char *text, size_t size);

/* "lockwatch: FILE: reason" on stderr; gives STATUS_RECORD. */
int cmd_refused(const char *path, const char *reason);

#endif
