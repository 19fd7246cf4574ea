#include "analyzer/watch/rows.h"

#include "analyzer/identity.h"
#include "analyzer/python_names.h"
#include "analyzer/render/render.h"
#include "detect/finding_query.h"
#include "detect/held.h"
#include "record/path.h"
#include "report/full/parts.h"
#include "report/phrases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MOST = 4000, LOCKS_MOST = 256, HELD_MOST = 6 };

/* --- words --- */

/* A lock without a name goes by what its source calls it, or by where it comes from. */
static bool lock_name(struct story *s, uint32_t lock)
{
    struct opened_record *view = ((const struct text_writer *)s->context)->view;
    const char *name = names_lock(view->names, lock), *in_python = python_name(view, lock);
    struct names_origin origin;
    if (name == NULL)
        name = in_python != NULL ? in_python : lock_source_name(view->lock_sources, lock);
    if (name != NULL) {
        story_name(s, name);
        return true;
    }
    if (!names_origin(view->names, lock, &origin) || origin.frame->file == NULL)
        return false;
    story_name(s, path_base(origin.frame->file));
    story_format(s, ":%u", origin.frame->line);
    return true;
}

static void begin(struct text_writer *writer, struct opened_record *view, struct text_writer_text *words)
{
    text_writer_collect(writer, view, words);
    writer->story.lock_name = lock_name;
}

static char *end(struct text_writer_text *words)
{
    return words->text != NULL ? words->text : strdup("");
}

void rows_duration(uint64_t nanoseconds, char *text, size_t size)
{
    unsigned long long seconds = nanoseconds / 1000000000;
    if (seconds < 10)
        snprintf(text, size, "%llu.%llu s", seconds, (unsigned long long)(nanoseconds / 100000000 % 10));
    else if (seconds < 100)
        snprintf(text, size, "%llu s", seconds);
    else if (seconds < 6000)
        snprintf(text, size, "%llu m %02llu", seconds / 60, seconds % 60);
    else
        snprintf(text, size, "%llu h %02llu", seconds / 3600 > 9999 ? 9999 : seconds / 3600, seconds / 60 % 60);
}

/* --- threads --- */

static bool waits(const struct thread *t)
{
    return t->state != THREAD_ENDED && t->sequence % 2 == 1 && t->want.kind != KIND_NONE;
}

static bool is_stuck(const struct opened_record *view, const struct thread *t)
{
    for (size_t i = 0; i < view->findings.count; i++) {
        const struct finding *f = &view->findings.item[i];
        const struct side *side =
            f->kind == FINDING_DEADLOCK && f->severity > SEVERITY_NOTE ? query_sides(f, t->serial) : NULL;
        if (side != NULL && side->sequence == t->sequence)
            return true;
    }
    return false;
}

static char *doing(const struct opened_record *view, const struct thread *t)
{
    return strdup(t->state == THREAD_STARTING ? "starting"
                  : t->state == THREAD_ENDED  ? "exited"
                  : query_unseen(t)           ? "in a futex call"
                  : view->runs                ? "running"
                                              : "was running");
}

static void fill_row(struct row *row, struct opened_record *view, const struct thread *t)
{
    struct text_writer writer;
    struct text_writer_text words;
    begin(&writer, view, &words);
    phrase_serial(&writer.story, t->serial, t->name);
    row->thread = end(&words);
    begin(&writer, view, &words);
    threads_held(&writer.story, view, t, HELD_MOST);
    row->holds = end(&words);
    if (!waits(t)) {
        row->state = t->state == THREAD_ENDED      ? ROW_EXITED
                     : t->state == THREAD_STARTING ? ROW_STARTS
                     : query_unseen(t)             ? ROW_ASLEEP
                                                   : ROW_RUNS;
        row->wants = doing(view, t);
        row->place = strdup("");
        return;
    }
    begin(&writer, view, &words);
    phrase_kind_wanted(&writer.story, &t->want);
    row->wants = end(&words);
    begin(&writer, view, &words);
    phrase_place(&writer.story, t->want.stack, t->want.site);
    row->place = end(&words);
    row->waited = t->want.since != 0 && view->now > t->want.since ? view->now - t->want.since : 0;
    row->stuck = is_stuck(view, t);
}

static void read_threads(struct rows *rows, struct opened_record *view)
{
    uint32_t used = record_used(view->record, TABLE_THREADS);
    rows->row = calloc(used < ROWS_MOST ? used + 1 : ROWS_MOST, sizeof *rows->row);
    for (uint32_t id = 1; rows->row != NULL && id < used; id++) {
        const struct thread *t = record_thread(view->record, id);
        if (t->state == THREAD_NONE || (t->state == THREAD_ENDED && !held_any(t)))
            continue;
        rows->threads++;
        rows->waiting += waits(t);
        if (rows->count == ROWS_MOST) {
            rows->left_out++;
            continue;
        }
        struct row *row = &rows->row[rows->count++];
        *row = (struct row){.slot = id, .serial = t->serial, .tid = t->tid, .sequence = t->sequence};
        fill_row(row, view, t);
    }
}

/* --- locks --- */

/* Who holds a lock, if one thread does. */
static char *holder_of(struct opened_record *view, uint64_t address)
{
    struct text_writer writer;
    struct text_writer_text words;
    uint32_t used = record_used(view->record, TABLE_THREADS), holders = 0;
    begin(&writer, view, &words);
    for (uint32_t id = 1; id < used; id++) {
        const struct thread *t = record_thread(view->record, id);
        if (t->state == THREAD_NONE || !held_by_thread(view->record, t, address))
            continue;
        if (holders++ == 0)
            phrase_serial(&writer.story, t->serial, t->name);
    }
    if (holders > 1)
        story_format(&writer.story, " and %u more", holders - 1);
    return end(&words);
}

