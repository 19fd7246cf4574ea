/*
 * The outputs of a command that writes any number of formats at once, each to a file: --sarif=FILE --junit=FILE ... And
 * on GitHub's runners the annotations and the summary of the step, which nobody has to ask for.
 */
#ifndef LOCKWATCH_ANALYZER_COMMANDS_OUTPUTS_H
#define LOCKWATCH_ANALYZER_COMMANDS_OUTPUTS_H

#include "analyzer/commands/cmd.h"
#include "analyzer/facts/facts.h"
#include "analyzer/run_child.h"

#include <getopt.h>

enum { OUTPUTS_MOST = 16, OUTPUT_OPTION = 1000 };

struct outputs {
    const char *command;
    const char *path[OUTPUTS_MOST]; /* by place in `formats`; NULL: it is not asked for */
    const char *root;               /* --source-root, or NULL */
    const char *baseline_path;      /* --baseline, or NULL */
    char *found_root;
    struct output out;
    struct baseline baseline;
    struct facts facts;
    char **record; /* that were added: a text is written of each */
    size_t records;
    bool asked;  /* for any of them */
    bool github; /* we run on a runner of GitHub Actions */
};

/* Adds the options behind the last one of `options`, which have room; their values are from OUTPUT_OPTION on. */
void outputs_options(struct option *options);

/* Takes one of them. False: it is none. */
bool outputs_take(struct outputs *o, int option, const char *value);

/* Before anything else is done: whether each can be written, and the baseline read. Else STATUS_USAGE or so. */
int outputs_begin(struct outputs *o);

/* NULL: there is none. */
const struct baseline *outputs_baseline(const struct outputs *o);

void outputs_add(struct outputs *o, struct opened_record *v);

/* The program that was started, as far as no record says it: that it ran, and how it ended. */
void outputs_main(struct outputs *o, const char *program, const struct run_child_end *end);

/* A program that was not watched. */
void outputs_unwatched(struct outputs *o, const char *program, const char *why, long times);

/* Writes all of them. STATUS_CLEAN, or STATUS_USAGE if one could not be written. */
int outputs_write(struct outputs *o);
void outputs_end(struct outputs *o);

#endif
