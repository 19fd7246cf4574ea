#include "analyzer/page/drawing.h"

#include "analyzer/page/dot_program.h"
#include "analyzer/page/page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In points, which are the pixels of the page. The stylesheet has the same font sizes. */
#define COLUMN 7.5       /* of a label of 12.5 pixels */
#define SMALL_COLUMN 6.6 /* of an edge's, 11 pixels */
#define MARGIN 12.0

enum { LABEL_MOST = 30, EDGE_LABEL_MOST = 34, POINTS_MOST = 400 };

struct node {
    enum drawing_shape shape;
    char *label, *title, *href;
    unsigned key;
    double x, y, width, height;
};

struct edge {
    unsigned from, to;
    enum drawing_style style;
    char *label, *title;
    double (*point)[2];
    unsigned points;
    double label_x, label_y;
};

struct drawing {
    struct node *node;
    struct edge *edge;
    unsigned nodes, edges, nodes_room, edges_room;
    double width, height;
    const char *problem;
};

struct drawing *drawing_new(void)
{
    struct drawing *d = calloc(1, sizeof *d);
    if (d != NULL)
        d->problem = "it was not laid out";
    return d;
}

void drawing_free(struct drawing *d)
{
    for (unsigned i = 0; d != NULL && i < d->nodes; i++) {
        free(d->node[i].label);
        free(d->node[i].title);
        free(d->node[i].href);
    }
    for (unsigned i = 0; d != NULL && i < d->edges; i++) {
        free(d->edge[i].label);
        free(d->edge[i].title);
        free(d->edge[i].point);
    }
    if (d != NULL) {
        free(d->node);
        free(d->edge);
    }
    free(d);
}

static void *one_more(void *items, unsigned count, unsigned *room, size_t size)
{
    if (count < *room)
        return items;
    unsigned larger = *room == 0 ? 8 : 2 * *room;
    void *moved = realloc(items, larger * size);
    if (moved != NULL)
        *room = larger;
    return moved;
}

unsigned drawing_node(struct drawing *d, enum drawing_shape shape, const char *label, const char *title,
                      const char *href, unsigned key)
{
    struct node *node = d == NULL ? NULL : one_more(d->node, d->nodes, &d->nodes_room, sizeof *node);
    if (node == NULL)
        return 0;
    d->node = node;
    node += d->nodes;
    *node = (struct node){.shape = shape, .key = key, .height = 30};
    node->label = page_shortened(label, LABEL_MOST);
    node->title = strdup(title);
    node->href = strdup(href);
    node->width = 24 + COLUMN * page_columns(node->label == NULL ? "" : node->label);
    return d->nodes++;
}

void drawing_edge(struct drawing *d, unsigned from, unsigned to, enum drawing_style style, const char *label,
                  const char *title)
{
    if (d == NULL || from >= d->nodes || to >= d->nodes)
        return;
    struct edge *edge = one_more(d->edge, d->edges, &d->edges_room, sizeof *edge);
    if (edge == NULL)
        return;
    d->edge = edge;
    edge += d->edges++;
    *edge = (struct edge){.from = from, .to = to, .style = style};
    edge->label = page_shortened(label, EDGE_LABEL_MOST);
    edge->title = strdup(title);
}

unsigned drawing_nodes(const struct drawing *d)
{
    return d == NULL ? 0 : d->nodes;
}

const char *drawing_problem(const struct drawing *d)
{
    return d == NULL ? "there was no memory" : d->problem;
}

/* --- to and from dot --- */

static double label_width(const struct edge *e)
{
    return e->label == NULL || e->label[0] == 0 ? 0 : 8 + SMALL_COLUMN * page_columns(e->label);
}

/* A label is a table without content: its size does not depend on the fonts that there are. */
static void describe(FILE *to, const struct drawing *d)
{
    fputs("digraph { nodesep=0.3; ranksep=0.35; node [shape=box, fixedsize=true, label=\"\"];\n", to);
    for (unsigned i = 0; i < d->nodes; i++)
        fprintf(to, "%u [width=%.3f, height=%.3f];\n", i, d->node[i].width / 72, d->node[i].height / 72);
    for (unsigned i = 0; i < d->edges; i++) {
        double width = label_width(&d->edge[i]);
        fprintf(to, "%u -> %u", d->edge[i].from, d->edge[i].to);
        if (width > 0)
            fprintf(to,
                    " [label=<<table fixedsize=\"true\" width=\"%.0f\" height=\"16\" "
                    "border=\"0\"><tr><td></td></tr></table>>]",
                    width);
        fputs(";\n", to);
    }
    fputs("}\n", to);
}

static double number(char **at)
{
    char *end;
    double value = strtod(*at, &end);
    *at = end;
    return value;
}

static void read_node(struct drawing *d, char *at)
{
    unsigned i = (unsigned)number(&at);
    if (i >= d->nodes)
        return;
    d->node[i].x = number(&at) * 72;
    d->node[i].y = number(&at) * 72;
}

/* edge TAIL HEAD COUNT X Y ... ["<TABLE>" X Y] STYLE COLOR; those between two nodes come in the order that we gave. */
static void read_edge(struct drawing *d, char *at)
{
    unsigned from = (unsigned)number(&at), to = (unsigned)number(&at), count = (unsigned)number(&at);
    for (unsigned i = 0; i < d->edges && count <= POINTS_MOST; i++) {
        struct edge *e = &d->edge[i];
        if (e->from != from || e->to != to || e->point != NULL)
            continue;
        e->point = calloc(count + 1, sizeof *e->point);
        for (unsigned p = 0; e->point != NULL && p < count; p++) {
            e->point[p][0] = number(&at) * 72;
            e->point[p][1] = number(&at) * 72;
        }
        e->points = e->point == NULL ? 0 : count;
        char *label = strstr(at, "\"<TABLE>\"");
        if (label != NULL) {
            label += strlen("\"<TABLE>\"");
            e->label_x = number(&label) * 72;
            e->label_y = number(&label) * 72;
        }
        return;
    }
}

