#include "analyzer/watch/lines.h"

#include "analyzer/identity.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

__attribute__((format(printf, 2, 3))) static void print(const struct output *out, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int size = vasprintf(&text, format, args);
    va_end(args);
    if (size > 0)
        out->write(out->context, text, (size_t)size);
    free(size < 0 ? NULL : text);
}

/* Each line says when, and, where there may be several processes, of which. */
static void head(const struct session *s, const struct session_item *item, const struct output *out)
{
    char when[16];
    time_t now = time(NULL);
    struct tm local;
    if (localtime_r(&now, &local) == NULL || strftime(when, sizeof when, "%H:%M:%S", &local) == 0)
        strcpy(when, "?");
    print(out, "%s %s%s", when, s->folder == NULL ? "" : item->name, s->folder == NULL ? "" : ": ");
}

/* --- waits --- */

static struct session_wait *wait_of(const struct session_item *item, const struct row *row)
{
    for (size_t i = 0; i < item->waits; i++)
        if (item->wait[i].serial == row->serial && item->wait[i].sequence == row->sequence)
            return &item->wait[i];
    return NULL;
}

static bool still_waits(const struct session_item *item, const struct session_wait *w)
{
    for (size_t i = 0; i < item->rows.count; i++) {
        const struct row *row = &item->rows.row[i];
        if (row->serial == w->serial && row->sequence == w->sequence && row->state == ROW_WAITS)
            return true;
    }
    return false;
}

static void write_over(const struct session *s, const struct session_item *item, const struct output *out)
{
    for (size_t i = 0; i < item->waits; i++) {
        const struct session_wait *w = &item->wait[i];
        char time[24];
        uint64_t now = item->watched.view->now;
        if (!w->said || still_waits(item, w) || !item->watched.runs)
            continue;
        rows_duration(now > w->since ? now - w->since : 0, time, sizeof time);
        head(s, item, out);
        print(out, "T%u goes on, after up to %s\n", w->serial, time);
    }
}

/* A wait that was there at the last look, too. */
static void write_wait(const struct session *s, const struct session_item *item, const struct row *row,
                       const struct output *out)
{
    char time[24];
    rows_duration(row->waited, time, sizeof time);
    head(s, item, out);
    print(out, "%s waits for %s", row->thread, row->wants);
    print(out, row->place[0] == 0 ? "%s" : " at %s", row->place);
    print(out, row->waited == 0 ? "%s" : ", for %s", row->waited == 0 ? "" : time);
    print(out, row->holds[0] == 0 ? "%s\n" : "; holds %s\n", row->holds);
}

static void write_waits(const struct session *s, struct session_item *item, const struct output *out)
{
    struct session_wait *next = calloc(item->rows.count + 1, sizeof *next);
    size_t count = 0;
    write_over(s, item, out);
    for (size_t i = 0; next != NULL && i < item->rows.count; i++) {
        const struct row *row = &item->rows.row[i];
        if (row->state != ROW_WAITS)
            continue;
        const struct session_wait *before = wait_of(item, row);
        next[count] =
            (struct session_wait){row->serial, row->sequence, item->watched.view->now - row->waited, before != NULL};
        if (before != NULL && !before->said)
            write_wait(s, item, row, out);
        count++;
    }
    free(item->wait);
    item->wait = next;
    item->waits = count;
}

/* --- findings --- */

static void write_findings(const struct session *s, struct session_item *item, const struct output *out)
{
    for (size_t i = 0; i < item->rows.findings; i++) {
        const struct row_finding *f = &item->rows.finding[i];
        if (identities_has(&item->reported, f->id, f->severity))
            continue;
        identities_add(&item->reported, f->id, f->severity);
        head(s, item, out);
        print(out, "%s: %s\n", finding_severity_word(f->severity), f->text);
    }
}

void lines_write(struct session *s, const struct output *out)
{
    char state[80];
    for (size_t i = 0; i < s->count; i++) {
        struct session_item *item = s->item[i];
        bool first = !item->greeted;
        if (item->said_over)
            continue;
        item->greeted = true;
        if (first) {
            session_state(item, state, sizeof state);
            head(s, item, out);
            print(out, "%s%s%s, %u threads\n", s->folder == NULL ? item->name : "", s->folder == NULL ? ": " : "",
                  state, item->rows.threads);
        }
        write_waits(s, item, out);
        write_findings(s, item, out);
        if (!item->over)
            continue;
        item->said_over = true;
        session_state(item, state, sizeof state);
        head(s, item, out);
        print(out, "%s\n", state);
    }
}

/* --- the table --- */

static void table_of(const struct session_item *item, const struct output *out)
{
    char time[24], state[80];
    session_state(item, state, sizeof state);
    print(out, "%s: %s, %u threads, %u waiting\n", item->name, state, item->rows.threads, item->rows.waiting);
    for (size_t i = 0; i < item->rows.count; i++) {
        const struct row *row = &item->rows.row[i];
        rows_duration(row->waited, time, sizeof time);
        print(out, "  %s%s%s", row->thread, row->state == ROW_WAITS ? " waits for " : ": ", row->wants);
        print(out, row->place[0] == 0 ? "%s" : " at %s", row->place);
        print(out, row->waited == 0 ? "%s" : ", for %s", row->waited == 0 ? "" : time);
        print(out, row->holds[0] == 0 ? "%s\n" : "; holds %s\n", row->holds);
    }
    if (item->rows.left_out != 0)
        print(out, "  and %u more\n", item->rows.left_out);
    for (size_t i = 0; i < item->rows.locks; i++) {
        const struct row_lock *lock = &item->rows.lock[i];
        rows_duration(lock->longest, time, sizeof time);
        print(out, "  %s: %u waiting, the longest for %s", lock->lock, lock->waiters, time);
        print(out, lock->holder[0] == 0 ? "%s\n" : "; held by %s\n", lock->holder);
    }
    for (size_t i = 0; i < item->rows.findings; i++)
        print(out, "%s: %s\n", finding_severity_word(item->rows.finding[i].severity), item->rows.finding[i].text);
}

void lines_table(struct session *s, const struct output *out)
{
    for (size_t i = 0; i < s->count; i++)
        table_of(s->item[i], out);
    if (s->count == 0)
        print(out, "no process runs that has a record there\n");
}
