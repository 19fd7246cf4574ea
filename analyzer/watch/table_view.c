#include "analyzer/watch/table_view.h"

#include "analyzer/page/page.h"

#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { PAIR_ERROR = 1, PAIR_WARNING, PAIR_NOTE, PAIR_WAITING };

const char table_view_help[] = "Up, Down, PgUp, PgDn, Home, End   select a thread\n"
                               "Enter    where the thread waits, and where it acquired what it holds: stacks\n"
                               "f        the findings, in full\n"
                               "s        sort by how long threads wait, or by their numbers\n"
                               "/        show only rows with this text; Esc: all of them\n"
                               "p        pause: the table stays; again: it goes on\n"
                               "q        end; the program goes on as before\n"
                               "\n"
                               "HOLDS has the innermost lock first. A red thread is part of a deadlock.\n";

void table_view_colors(void)
{
    short ground = use_default_colors() == OK ? -1 : COLOR_BLACK;
    init_pair(PAIR_ERROR, COLOR_RED, ground);
    init_pair(PAIR_WARNING, COLOR_YELLOW, ground);
    init_pair(PAIR_NOTE, COLOR_CYAN, ground);
    init_pair(PAIR_WAITING, COLOR_YELLOW, ground);
}

/* --- writing within the screen --- */

/* As much of a text as fits between two columns, and blanks behind it. */
static void put(int y, int from, int to, const char *text)
{
    mbstate_t state = {0};
    to = to > COLS ? COLS : to;
    if (y < 0 || y >= LINES || from >= to)
        return;
    move(y, from);
    size_t left = strlen(text);
    int at = from;
    while (left > 0) {
        wchar_t c;
        size_t size = mbrtowc(&c, text, left, &state);
        if (size == 0 || size > left) {
            size = 1;
            c = L'?';
            memset(&state, 0, sizeof state);
        }
        int width = wcwidth(c) < 0 ? 1 : wcwidth(c);
        if (at + width > to)
            break;
        if (at + width == to && left > size && width > 0 && to - from > 4) {
            addch('~'); /* there is more */
            at++;
            break;
        }
        addnwstr(wcwidth(c) < 0 ? L"?" : &c, 1);
        at += width;
        text += size;
        left -= size;
    }
    for (; at < to; at++)
        addch(' ');
}

/* --- rows --- */

/* A row of the table: a thread, or, where there are several processes, the name of one. */
struct place {
    size_t item;
    const struct row *row; /* NULL: the name */
};

static bool matches(const struct table_view *v, const struct row *row)
{
    return v->filter[0] == 0 || strcasestr(row->thread, v->filter) != NULL ||
           strcasestr(row->wants, v->filter) != NULL || strcasestr(row->place, v->filter) != NULL ||
           strcasestr(row->holds, v->filter) != NULL;
}

/* All of them, in order; to be freed. */
static struct place *places(const struct table_view *v, int *count)
{
    size_t room = 1;
    for (size_t i = 0; i < v->session->count; i++)
        room += v->session->item[i]->rows.count + 1;
    struct place *all = calloc(room, sizeof *all);
    *count = 0;
    for (size_t i = 0; all != NULL && i < v->session->count; i++) {
        const struct session_item *item = v->session->item[i];
        if (v->session->folder != NULL && item->over)
            continue;
        if (v->session->folder != NULL)
            all[(*count)++] = (struct place){i, NULL};
        for (size_t r = 0; r < item->rows.count; r++)
            if (matches(v, &item->rows.row[r]))
                all[(*count)++] = (struct place){i, &item->rows.row[r]};
    }
    return all;
}

static int selected_at(const struct table_view *v, const struct place *all, int count)
{
    int nearest = -1;
    for (int i = 0; i < count; i++) {
        if (all[i].row == NULL)
            continue;
        if (all[i].item == v->item && all[i].row->serial == v->serial)
            return i;
        nearest = nearest < 0 ? i : nearest;
    }
    return nearest;
}

