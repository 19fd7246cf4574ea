#include "analyzer/document.h"
#include "analyzer/identity.h"
#include "analyzer/liveness.h"
#include "analyzer/render/render.h"
#include "analyzer/version.h"
#include "report/brief.h"
#include "report/full/parts.h"

#include "detect/finding_query.h"
#include "detect/held.h"
#include "report/printable.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So many of each at most, so that a damaged record makes no endless report. */
enum { STACK_MAX = 256, HOLDS_MAX = 256, SIDES_MAX = 1024, THREADS_MAX = 10000 };

/* The most in one record; beyond that stacks have their first frame only, and held locks are left out. */
enum { FRAMES_IN_ALL = 100 * 1000, HOLDS_IN_ALL = 50 * 1000 };
static unsigned frames_left, holds_left;

/* --- pieces --- */

/* A string of any bytes: those that are no UTF-8 become question marks. NULL becomes null. */
static json_t *text(const char *bytes)
{
    if (bytes == NULL)
        return json_null();
    char *clean = strdup(bytes);
    if (clean == NULL)
        return json_null();
    uint32_t character;
    for (char *at = clean, *end = clean + strlen(clean); at < end;) {
        size_t size = printable_decode(at, (size_t)(end - at), &character);
        if (size == 0)
            *at = '?';
        at += size == 0 ? 1 : size;
    }
    json_t *string = json_string(clean);
    free(clean);
    return string;
}

static json_t *text_or_null(const char *bytes)
{
    return text(bytes == NULL || bytes[0] == 0 ? NULL : bytes);
}

static json_t *hex(uint64_t number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "0x%llx", (unsigned long long)number);
    return json_string(digits);
}

static json_t *number_or_null(uint64_t number)
{
    return number == 0 ? json_null() : json_integer((json_int_t)number);
}

static const char *name16(const char *name, char copy[17])
{
    snprintf(copy, 17, "%.16s", name);
    return copy;
}

static json_t *mode(bool shared)
{
    return json_string(shared ? "shared" : "exclusive");
}

/* --- stacks --- */

static void add_frames(json_t *stack, struct opened_record *v, uint64_t address)
{
    const struct symbols_place *place = symbols_place(v->symbols, address, true);
    if (symbols_watcher(v->symbols, place))
        return;
    for (unsigned level = 0; level < place->count; level++) {
        const struct symbols_frame *f = &place->frame[level];
        json_t *frame = json_object();
        json_object_set_new(frame, "function", text(f->function));
        json_object_set_new(frame, "file", text(f->file));
        json_object_set_new(frame, "line", number_or_null(f->line));
        json_object_set_new(frame, "module", text_or_null(symbols_module(v->symbols, place->module)));
        json_object_set_new(frame, "offset", hex(place->offset));
        json_object_set_new(frame, "build_id", text(symbols_build_id(v->symbols, place->module)));
        json_array_append_new(stack, frame);
    }
}

/* null when nothing is known of it. */
static json_t *stack_of(struct opened_record *v, uint32_t id, uint64_t site)
{
    uint32_t depth;
    const uint64_t *frames = record_frames(v->record, id, &depth);
    if (frames == NULL && site == 0)
        return json_null();
    json_t *stack = json_array();
    if (frames == NULL)
        add_frames(stack, v, site);
    for (uint32_t i = 0; frames != NULL && i < depth && i < STACK_MAX && (i == 0 || frames_left > 0); i++) {
        add_frames(stack, v, frames[i]);
        frames_left -= frames_left > 0;
    }
    return stack;
}

/* --- locks --- */

/* A thread that is waited for has an id among those of locks: behind them all. */
static json_t *thread_as_lock(const struct opened_record *v, uint32_t thread)
{
    return json_integer((json_int_t)record_used(v->record, TABLE_LOCKS) + thread);
}