static void read_layouts(struct drawing **d, size_t count, char *text)
{
    size_t at = 0;
    char *rest = text, *line;
    while (at < count && (line = strsep(&rest, "\n")) != NULL) {
        while (at < count && (d[at] == NULL || d[at]->nodes == 0))
            at++;
        if (at == count)
            return;
        if (strncmp(line, "graph ", 6) == 0) {
            line += 6;
            number(&line);
            d[at]->width = number(&line) * 72;
            d[at]->height = number(&line) * 72;
        } else if (strncmp(line, "node ", 5) == 0) {
            read_node(d[at], line + 5);
        } else if (strncmp(line, "edge ", 5) == 0) {
            read_edge(d[at], line + 5);
        } else if (strcmp(line, "stop") == 0) {
            d[at++]->problem = NULL;
        }
    }
}

void drawings_lay_out(struct drawing **d, size_t count)
{
    char *source = NULL, *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&source, &size);
    const char *problem = "there was no memory";
    for (size_t i = 0; to != NULL && i < count; i++)
        if (d[i] != NULL && d[i]->nodes != 0)
            describe(to, d[i]);
    if (to != NULL && fclose(to) == 0)
        problem = size == 0 ? NULL : dot_program(source, size, &text);
    for (size_t i = 0; i < count; i++)
        if (d[i] != NULL && problem != NULL)
            d[i]->problem = problem;
    if (text != NULL)
        read_layouts(d, count, text);
    free(source);
    free(text);
}

/* --- SVG --- */

static double down(const struct drawing *d, double y)
{
    return MARGIN + d->height - y;
}

/* dot ends a line where the head of its arrow begins, ten points from the node. */
static void write_head(const struct drawing *d, const struct edge *e, const struct output *out)
{
    enum { LENGTH = 10 };
    const double *end = e->point[e->points - 1], *before = end;
    for (unsigned p = e->points; p > 0 && hypot(end[0] - before[0], end[1] - before[1]) < 1; p--)
        before = e->point[p - 1];
    double dx = end[0] - before[0], dy = end[1] - before[1], length = hypot(dx, dy);
    if (length < 1)
        return;
    dx /= length;
    dy /= length;
    double x = MARGIN + end[0], y = down(d, end[1]);
    page_print(out, "<path class=\"head\" d=\"M%.1f %.1fL%.1f %.1fL%.1f %.1fZ\"/>", x + LENGTH * dx, y - LENGTH * dy,
               x - 4 * dy, y - 4 * dx, x + 4 * dy, y + 4 * dx);
}

static void write_edge(const struct drawing *d, const struct edge *e, const struct output *out)
{
    static const char *const words[] = {"held", "wanted", "order", "cycle"};
    const struct node *from = &d->node[e->from], *to = &d->node[e->to];
    page_print(out, "<g class=\"edge %s\"", words[e->style]);
    if (from->shape != to->shape)
        page_print(out, " data-t=\"%u\" data-l=\"%u\"", from->shape == SHAPE_THREAD ? from->key : to->key,
                   from->shape == SHAPE_THREAD ? to->key : from->key);
    else
        page_print(out, " data-from=\"%u\" data-to=\"%u\"", from->key, to->key);
    page_print(out, "><title>%s</title>", e->title);
    for (int wide = 1; wide >= 0 && e->points > 0; wide--) {
        page_print(out, "<path class=\"%s\" d=\"M%.1f %.1fC", wide ? "reach" : "line", MARGIN + e->point[0][0],
                   down(d, e->point[0][1]));
        for (unsigned p = 1; p < e->points; p++)
            page_print(out, "%.1f %.1f ", MARGIN + e->point[p][0], down(d, e->point[p][1]));
        page_markup(out, "\"/>");
    }
    if (e->points > 1)
        write_head(d, e, out);
    if (label_width(e) > 0)
        page_print(out, "<text x=\"%.1f\" y=\"%.1f\">%s</text>", MARGIN + e->label_x, down(d, e->label_y) + 4,
                   e->label);
    page_markup(out, "</g>");
}

static void write_node(const struct drawing *d, const struct node *n, const struct output *out)
{
    bool thread = n->shape == SHAPE_THREAD;
    double x = MARGIN + n->x, y = down(d, n->y);
    page_print(out, "<a class=\"node %s\" href=\"#%s\" %s=\"%u\" aria-label=\"%s\"><title>%s</title>",
               thread ? "of-thread" : "of-lock", n->href, thread ? "data-t" : "data-l", n->key, n->title, n->title);
    page_print(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"%u\"/>", x - n->width / 2,
               y - n->height / 2, n->width, n->height, thread ? 15 : 3);
    page_print(out, "<text x=\"%.1f\" y=\"%.1f\">%s</text></a>", x, y + 4.5, n->label);
}

void drawing_write(const struct drawing *d, const struct output *out, const char *title)
{
    if (drawing_problem(d) != NULL)
        return;
    double width = d->width + 2 * MARGIN, height = d->height + 2 * MARGIN;
    page_print(out, "<svg role=\"group\" aria-label=\"%s\" width=\"%.1f\" height=\"%.1f\" viewBox=\"0 0 %.1f %.1f\">",
               title, width, height, width, height);
    for (unsigned i = 0; i < d->edges; i++)
        write_edge(d, &d->edge[i], out);
    for (unsigned i = 0; i < d->nodes; i++)
        write_node(d, &d->node[i], out);
    page_markup(out, "</svg>");
}
