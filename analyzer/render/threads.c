#include "analyzer/render/render.h"

#include "detect/finding_query.h"
#include "detect/held.h"
#include "report/phrases.h"

#include <stdlib.h>
#include <string.h>

enum { THREADS_MAX = 1000, HELD_MAX = 4 };

/* "for 3 min 20 s" while the process runs, else "since 2026-02-01 13:05:59". */
static void write_since(struct story *s, const struct opened_record *view, uint64_t since)
{
    char when[40];
    if (since == 0)
        return;
    if (view->runs && view->now > since) {
        story_text(s, ", for ");
        phrase_duration(s, view->now - since);
    } else {
        text_time(since, when, sizeof when);
        story_format(s, ", since %s", when);
    }
}

static void write_wait(struct story *s, struct opened_record *view, const struct want *want)
{
    const struct symbols_place *place;
    const struct symbols_frame *frame = symbols_own(view->symbols, want->stack, want->site, &place);
    phrase_waits(s, want, false);
    phrase_kind_wanted(s, want);
    story_text(s, (want->how & WANT_TIMED) != 0 ? " with a time-out" : "");
    if (frame != NULL) {
        story_text(s, frame->function == NULL ? "" : " in ");
        text_writer_function(s, frame->function);
        phrase_at(s, want);
    }
    write_since(s, view, want->since);
}

static void write_state(struct story *s, struct opened_record *view, const struct thread *t)
{
    if (t->state == THREAD_ENDED)
        story_text(s, (t->traits & THREAD_NOT_FORKED) != 0
                          ? " is a thread of the parent that does not exist in this child"
                      : (t->traits & THREAD_CANCELLED) != 0 ? " was cancelled"
                                                            : " exited");
    else if (t->state == THREAD_STARTING)
        story_text(s, " is starting");
    else if (t->sequence % 2 == 1 && t->want.kind != KIND_NONE)
        write_wait(s, view, &t->want);
    else
        phrase_doing(s, t, !view->runs);
}

/* A lock that has no entry in the table. */
static void write_unlisted(struct story *s, const struct opened_record *view, const struct held *h)
{
    char *name = names_address(view->names, h->address);
    if (name != NULL)
        story_name(s, name);
    else
        story_format(s, "%s 0x%llx", finding_lock_word(h->kind), (unsigned long long)h->address);
    free(name);
}

/* A pipe, of which a thread has an end open: most threads do. */
static bool is_pipe(const struct record *r, const struct held *h)
{
    const struct lock *l = record_lock(r, h->lock);
    return l != NULL && l->kind == KIND_PIPE;
}

void threads_held(struct story *s, const struct opened_record *view, const struct thread *t, unsigned most)
{
    struct held_walk holding;
    const struct held *h;
    unsigned count = 0, shown = 0;
    held_begin_thread(&holding, s->record, t);
    while ((h = held_next(&holding)) != NULL)
        count += query_holding(s->record, h) && !is_pipe(s->record, h);
    held_begin_thread(&holding, s->record, t);
    while ((h = held_next(&holding)) != NULL) {
        if (!query_holding(s->record, h) || is_pipe(s->record, h))
            continue;
        if (phrase_list(s, shown++, count, most))
            return;
        uint32_t lock = h->lock != 0 ? h->lock : query_lock_at(s->record, h->address);
        if (lock != 0)
            phrase_lock(s, lock);
        else
            write_unlisted(s, view, h);
    }
}

static bool holds_any(const struct record *r, const struct thread *t)
{
    struct held_walk holding;
    const struct held *h;
    held_begin_thread(&holding, r, t);
    while ((h = held_next(&holding)) != NULL)
        if (query_holding(r, h) && !is_pipe(r, h))
            return true;
    return false;
}

static void write_holds(struct story *s, const struct opened_record *view, const struct thread *t)
{
    story_text(s, holds_any(s->record, t) ? "; holds " : "");
    threads_held(s, view, t, HELD_MAX);
}

void threads_table(struct story *s, struct opened_record *view)
{
    uint32_t threads = record_used(view->record, TABLE_THREADS), shown = 0, left_out = 0, exited = 0;
    story_text(s, view->runs ? "\nThreads:\n" : "\nThreads as they last were:\n");
    for (uint32_t id = 1; id < threads; id++) {
        const struct thread *t = record_thread(view->record, id);
        if (t->state == THREAD_NONE)
            continue;
        if (t->state == THREAD_ENDED && !held_any(t)) {
            exited++;
        } else if (shown == THREADS_MAX) {
            left_out++;
        } else {
            shown++;
            story_begin(s, 2, 4);
            phrase_serial_tid(s, t->serial, t->name, t->tid);
            write_state(s, view, t);
            write_holds(s, view, t);
            story_end(s);
        }
    }
    if (left_out != 0)
        story_format(s, "  and %u more\n", left_out);
    if (exited != 0)
        story_format(s, "  and %u that exited, holding nothing\n", exited);
    phrase_short_names(s, false);
}