const struct row *table_view_selected(const struct table_view *v, struct opened_record **of)
{
    int count;
    struct place *all = places(v, &count);
    int at = all == NULL ? -1 : selected_at(v, all, count);
    const struct row *row = at < 0 ? NULL : all[at].row;
    *of = at < 0 ? NULL : v->session->item[all[at].item]->watched.view;
    free(all);
    return row;
}

struct opened_record *table_view_record(const struct table_view *v)
{
    struct opened_record *of;
    if (table_view_selected(v, &of) != NULL)
        return of;
    return v->session->count == 0 ? NULL : v->session->item[0]->watched.view;
}

void table_view_move(struct table_view *v, int by)
{
    int count;
    struct place *all = places(v, &count);
    int at = all == NULL ? -1 : selected_at(v, all, count), step = by < 0 ? -1 : 1;
    for (int next = at + step; at >= 0 && by != 0 && next >= 0 && next < count; next += step)
        if (all[next].row != NULL) {
            at = next;
            by -= step;
        }
    if (at >= 0) {
        v->item = all[at].item;
        v->serial = all[at].row->serial;
    }
    free(all);
}

/* --- drawing --- */

/* Where columns begin. Each has the width that its longest text wants, as far as there is room. */
struct columns {
    int time, wants, place, holds, end;
};

enum { THREAD, WANTS, PLACE, HOLDS, TEXTS };

static void widen(int *width, const char *text)
{
    int columns = (int)page_columns(text) + 2;
    *width = *width > columns ? *width : columns;
}

static void shrink(int *width, int room)
{
    int sum = 0, widest;
    for (int i = 0; i < TEXTS; i++)
        sum += width[i];
    for (; sum > room && sum > 0; sum--) {
        widest = 0;
        for (int i = 1; i < TEXTS; i++)
            widest = width[i] > width[widest] ? i : widest;
        width[widest]--;
    }
}

static struct columns columns(const struct place *all, int count)
{
    int width[TEXTS] = {8, 11, 4, 7}, time = COLS < 40 ? 0 : 9;
    for (int i = 0; i < count; i++) {
        if (all[i].row == NULL)
            continue;
        widen(&width[THREAD], all[i].row->thread);
        widen(&width[WANTS], all[i].row->wants);
        widen(&width[PLACE], all[i].row->place);
        widen(&width[HOLDS], all[i].row->holds);
    }
    if (COLS < 60)
        width[PLACE] = 0;
    if (COLS < 40)
        width[HOLDS] = 0;
    shrink(width, COLS - time);
    struct columns c = {.time = width[THREAD], .end = COLS};
    c.wants = c.time + time;
    c.place = c.wants + width[WANTS];
    c.holds = c.place + width[PLACE];
    return c;
}

static int lower_part(const struct table_view *v, size_t *locks, size_t *findings)
{
    *locks = *findings = 0;
    for (size_t i = 0; i < v->session->count; i++) {
        const struct session_item *item = v->session->item[i];
        if (v->session->folder == NULL || !item->over)
            *locks += item->rows.locks;
        *findings += item->rows.findings;
    }
    size_t most = LINES < 12 ? 0 : (size_t)LINES / 5;
    *locks = *locks < most ? *locks : most;
    *findings = *findings < most ? *findings : most;
    if (LINES >= 5 && LINES < 12 && *findings == 0)
        for (size_t i = 0; i < v->session->count && *findings == 0; i++)
            *findings = v->session->item[i]->rows.findings != 0;
    return (int)(*locks + (*locks != 0) + *findings + (*findings != 0 && LINES >= 12));
}

int table_view_page(void)
{
    return LINES > 8 ? LINES - 6 : 3;
}