static json_t *wanted_id(const struct opened_record *v, const struct want *want)
{
    return want->kind == KIND_THREAD ? thread_as_lock(v, want->thread) : number_or_null(want->lock);
}

/* The locks of a finding, by id, in the order in which they are met. */
static bool has_lock(const json_t *locks, json_t *id)
{
    char key[24];
    snprintf(key, sizeof key, "%lld", (long long)json_integer_value(id));
    return json_object_get(locks, key) != NULL;
}

/* Takes over `id` and the values. */
static void add_entry(json_t *locks, json_t *id, uint16_t kind, json_t *name, json_t *address, json_t *created)
{
    char key[24];
    json_t *lock = json_object();
    snprintf(key, sizeof key, "%lld", (long long)json_integer_value(id));
    json_object_set_new(lock, "id", id);
    json_object_set_new(lock, "kind", json_string(finding_lock_word(kind)));
    json_object_set_new(lock, "name", name);
    json_object_set_new(lock, "address", address);
    json_object_set_new(lock, "created", created);
    json_object_set_new(locks, key, lock);
}

static void add_lock(json_t *locks, struct opened_record *v, uint32_t id)
{
    const struct lock *l = record_lock(v->record, id);
    json_t *key = json_integer(id);
    if (l == NULL || has_lock(locks, key)) {
        json_decref(key);
        return;
    }
    add_entry(locks, key, l->kind, text(names_lock(v->names, id)), hex(l->address), stack_of(v, l->created, 0));
}

static void add_wanted(json_t *locks, struct opened_record *v, const struct want *want)
{
    char name[17];
    if (want->kind != KIND_THREAD) {
        add_lock(locks, v, want->lock);
        return;
    }
    struct thread_ref p = query_thread(v->record, want->thread, want->thread_serial);
    json_t *key = thread_as_lock(v, want->thread);
    if (has_lock(locks, key))
        json_decref(key);
    else
        add_entry(locks, key, KIND_THREAD, text_or_null(name16(p.name, name)), json_null(), json_null());
}

/* --- threads --- */

static json_t *waits(struct opened_record *v, const struct want *want)
{
    if (want == NULL || want->kind == KIND_NONE)
        return json_null();
    json_t *w = json_object();
    json_object_set_new(w, "lock", wanted_id(v, want));
    json_object_set_new(w, "mode", mode((want->how & WANT_SHARED) != 0));
    json_object_set_new(w, "timed", json_boolean((want->how & WANT_TIMED) != 0));
    json_object_set_new(w, "stack", stack_of(v, want->stack, want->site));
    return w;
}

/* What is held, innermost first. Its locks are added to `locks`, when that is not NULL. */
static json_t *holds(struct opened_record *v, struct held_walk *holding, json_t *locks)
{
    json_t *all = json_array();
    const struct held *h;
    while (holds_left > 0 && json_array_size(all) < HOLDS_MAX && (h = held_next(holding)) != NULL) {
        if (!query_holding(v->record, h))
            continue;
        holds_left--;
        json_t *one = json_object();
        uint32_t lock = h->lock != 0 ? h->lock : query_lock_at(v->record, h->address);
        json_object_set_new(one, "lock", number_or_null(lock));
        json_object_set_new(one, "mode", mode((h->how & HOW_SHARED) != 0));
        json_object_set_new(one, "stack", stack_of(v, h->stack, h->site));
        json_array_append_new(all, one);
        if (locks != NULL)
            add_lock(locks, v, lock);
    }
    return all;
}

static json_t *side_thread(struct opened_record *v, const struct side *side, json_t *locks)
{
    char name[17];
    struct held_walk holding;
    struct thread_ref p = query_side_thread(v->record, side);
    json_t *t = json_object();
    held_begin(&holding, v->record, side->path);
    json_object_set_new(t, "id", json_integer(side->serial));
    json_object_set_new(t, "tid", number_or_null(thread_ref_tid(v->record, &p)));
    json_object_set_new(t, "name", text_or_null(name16(p.name, name)));
    json_object_set_new(t, "waits", waits(v, &side->want));
    json_object_set_new(t, "holds", holds(v, &holding, locks));
    return t;
}

