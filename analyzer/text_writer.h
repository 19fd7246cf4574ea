/*
 * The text of findings (report/story.h), as the analyzer writes it: frames with source lines, names of locks and
 * threads.
 */
#ifndef LOCKWATCH_ANALYZER_TEXT_WRITER_H
#define LOCKWATCH_ANALYZER_TEXT_WRITER_H

#include "analyzer/distinct_site.h"
#include "analyzer/opened_record.h"
#include "analyzer/source.h"
#include "report/story.h"

/* Where text goes. */
struct output {
    void (*write)(void *context, const char *text, size_t size);
    void *context;
    unsigned width;          /* of a line of text; 0: as where there is no terminal */
    bool color;              /* it is a terminal that can do it */
    bool explain;            /* texts are to say all (struct story) */
    struct sources *sources; /* lines of these are quoted; NULL: none are */

    /* Of formats for other programs: */
    const char *root;              /* of the sources, to which their files are relative */
    const char *category;          /* SARIF: what distinguishes this analysis from others; NULL: the program's name */
    bool file_attributes;          /* JUnit: with the attributes file and line */
    enum finding_severity fail_on; /* JUnit: what fails */
};

/* How wide a terminal is, or COLUMNS says that it is; 0: it is none. */
unsigned output_width(int descriptor);

struct text_writer {
    struct story story;
    struct opened_record *view;
    const struct output *out;
    struct distinct_site apart; /* of the finding that is written … */
    const struct side *about;   /* … whose sides these are */
};

/* Ready to write about `view` to `out`. The story's `now` is that of the view while its process runs, else 0. */
void text_writer_begin(struct text_writer *v, struct opened_record *view, const struct output *out);

/* Words as a text of their own, to be freed; NULL when there were none or no memory. Without short names. */
struct text_writer_text {
    struct output out;
    char *text;
    size_t size, room;
};
void text_writer_collect(struct text_writer *v, struct opened_record *view, struct text_writer_text *t);

/* The name of a function, shortened if it is long; NULL: nothing. */
void text_writer_function(struct story *s, const char *function);

/* A frame's function and place, as in a stack, without the number. */
void text_writer_frame(struct story *s, const struct symbols_place *place, unsigned level);

#endif