static void draw_head(const struct table_view *v)
{
    char line[512], state[80] = "";
    unsigned threads = 0, waiting = 0, running = 0;
    for (size_t i = 0; i < v->session->count; i++) {
        const struct session_item *item = v->session->item[i];
        if (item->over && v->session->folder != NULL)
            continue;
        running++;
        threads += item->rows.threads;
        waiting += item->rows.waiting;
    }
    if (v->session->folder == NULL && v->session->count != 0) {
        session_state(v->session->item[0], state, sizeof state);
        snprintf(line, sizeof line, "%s: %s, %u threads, %u waiting%s%s", v->session->item[0]->name, state, threads,
                 waiting, v->session->item[0]->watched.removed ? ", its record was removed" : "",
                 v->paused ? ", paused" : "");
    } else {
        snprintf(line, sizeof line, "%u process%s, %u threads, %u waiting%s", running, running == 1 ? "" : "es",
                 threads, waiting, v->paused ? ", paused" : "");
    }
    attron(A_BOLD);
    put(0, 0, COLS, line);
    attroff(A_BOLD);
}

static void draw_row(int y, const struct row *row, bool selected, const struct columns *c)
{
    char time[24] = "";
    chtype how = selected ? A_REVERSE : 0;
    if (row->state == ROW_WAITS && row->waited != 0)
        rows_duration(row->waited, time, sizeof time);
    attron(how | (row->stuck ? COLOR_PAIR(PAIR_ERROR) | A_BOLD : 0));
    put(y, 0, c->time, row->thread);
    attroff(row->stuck ? COLOR_PAIR(PAIR_ERROR) | A_BOLD : 0);
    if (c->wants > c->time)
        put(y, c->time, c->wants, time);
    attron(row->state == ROW_WAITS ? 0 : A_DIM);
    put(y, c->wants, c->place, row->wants);
    put(y, c->place, c->holds, row->place);
    attroff(row->state == ROW_WAITS ? 0 : A_DIM);
    put(y, c->holds, c->end, row->holds);
    attroff(how);
}

static void draw_titles(const struct columns *c)
{
    attron(A_REVERSE);
    put(1, 0, c->time, "THREAD");
    put(1, c->time, c->wants, "FOR");
    put(1, c->wants, c->place, "WAITS FOR");
    put(1, c->place, c->holds, "AT");
    put(1, c->holds, c->end, "HOLDS");
    attroff(A_REVERSE);
}

static void draw_rows(struct table_view *v, int to)
{
    int count, from = LINES >= 8 ? 2 : 1, room = to - from;
    struct place *all = places(v, &count);
    struct columns c = columns(all, all == NULL ? 0 : count);
    if (from == 2)
        draw_titles(&c);
    int at = all == NULL ? -1 : selected_at(v, all, count);
    if (at >= 0 && room > 0) {
        v->first = at < v->first ? at : at >= v->first + room ? at - room + 1 : v->first;
        v->first = v->first > count - room ? (count > room ? count - room : 0) : v->first;
    }
    for (int i = v->first; all != NULL && i < count && i - v->first < room; i++) {
        const struct session_item *item = v->session->item[all[i].item];
        int y = from + i - v->first;
        if (all[i].row != NULL) {
            draw_row(y, all[i].row, i == at, &c);
            continue;
        }
        attron(A_UNDERLINE);
        put(y, 0, COLS, item->name);
        attroff(A_UNDERLINE);
    }
    if (count == 0 && room > 0)
        put(from, 0, COLS,
            v->filter[0] != 0            ? "no thread has this in its row"
            : v->session->folder != NULL ? "waiting for a process that leaves its record here"
                                         : "no threads");
    free(all);
}

static int draw_locks(const struct table_view *v, int y, size_t most)
{
    char line[512], time[24];
    if (most == 0)
        return y;
    attron(A_REVERSE);
    put(y++, 0, COLS, "WAITERS  LONGEST  LOCK");
    attroff(A_REVERSE);
    for (size_t i = 0; i < v->session->count; i++) {
        const struct session_item *item = v->session->item[i];
        for (size_t n = 0; n < item->rows.locks && most > 0 && !(item->over && v->session->folder != NULL);
             n++, most--) {
            const struct row_lock *lock = &item->rows.lock[n];
            rows_duration(lock->longest, time, sizeof time);
            snprintf(line, sizeof line, "%7u  %-8s %s%s%s", lock->waiters, time, lock->lock,
                     lock->holder[0] == 0 ? "" : ", held by ", lock->holder);
            put(y++, 0, COLS, line);
        }
    }
    return y;
}