static int by_waiters(const void *a, const void *b)
{
    const struct row_lock *one = a, *other = b;
    if (one->waiters != other->waiters)
        return one->waiters < other->waiters ? 1 : -1;
    return (one->longest < other->longest) - (one->longest > other->longest);
}

static void read_locks(struct rows *rows, struct opened_record *view)
{
    uint32_t used = record_used(view->record, TABLE_THREADS);
    uint64_t address[LOCKS_MOST] = {0};
    rows->lock = calloc(LOCKS_MOST, sizeof *rows->lock);
    for (uint32_t id = 1; rows->lock != NULL && id < used; id++) {
        const struct thread *t = record_thread(view->record, id);
        size_t i = 0;
        if (t->state == THREAD_NONE || !waits(t) || t->want.kind == KIND_THREAD)
            continue;
        while (i < rows->locks && address[i] != t->want.address)
            i++;
        if (i == LOCKS_MOST)
            continue;
        struct row_lock *lock = &rows->lock[i];
        if (i == rows->locks) {
            struct text_writer writer;
            struct text_writer_text words;
            address[rows->locks++] = t->want.address;
            begin(&writer, view, &words);
            phrase_kind_wanted(&writer.story, &t->want);
            lock->lock = end(&words);
            lock->holder = holder_of(view, t->want.address);
        }
        uint64_t waited = t->want.since != 0 && view->now > t->want.since ? view->now - t->want.since : 0;
        lock->waiters++;
        lock->longest = waited > lock->longest ? waited : lock->longest;
    }
    if (rows->lock != NULL)
        qsort(rows->lock, rows->locks, sizeof *rows->lock, by_waiters);
}

/* --- findings --- */

static void read_findings(struct rows *rows, struct opened_record *view)
{
    rows->finding = calloc(view->findings.count + 1, sizeof *rows->finding);
    for (size_t i = 0; rows->finding != NULL && i < view->findings.count; i++) {
        const struct finding *f = &view->findings.item[i];
        struct text_writer writer;
        struct text_writer_text words;
        begin(&writer, view, &words);
        story_headline(&writer.story, f);
        rows->finding[rows->findings++] = (struct row_finding){identity_of(view, f), f->severity, end(&words)};
    }
}

/* --- the whole --- */

void rows_read(struct rows *rows, struct opened_record *view)
{
    *rows = (struct rows){.row = NULL};
    read_threads(rows, view);
    read_locks(rows, view);
    read_findings(rows, view);
}

void rows_free(struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        free(rows->row[i].thread);
        free(rows->row[i].wants);
        free(rows->row[i].place);
        free(rows->row[i].holds);
    }
    for (size_t i = 0; i < rows->locks; i++) {
        free(rows->lock[i].lock);
        free(rows->lock[i].holder);
    }
    for (size_t i = 0; i < rows->findings; i++)
        free(rows->finding[i].text);
    free(rows->row);
    free(rows->lock);
    free(rows->finding);
    *rows = (struct rows){.row = NULL};
}

static int by_time(const void *a, const void *b)
{
    const struct row *one = a, *other = b;
    if (one->waited != other->waited)
        return one->waited < other->waited ? 1 : -1;
    if (one->state != other->state)
        return one->state < other->state ? -1 : 1;
    return (one->serial > other->serial) - (one->serial < other->serial);
}

void rows_sort_by_time(struct rows *rows)
{
    if (rows->count != 0)
        qsort(rows->row, rows->count, sizeof *rows->row, by_time);
}

static int by_number(const void *a, const void *b)
{
    const struct row *one = a, *other = b;
    return (one->serial > other->serial) - (one->serial < other->serial);
}

void rows_sort_by_number(struct rows *rows)
{
    if (rows->count != 0)
        qsort(rows->row, rows->count, sizeof *rows->row, by_number);
}

char *rows_stacks(struct opened_record *view, const struct row *row, unsigned width)
{
    struct text_writer writer;
    struct text_writer_text words;
    struct story *s = &writer.story;
    struct held_walk holding;
    const struct held *h;
    const struct thread *t = record_thread(view->record, row->slot);
    begin(&writer, view, &words);
    s->width = width;
    story_format(s, "%s, tid %u: %s%s", row->thread, row->tid, row->state == ROW_WAITS ? "waits for " : "", row->wants);
    story_text(s, "\n");
    if (t == NULL || t->serial != row->serial)
        return end(&words);
    if (row->state == ROW_WAITS)
        story_stack(s, t->want.stack, t->want.site, 2);
    held_begin_thread(&holding, s->record, t);
    while ((h = held_next(&holding)) != NULL) {
        const struct lock *lock = record_lock(s->record, h->lock);
        if (!query_holding(s->record, h) || (lock != NULL && lock->kind == KIND_PIPE))
            continue;
        struct held named = *h;
        named.lock = h->lock != 0 ? h->lock : query_lock_at(s->record, h->address);
        story_text(s, "\nholds ");
        if (named.lock != 0)
            phrase_held(s, &named);
        else
            story_format(s, "%s 0x%llx", finding_lock_word(h->kind), (unsigned long long)h->address);
        story_text(s, ", acquired\n");
        story_stack(s, h->stack, h->site, 2);
    }
    return end(&words);
}

char *rows_findings(struct opened_record *view, unsigned width)
{
    struct text_writer writer;
    struct text_writer_text words;
    text_writer_collect(&writer, view, &words);
    writer.story.width = width;
    writer.story.short_names = &view->short_names;
    for (size_t i = 0; i < view->findings.count; i++)
        text_finding(&writer.story, &view->findings.item[i]);
    if (view->findings.count == 0)
        story_text(&writer.story, "Nothing found so far.\n");
    return end(&words);
}
