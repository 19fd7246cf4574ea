/*
 * The formats that `report` can write, a file each. A renderer writes to an output and nowhere else.
 */
#ifndef LOCKWATCH_ANALYZER_RENDER_RENDER_H
#define LOCKWATCH_ANALYZER_RENDER_RENDER_H

#include "analyzer/text_writer.h"

#include <jansson.h>

/*
 * A format is written either of all records together, from what analyzer/facts/facts.h knows of them, or one record
 * after the other.
 */
struct format {
    const char *name; /* of --format= */

    void (*whole)(const struct output *out, const json_t *report); /* NULL: one record after the other */
    bool orders;                                                   /* its report shall have the lock orders, too */

    /*
     * Before the first of so many `records` that were asked for, for each that can be read with its place among those,
     * and at the end.
     */
    void (*begin)(const struct output *out, unsigned records);
    void (*record)(const struct output *out, struct opened_record *view, unsigned place, unsigned records);
    void (*end)(const struct output *out, unsigned records);
};

extern const struct format text_format;
extern const struct format json_format;
extern const struct format sarif_format;
extern const struct format junit_format;
extern const struct format codequality_format;
extern const struct format github_format;
extern const struct format dot_format;
extern const struct format html_format;

/* All of them, up to NULL; text first. */
extern const struct format *const formats[];

/* The report of one record, in any of them. */
void format_record(const struct format *format, const struct output *out, struct opened_record *view);

/* For $GITHUB_STEP_SUMMARY: a table in Markdown. */
void github_summary(const struct output *out, const json_t *report);

/* All tables of a record, an item a line. */
void dump_record(const struct output *out, struct opened_record *view);

/* A line for each thread: what it waits for, since when and where, and what it holds. */
void threads_rows(struct story *s, struct opened_record *view);

/* The same with a heading. */
void threads_table(struct story *s, struct opened_record *view);

/* The locks that a thread holds, at most so many by name: "a, b and 3 more"; nothing when it holds none. */
void threads_held(struct story *s, const struct opened_record *view, const struct thread *t, unsigned most);

/* "To suppress it: lock-order:get_forks", under the text of a finding. */
void text_suppression(struct story *s, const struct finding *f);

/* What is missing in a record, a line each. */
void text_gaps(struct story *s, const struct record *r);

/* As in the log of the library: "lockwatch: app (pid 7): ", followed by a finding with its text. */
void log_who(struct story *s);
void log_finding(struct story *s, const struct finding *f);

/* Why the program itself has no source lines in such findings, if that is so. */
void log_without_lines(struct story *s);

/* A finding with its headline, an empty line before it; and how many there were, "1 error, 2 warnings." */
void text_finding(struct story *s, const struct finding *f);
void text_totals(struct story *s, const struct findings *all);

/* "2026-02-01 13:05:59". */
void text_time(uint64_t nanoseconds, char *text, size_t size);

/* The process of a record in a few words: when it started and how it ended. Without a newline. */
void text_process(struct story *s, const struct opened_record *view);

#endif
