/*
 * What a run looked like, beside its findings: which thread waits for what, and which lock is acquired while holding
 * which. From a report (analyzer/facts/facts.h): its threads, locks and orders.
 */
#ifndef LOCKWATCH_ANALYZER_PAGE_OVERVIEW_H
#define LOCKWATCH_ANALYZER_PAGE_OVERVIEW_H

#include "analyzer/page/drawing.h"
#include "analyzer/page/stack.h"

/* Looks up the report's locks and threads from here on; end with overview_end. */
void overview_begin(const json_t *report);
void overview_end(void);

/* The graphs, not laid out; NULL: there is nothing to be drawn. `id` begins the ids of elements. */
struct drawing *overview_waits_drawing(const json_t *report, const char *id);
struct drawing *overview_orders_drawing(const json_t *report, const char *id);

void overview_waits(struct stack_page *p, const json_t *report, const struct drawing *d, const char *id);
void overview_orders(struct stack_page *p, const json_t *report, const struct drawing *d, const char *id);

#endif
