/*
 * The table of a watched program on the screen, at any size of it. By ncurses, which has begun.
 */
#ifndef LOCKWATCH_ANALYZER_WATCH_TABLE_VIEW_H
#define LOCKWATCH_ANALYZER_WATCH_TABLE_VIEW_H

#include "analyzer/watch/session.h"

struct table_view {
    struct session *session;
    bool by_time; /* the longest wait first; else by the threads' numbers */
    bool paused, typing;
    char filter[64];

    /* The selected thread, which stays when its place in the table changes; and the first row that is shown. */
    size_t item;
    uint32_t serial;
    int first;

    char *text; /* shown instead of the table; NULL: nothing */
    const char *title;
    int line;
};

extern const char table_view_help[];

void table_view_colors(void);
void table_view_draw(struct table_view *v);

/* How many rows a page has. */
int table_view_page(void);

void table_view_move(struct table_view *v, int by);

/* The selected row, and the record that it is of; NULL: there is none. */
const struct row *table_view_selected(const struct table_view *v, struct opened_record **of);

/* The record of the selected row, or the first one; NULL: there is none. */
struct opened_record *table_view_record(const struct table_view *v);

#endif
