/*
 * Watching without a screen: a line an event, each written at once. And the table as text.
 */
#ifndef LOCKWATCH_ANALYZER_WATCH_LINES_H
#define LOCKWATCH_ANALYZER_WATCH_LINES_H

#include "analyzer/text_writer.h"
#include "analyzer/watch/session.h"

/* What has happened since the last call: processes that came and ended, waits that last, and findings. */
void lines_write(struct session *s, const struct output *out);

/* All of it, as it is now: threads, locks that are waited for, findings. */
void lines_table(struct session *s, const struct output *out);

#endif