/* Every thread of the record, beside the findings. Those of a merged record did not exist at one time. */
static json_t *all_threads(struct opened_record *v)
{
    char name[17];
    struct held_walk holding;
    json_t *all = json_array();
    uint32_t used = liveness_merged(v->record) != 0 ? 0 : record_used(v->record, TABLE_THREADS);
    for (uint32_t id = 1; id < used && json_array_size(all) < THREADS_MAX; id++) {
        static const char *const states[] = {NULL, "starting", "running", "ended"};
        const struct thread *t = record_thread(v->record, id);
        if (t->state == THREAD_NONE || t->state > THREAD_ENDED)
            continue;
        bool blocked = t->sequence % 2 == 1 && t->state != THREAD_ENDED;
        json_t *thread = json_object();
        held_begin_thread(&holding, v->record, t);
        json_object_set_new(thread, "id", json_integer(t->serial));
        json_object_set_new(thread, "tid", number_or_null(t->tid));
        json_object_set_new(thread, "name", text_or_null(name16(t->name, name)));
        const char *state = blocked ? "waiting" : query_unseen(t) ? "futex" : states[t->state];
        json_object_set_new(thread, "state", json_string(state));
        json_object_set_new(thread, "waits", waits(v, blocked ? &t->want : NULL));
        json_object_set_new(thread, "holds", holds(v, &holding, NULL));
        json_array_append_new(all, thread);
    }
    return all;
}

/* --- findings --- */

/* What a side holds for the one before it: a lock, or its own end when that is joined. */
static json_t *cycle_holds(const struct opened_record *v, const struct finding *f, uint32_t i)
{
    const struct side *side = &f->side[i], *before = &f->side[i == 0 ? f->cycle - 1 : i - 1];
    if (side->held == 0 && before->want.kind == KIND_THREAD)
        return thread_as_lock(v, side->thread);
    return number_or_null(side->held);
}

static json_t *cycle(const struct opened_record *v, const struct finding *f)
{
    json_t *all = json_array();
    for (uint32_t i = 0; finding_is_cyclic(f) && i < f->cycle && i < SIDES_MAX; i++) {
        json_t *one = json_object();
        json_object_set_new(one, "thread", json_integer(f->side[i].serial));
        json_object_set_new(one, "holds", cycle_holds(v, f, i));
        json_object_set_new(one, "wants", wanted_id(v, &f->side[i].want));
        json_array_append_new(all, one);
    }
    return all;
}

enum words { MESSAGE, EVIDENCE, ADVICE };

/* A part of the finding's story, as a string. */
static json_t *words(struct opened_record *v, const struct finding *f, enum words which, enum coffman c)
{
    struct text_writer writer;
    struct text_writer_text collected;
    text_writer_collect(&writer, v, &collected);
    struct story *s = &writer.story;
    if (which == EVIDENCE) {
        coffman_evidence(s, f, c);
    } else if (which == ADVICE) {
        story_advice(s, f);
    } else {
        story_headline(s, f);
        story_text(s, finding_is_cyclic(f) ? ": " : "");
        if (finding_is_cyclic(f))
            story_cycle(s, f);
    }
    json_t *string = text(collected.text == NULL ? "" : collected.text);
    free(collected.text);
    return string;
}

static json_t *coffman(struct opened_record *v, const struct finding *f)
{
    json_t *all = json_object();
    for (enum coffman c = 0; c < COFFMAN_COUNT; c++) {
        json_t *one = json_object();
        json_object_set_new(one, "met", json_boolean(coffman_met(v->record, f, c)));
        json_object_set_new(one, "evidence", words(v, f, EVIDENCE, c));
        json_object_set_new(all, coffman_key(c), one);
    }
    return all;
}

