/*
 * A story (detect/story.h) told by the analyzer: frames with source lines, locks and threads by their names.
 */
#ifndef LOCKWATCH_ANALYZER_VOICE_H
#define LOCKWATCH_ANALYZER_VOICE_H

#include "analyzer/apart.h"
#include "analyzer/view.h"
#include "detect/story.h"

/* Where text goes. */
struct output {
    void (*write)(void *context, const char *text, size_t size);
    void *context;
    bool color; /* it is a terminal that can do it */
};

struct voice {
    struct story story;
    struct view *view;
    const struct output *out;
    struct apart apart;       /* of what is told at the moment … */
    const struct side *about; /* … whose sides these are */
};

/* Ready to tell of `view` to `out`. The story's `now` is that of the view while its process runs, else 0. */
void voice_begin(struct voice *v, struct view *view, const struct output *out);

/* A story's words as a text of their own, to be freed; "" when there was no memory. */
struct voice_text {
    struct output out;
    char *text;
    size_t size, room;
};
void voice_collect(struct voice *v, struct view *view, struct voice_text *t);

/* A frame's function and place as they stand in a stack, without the number. */
void voice_frame(struct story *s, const struct symbols_place *place, unsigned level);

#endif
