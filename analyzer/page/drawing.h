/*
 * Graphs as SVG. Graphviz' `dot` decides where things go: it gets sizes and numbers, never a name. Without it, or when
 * it takes too long, there is no drawing, and drawing_problem says why.
 */
#ifndef LOCKWATCH_ANALYZER_PAGE_DRAWING_H
#define LOCKWATCH_ANALYZER_PAGE_DRAWING_H

#include "analyzer/text_writer.h"

enum drawing_shape { SHAPE_THREAD, SHAPE_LOCK };
enum drawing_style { STYLE_HELD, STYLE_WANTED, STYLE_ORDER, STYLE_CYCLE };

struct drawing;

/* NULL: no memory; all calls take that. */
struct drawing *drawing_new(void);
void drawing_free(struct drawing *d);

/*
 * A node, by whose number edges name it. `label` is what it says; `title` is read out and shown by the pointer; `href`,
 * without the '#', is where it leads without a script. `key` is the data-t (of a thread) or data-l of what it selects.
 */
unsigned drawing_node(struct drawing *d, enum drawing_shape shape, const char *label, const char *title,
                      const char *href, unsigned key);

/* An edge, with a short label; `title` says it whole. */
void drawing_edge(struct drawing *d, unsigned from, unsigned to, enum drawing_style style, const char *label,
                  const char *title);

unsigned drawing_nodes(const struct drawing *d);

/* Lays out several at once, with one `dot`. */
void drawings_lay_out(struct drawing **d, size_t count);

/* Why there is no layout, for a sentence; NULL: there is one. */
const char *drawing_problem(const struct drawing *d);

/* The SVG. `title` says what is to be seen. Nothing where there is a problem. */
void drawing_write(const struct drawing *d, const struct output *out, const char *title);

#endif