static json_t *finding(struct opened_record *v, const struct finding *f)
{
    char id[24];
    json_t *all = json_object(), *threads = json_array(), *met = json_object(), *locks = json_array(), *lock;
    const char *key;
    for (uint32_t i = 0; i < f->sides && i < SIDES_MAX; i++) {
        add_wanted(met, v, &f->side[i].want);
        json_array_append_new(threads, side_thread(v, &f->side[i], met));
    }
    json_object_foreach(met, key, lock)
    {
        json_array_append(locks, lock);
    }
    json_decref(met);
    snprintf(id, sizeof id, "%016llx", (unsigned long long)identity_of(v, f));
    json_object_set_new(all, "id", json_string(id));
    json_object_set_new(all, "kind", text(finding_kind_word(f->kind)));
    json_object_set_new(all, "severity", text(finding_severity_word(f->severity)));
    json_object_set_new(all, "confidence", text(finding_confidence_word(f->confidence)));
    json_object_set_new(all, "reason", text(finding_reason_word(f->reason)));
    json_object_set_new(all, "message", words(v, f, MESSAGE, 0));
    json_object_set_new(all, "count", json_integer(f->count == 0 ? 1 : f->count));
    json_object_set_new(all, "locks", locks);
    json_object_set_new(all, "threads", threads);
    json_object_set_new(all, "cycle", cycle(v, f));
    json_object_set_new(all, "coffman", coffman(v, f));
    json_object_set_new(all, "advice", words(v, f, ADVICE, 0));
    return all;
}

/* --- the report --- */

static json_t *process(const struct opened_record *v)
{
    const struct record_header *h = v->record->header;
    char end[40];
    json_t *all = json_object(), *arguments = json_array();
    uint32_t id = h->arguments;
    for (uint32_t left = h->argument_count; left > 0 && record_item(v->record, TABLE_TEXT, id) != NULL; left--) {
        const char *word = record_text(v->record, id);
        json_array_append_new(arguments, text(word));
        id += (uint32_t)strlen(word) + 1;
    }
    liveness_end(v->record, v->runs, end, sizeof end);
    json_object_set_new(all, "executable", text_or_null(record_text(v->record, h->executable)));
    json_object_set_new(all, "arguments", arguments);
    json_object_set_new(all, "pid", json_integer(h->pid));
    json_object_set_new(all, "end", json_string(end));
    json_object_set_new(all, "complete",
                        json_boolean(h->incomplete == 0 && !v->findings.cut && frames_left > 0 && holds_left > 0));
    return all;
}

static void begin(const struct output *out, unsigned records)
{
    if (records > 1)
        out->write(out->context, "[\n", 2);
}

static void record(const struct output *out, struct opened_record *view, unsigned place, unsigned records)
{
    json_t *all = json_object(), *findings = json_array(), *threads;
    frames_left = FRAMES_IN_ALL, holds_left = HOLDS_IN_ALL;
    for (size_t i = 0; i < view->findings.count; i++)
        json_array_append_new(findings, finding(view, &view->findings.item[i]));
    threads = all_threads(view);
    json_object_set_new(all, "schema", json_string("lockwatch/1"));
    json_object_set_new(all, "tool", json_pack("{ss,ss}", "name", "lockwatch", "version", LOCKWATCH_VERSION));
    json_object_set_new(all, "process", process(view));
    json_object_set_new(all, "findings", findings);
    json_object_set_new(all, "suppressed", json_integer((json_int_t)view->findings.suppressed));
    json_object_set_new(all, "threads", threads);
    if (place > 0)
        out->write(out->context, ",\n", 2);
    document_dump(all, out);
    if (records == 1)
        out->write(out->context, "\n", 1);
    json_decref(all);
}

static void end(const struct output *out, unsigned records)
{
    if (records > 1)
        out->write(out->context, "\n]\n", 3);
}

const struct format json_format = {"json", begin, record, end};
