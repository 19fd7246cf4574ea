/*
 * A finding on the page, from that of a JSON report: its graph, the stacks of its threads, what to change.
 */
#ifndef LOCKWATCH_ANALYZER_PAGE_FINDING_H
#define LOCKWATCH_ANALYZER_PAGE_FINDING_H

#include "analyzer/page/drawing.h"
#include "analyzer/page/stack.h"

/* Its graph, not laid out yet; NULL: one would say nothing. `id` is that of its element. */
struct drawing *finding_drawing(const json_t *finding, const char *id);

/* `open`: it is shown unfolded. */
void finding_write(struct stack_page *p, const json_t *finding, const struct drawing *d, const char *id, bool open);

/* "T3 phil-1"; "mutex forks[3]", or only the name. */
void finding_thread_label(const json_t *thread, char *text, size_t size);
void finding_lock_label(const json_t *lock, bool kind, char *text, size_t size);

/* What to click, and what the lines of a graph mean. */
#define FINDING_LEGEND(wants)                                                                                          \
    "<figcaption><span class=\"key\">held by</span> <span class=\"key key-wanted\">" wants                             \
    "</span><span class=\"needs-script\"> · click a thread or a lock for its stacks</span></figcaption>"

#endif
