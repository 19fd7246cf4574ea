/*
 * The text of findings (report/story.h), as the analyzer writes it: frames with source lines, names of locks and
 * threads.
 */
#ifndef LOCKWATCH_ANALYZER_TEXT_WRITER_H
#define LOCKWATCH_ANALYZER_TEXT_WRITER_H

#include "analyzer/distinct_site.h"
#include "analyzer/opened_record.h"
#include "report/story.h"

/* Where text goes. */
struct output {
    void (*write)(void *context, const char *text, size_t size);
    void *context;
    bool color; /* it is a terminal that can do it */
};

struct text_writer {
    struct story story;
    struct opened_record *view;
    const struct output *out;
    struct distinct_site apart; /* of the finding that is written … */
    const struct side *about;   /* … whose sides these are */
};

/* Ready to write about `view` to `out`. The story's `now` is that of the view while its process runs, else 0. */
void text_writer_begin(struct text_writer *v, struct opened_record *view, const struct output *out);

/* A story's words as a text of their own, to be freed; "" when there was no memory. */
struct text_writer_text {
    struct output out;
    char *text;
    size_t size, room;
};
void text_writer_collect(struct text_writer *v, struct opened_record *view, struct text_writer_text *t);

/* A frame's function and place, as in a stack, without the number. */
void text_writer_frame(struct story *s, const struct symbols_place *place, unsigned level);

#endif