static int draw_findings(const struct table_view *v, int y, size_t most)
{
    static const char *const words[] = {
        [SEVERITY_NOTE] = "note", [SEVERITY_WARNING] = "warning", [SEVERITY_ERROR] = "error"};
    static const short pairs[] = {
        [SEVERITY_NOTE] = PAIR_NOTE, [SEVERITY_WARNING] = PAIR_WARNING, [SEVERITY_ERROR] = PAIR_ERROR};
    char line[512];
    if (most != 0 && LINES >= 12) {
        attron(A_REVERSE);
        put(y++, 0, COLS, "FINDINGS  (f: in full)");
        attroff(A_REVERSE);
    }
    for (int severity = SEVERITY_ERROR; severity >= SEVERITY_NOTE; severity--)
        for (size_t i = 0; i < v->session->count; i++)
            for (size_t n = 0; n < v->session->item[i]->rows.findings && most > 0; n++) {
                const struct row_finding *f = &v->session->item[i]->rows.finding[n];
                if ((int)f->severity != severity)
                    continue;
                snprintf(line, sizeof line, "%s: %s", words[severity], f->text);
                attron(COLOR_PAIR(pairs[severity]));
                put(y++, 0, COLS, line);
                attroff(COLOR_PAIR(pairs[severity]));
                most--;
            }
    return y;
}

static void draw_foot(const struct table_view *v)
{
    char line[160];
    if (LINES < 4)
        return;
    if (v->typing || v->filter[0] != 0)
        snprintf(line, sizeof line, "/%s%s", v->filter, v->typing ? "_" : "  (Esc: all)");
    else
        snprintf(line, sizeof line, "q quit  Enter stacks  f findings  s sort: %s  / filter  p pause  ? help",
                 v->by_time ? "time" : "number");
    attron(A_DIM);
    put(LINES - 1, 0, COLS, line);
    attroff(A_DIM);
}

static void draw_table(struct table_view *v)
{
    size_t locks, findings;
    int to = LINES - (LINES >= 4 ? 1 : 0) - lower_part(v, &locks, &findings);
    for (size_t i = 0; i < v->session->count; i++)
        if (v->by_time)
            rows_sort_by_time(&v->session->item[i]->rows);
        else
            rows_sort_by_number(&v->session->item[i]->rows);
    draw_head(v);
    draw_rows(v, to);
    draw_findings(v, draw_locks(v, to, locks), findings);
    draw_foot(v);
}

static void draw_text(struct table_view *v)
{
    int lines = 0, y = 1, room = LINES - (LINES > 2 ? 2 : 1);
    for (const char *at = v->text; *at != 0; at++)
        lines += *at == '\n';
    v->line = v->line > lines - room ? lines - room : v->line;
    v->line = v->line < 0 ? 0 : v->line;
    attron(A_REVERSE);
    put(0, 0, COLS, v->title);
    attroff(A_REVERSE);
    char *copy = strdup(v->text), *rest = copy, *line;
    for (int n = 0; (line = strsep(&rest, "\n")) != NULL && y < LINES; n++)
        if (n >= v->line && y <= room)
            put(y++, 0, COLS, line);
    free(copy);
    if (LINES > 2) {
        attron(A_DIM);
        put(LINES - 1, 0, COLS, lines > room ? "q back  Up, Down, PgUp, PgDn scroll" : "q back");
        attroff(A_DIM);
    }
}

void table_view_draw(struct table_view *v)
{
    erase();
    if (v->text != NULL)
        draw_text(v);
    else
        draw_table(v);
    refresh();
}
