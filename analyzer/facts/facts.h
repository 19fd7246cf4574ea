/*
 * A report as data: what is known of records and of what was found in them, as one JSON object (docs/report.schema.json
 * says what is in it). Every format but the text is made of it, so that none works out again what another has.
 *
 * A finding that several records have is there once, as the record shows it that has it with the highest severity; it
 * says in how many of them it was. What is not known is null. For one thread.
 */
#ifndef LOCKWATCH_ANALYZER_FACTS_FACTS_H
#define LOCKWATCH_ANALYZER_FACTS_FACTS_H

#include "analyzer/baseline.h"
#include "analyzer/opened_record.h"

#include <jansson.h>
#include <sys/types.h>

struct facts {
    json_t *runs, *findings, *suppressed, *by_key; /* by_key: where a finding is among the others */
    json_t *process, *threads, *locks, *orders;    /* of the last record */
    bool with_orders;                              /* set before records are added: the report has "orders", too */
    json_t *unwatched;                             /* null: nobody looked */
    unsigned records, hidden;                      /* hidden: suppressed findings, in each record those that it has */
    const struct baseline *baseline;               /* NULL: there is none */
};

void facts_begin(struct facts *f, const struct baseline *baseline);
void facts_add(struct facts *f, struct opened_record *view);

/* A process that left no record, as it never locked anything. The process, which is not a new reference. */
json_t *facts_without_record(struct facts *f, const char *program, pid_t pid);

/* A program that was executed and not watched. */
void facts_unwatched(struct facts *f, const char *program, const char *why, long times);

/* What was added so far, as a new reference. */
json_t *facts_report(const struct facts *f);
void facts_end(struct facts *f);

/* The report of one record alone. */
json_t *facts_of(struct opened_record *view);

#endif
