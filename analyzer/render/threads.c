#include "analyzer/render/render.h"

#include "detect/finding_query.h"
#include "detect/held.h"
#include "report/phrases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Columns are as wide as what stands in them, up to a limit; what is longer moves the rest of its line to the
 * right. The last column is as long as it likes.
 */
enum column { THREAD, TID, STATE, HOLDS, WANTS, WHERE, COLUMNS };
enum { ROWS_MAX = 1000, HOLDS_MAX = 4 };

static const char *const heading[COLUMNS] = {"thread", "tid", "state", "holds", "waits for", "at"};
static const size_t widest[COLUMNS] = {24, 10, 16, 28, 28, 0};

struct row {
    char *cell[COLUMNS];
};

struct table {
    struct row row[ROWS_MAX];
    size_t rows;
    size_t width[COLUMNS];
    unsigned ended, left_out;
};

static void tell_state(struct story *s, const struct opened_record *view, const struct thread *t, bool waits)
{
    if (t->state == THREAD_ENDED) {
        story_text(s, t->traits & THREAD_NOT_FORKED  ? "not in this fork"
                      : t->traits & THREAD_CANCELLED ? "cancelled"
                                                     : "ended");
    } else if (t->state == THREAD_STARTING) {
        story_text(s, "starting");
    } else if (!waits) {
        story_text(s, query_unseen(t) ? "blocked" : "running");
    } else {
        story_text(s, t->want.how & WANT_TIMED ? "waits (timed) " : "waits ");
        if (view->runs && view->now > t->want.since)
            story_duration(s, view->now - t->want.since);
        else if (t->want.since != 0) {
            char when[40];
            text_time(t->want.since, when, sizeof when);
            story_format(s, "since %s", strlen(when) > 11 ? when + 11 : when);
        }
    }
}

/* A lock that has no entry in the table. */
static void tell_noted(struct story *s, const struct opened_record *view, const struct held *h, const struct thread *t)
{
    char *name = names_address(view->names, h->address);
    if (name != NULL)
        story_name(s, name);
    else
        story_format(s, "%s 0x%llx", finding_lock_word(h->lock == 0 ? (uint16_t)t->outer_as : KIND_NONE),
                     (unsigned long long)h->address);
    free(name);
}

static void tell_holds(struct story *s, const struct opened_record *view, const struct thread *t)
{
    struct held_walk holding;
    const struct held *h;
    unsigned told = 0, more = 0;
    held_begin_thread(&holding, s->record, t);
    while ((h = held_next(&holding)) != NULL) {
        if (!query_holding(s->record, h))
            continue;
        if (told == HOLDS_MAX) {
            more++;
            continue;
        }
        story_text(s, told++ == 0 ? "" : ", ");
        if (record_lock(s->record, h->lock) != NULL)
            phrase_lock(s, h->lock);
        else
            tell_noted(s, view, h, t);
    }
    if (more != 0)
        story_format(s, ", %u more", more);
    if (told == 0)
        story_text(s, "-");
}

static void tell_where(struct story *s, struct opened_record *view, const struct thread *t)
{
    const struct symbols_place *place;
    const struct symbols_frame *frame = symbols_own(view->symbols, t->want.stack, t->want.site, &place);
    if (frame == NULL)
        return;
    if (frame->function != NULL) {
        char function[61];
        snprintf(function, sizeof function, "%.60s", frame->function);
        story_name(s, function);
        story_text(s, ", ");
    }
    phrase_place(s, t->want.stack, t->want.site);
}

static void tell_cell(struct story *s, struct opened_record *view, const struct thread *t, enum column c)
{
    bool waits = t->sequence % 2 == 1 && t->want.kind != KIND_NONE && t->state != THREAD_ENDED;
    switch (c) {
    case THREAD:
        story_thread(s, t->serial, t->name);
        break;
    case TID:
        story_format(s, "%u", t->tid);
        break;
    case STATE:
        tell_state(s, view, t, waits);
        break;
    case HOLDS:
        tell_holds(s, view, t);
        break;
    case WANTS:
        if (waits)
            phrase_wanted(s, &t->want);
        else
            story_text(s, "-");
        break;
    default:
        if (waits)
            tell_where(s, view, t);
        else if (query_unseen(t))
            story_text(s, "in a futex call that lockwatch did not see");
    }
}

static char *cell_text(struct opened_record *view, const struct thread *t, enum column c)
{
    struct text_writer voice;
    struct text_writer_text text;
    text_writer_collect(&voice, view, &text);
    tell_cell(&voice.story, view, t, c);
    return text.text;
}

static void add_row(struct table *table, struct opened_record *view, const struct thread *t)
{
    if (table->rows == ROWS_MAX) {
        table->left_out++;
        return;
    }
    struct row *row = &table->row[table->rows++];
    for (enum column c = 0; c < COLUMNS; c++) {
        row->cell[c] = cell_text(view, t, c);
        size_t size = row->cell[c] == NULL ? 0 : strlen(row->cell[c]);
        if (size > table->width[c])
            table->width[c] = size < widest[c] ? size : widest[c];
    }
}

static void tell_row(struct story *s, const struct table *table, const char *const *cell)
{
    size_t column = 0, due = 0;
    story_text(s, "  ");
    for (enum column c = 0; c < COLUMNS; c++) {
        const char *text = cell[c] == NULL ? "" : cell[c];
        for (; column < due && text[0] != 0; column++)
            story_text(s, " ");
        story_name(s, text);
        column += strlen(text);
        due += table->width[c] + 2;
        if (column + 2 > due)
            due = column + 2;
    }
    story_text(s, "\n");
}

static void collect_rows(struct table *table, struct opened_record *view)
{
    uint32_t threads = record_used(view->record, TABLE_THREADS);
    for (enum column c = 0; c < COLUMNS; c++)
        table->width[c] = strlen(heading[c]);
    for (uint32_t id = 1; id < threads; id++) {
        const struct thread *t = record_thread(view->record, id);
        if (t->state == THREAD_NONE)
            continue;
        if (t->state == THREAD_ENDED && t->outer == 0)
            table->ended++;
        else
            add_row(table, view, t);
    }
}

void threads_table(struct story *s, struct opened_record *view)
{
    struct table *table = calloc(1, sizeof *table);
    if (table == NULL)
        return;
    collect_rows(table, view);
    story_text(s, view->runs ? "\nThreads:\n" : "\nThreads as they last were:\n");
    tell_row(s, table, heading);
    for (size_t i = 0; i < table->rows; i++) {
        tell_row(s, table, (const char *const *)table->row[i].cell);
        for (enum column c = 0; c < COLUMNS; c++)
            free(table->row[i].cell[c]);
    }
    if (table->left_out != 0)
        story_format(s, "  and %u more\n", table->left_out);
    if (table->ended != 0)
        story_format(s, "  and %u that ended and %s nothing\n", table->ended, table->ended == 1 ? "holds" : "hold");
    free(table);
}
