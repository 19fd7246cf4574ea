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
int cmd_attach(int argc, char **argv);
int cmd_core(int argc, char **argv);
int cmd_seal(int argc, char **argv);
int cmd_watch(int argc, char **argv);
int cmd_live_report(int argc, char **argv);

/*
 * "lockwatch COMMAND: …; try 'lockwatch COMMAND --help'" on stderr; and "lockwatch COMMAND: PATH: REASON" if it is not
 * the usage that is wrong. They return STATUS_USAGE.
 */
int cmd_wrong(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
int cmd_failed(const char *command, const char *path, const char *reason);

/* The same for an option for which getopt_long returned '?' or ':'. */
int cmd_wrong_option(const char *command, int option, char **argv);

/* The severity of a word; false: there is none. */
bool cmd_severity(const char *word, enum finding_severity *severity);

/* Reads the file of --suppressions; *s is zero before. STATUS_USAGE if it cannot be read or has a bad line. */
int cmd_suppressions(const char *command, const char *path, struct suppressions *s);

/*
 * opened_record_open without the suppressed findings: by the file that the record names (a line on stderr says what is
 * wrong with that), and by `given`, if not NULL. "-" is standard input.
 */
bool cmd_open(struct opened_record *v, const char *path, const struct suppressions *given);

/* The same with opened_record_open_asked, if `asked`, and without `given`. */
bool cmd_open_asked(struct opened_record *v, const char *path, bool asked);

/* The options --format, --output, --fail-on and --suppressions, with their values. */
struct cmd_output {
    const char *command;
    const struct format *format;
    enum finding_severity fail_on;
    const char *path; /* NULL: stdout */
    const char *root; /* of the sources, as it was given; NULL: it was not */
    char *found_root;
    const char *baseline; /* of `report`; NULL: none */
    struct suppressions suppressions;
    struct output_file target;
    struct output out;
};

/* Reads them. True: continue, with optind at the first argument; else end with `status`. */
bool cmd_output_read(struct cmd_output *o, int argc, char **argv, const char *help, int *status);

/* The same for a command that only has --output. */
bool cmd_output_read_path(struct cmd_output *o, int argc, char **argv, const char *help, int *status);

/* Opens `out`. Not STATUS_CLEAN: it cannot be written, or it is one of the `inputs` (up to NULL). */
int cmd_output_open(struct cmd_output *o, char *const *inputs);

/* Returns `status` if everything could be written. Without `any` output the file stays as it was. */
int cmd_output_close(struct cmd_output *o, int status, bool any);

/* The `write` of an output or a story; `stream` is a FILE. */
void cmd_write(void *stream, const char *text, size_t size);

/* "lockwatch: FILE: reason" on stderr; returns STATUS_RECORD. */
int cmd_refused(const char *path, const char *reason);

#endif
