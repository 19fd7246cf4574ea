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

/* What a thread holds, the units of a semaphore together if it has acquired them one after the other. */
struct holding {
    struct held_walk walk;
    const struct record *record;
    const struct held *next;
};

static const struct held *next_held(struct holding *w)
{
    const struct held *h;
    while ((h = held_next(&w->walk)) != NULL && (!query_holding(w->record, h) || is_pipe(w->record, h)))
        ;
    return h;
}

static struct holding begin_holding(const struct record *r, const struct thread *t)
{
    struct holding w = {.record = r};
    held_begin_thread(&w.walk, r, t);
    return w;
}

/* Moves on by one lock, and says how many units of it there are; 0: no more. */
static unsigned take_units(struct holding *w, struct held *h)
{
    unsigned units = 1;
    const struct held *next = w->next != NULL ? w->next : next_held(w);
    if (next == NULL)
        return 0;
    *h = *next;
    while ((w->next = next_held(w)) != NULL && w->next->address == h->address && h->kind == KIND_SEMAPHORE)
        units++;
    return units;
}

static unsigned count_held(const struct record *r, const struct thread *t)
{
    struct holding w = begin_holding(r, t);
    struct held h;
    unsigned count = 0;
    while (take_units(&w, &h) != 0)
        count++;
    return count;
}

void threads_held(struct story *s, const struct opened_record *view, const struct thread *t, unsigned most)
{
    struct holding w = begin_holding(s->record, t);
    struct held h;
    unsigned count = count_held(s->record, t), shown = 0, units;
    while ((units = take_units(&w, &h)) != 0) {
        if (phrase_list(s, shown++, count, most))
            return;
        if (units > 1)
            story_format(s, "%u units of ", units);
        uint32_t lock = h.lock != 0 ? h.lock : query_lock_at(s->record, h.address);
        if (lock != 0)
            phrase_lock(s, lock);
        else
            write_unlisted(s, view, &h);
    }
}

static void write_holds(struct story *s, const struct opened_record *view, const struct thread *t)
{
    story_text(s, count_held(s->record, t) != 0 ? "; holds " : "");
    threads_held(s, view, t, HELD_MAX);
}

void threads_rows(struct story *s, struct opened_record *view)
{
    uint32_t threads = record_used(view->record, TABLE_THREADS), shown = 0, left_out = 0, exited = 0;
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

void threads_table(struct story *s, struct opened_record *view)
{
    story_text(s, view->runs ? "\nThreads:\n" : "\nThreads as they last were:\n");
    threads_rows(s, view);
}
