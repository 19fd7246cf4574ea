/* The threads and locks of a report, with their stacks. */
#include "analyzer/facts/pieces.h"

#include "analyzer/distinct_site.h"
#include "analyzer/liveness.h"
#include "analyzer/python_names.h"
#include "analyzer/symbols/cxx_name.h"
#include "analyzer/text_writer.h"
#include "detect/finding_query.h"
#include "detect/held.h"
#include "record/kernel_word.h"
#include "report/full/parts.h"
#include "report/phrases.h"

#include <stdio.h>
#include <stdlib.h>

/* So many of each at most, so that a damaged record makes no endless report. */
enum { STACK_MAX = 256, HOLDS_MAX = 256, THREADS_MAX = 10000 };

static json_t *mode(bool shared)
{
    return json_string(shared ? "shared" : "exclusive");
}

/* --- stacks --- */

static json_t *frame_of(struct opened_record *v, const struct symbols_place *place, unsigned level)
{
    const struct symbols_frame *f = &place->frame[level];
    json_t *frame = json_object();
    json_object_set_new(frame, "function", piece_text(f->function));
    json_object_set_new(frame, "file", piece_text(f->file));
    json_object_set_new(frame, "directory", piece_text(f->directory));
    json_object_set_new(frame, "line", piece_number_or_null(f->line));
    json_object_set_new(frame, "column", piece_number_or_null(f->column));
    json_object_set_new(frame, "inlined", json_boolean(level + 1 < place->count));
    json_object_set_new(frame, "module", piece_text_or_null(symbols_module(v->symbols, place->module)));
    json_object_set_new(frame, "offset", place->python ? json_null() : piece_hex(place->offset));
    json_object_set_new(frame, "build_id", piece_text(symbols_build_id(v->symbols, place->module)));
    return frame;
}

static void add_frames(json_t *stack, struct opened_record *v, uint64_t address)
{
    const struct symbols_place *place = symbols_place(v->symbols, address, true);
    for (unsigned level = 0; !symbols_watcher(v->symbols, place) && level < place->count; level++)
        json_array_append_new(stack, frame_of(v, place, level));
}

json_t *piece_location(struct opened_record *v, const struct finding *f)
{
    const struct symbols_place *place;
    struct distinct_site apart;
    uint32_t side = advice_side(v->record, f);
    if (side >= f->sides)
        return json_null();
    const struct want *want = &f->side[side].want;
    distinct_site_begin(&apart, v->symbols, v->record, f);
    const struct symbols_frame *frame = distinct_site_frame(&apart, want->stack, want->site, &place);
    return frame == NULL ? json_null() : frame_of(v, place, (unsigned)(frame - place->frame));
}

static bool in_python(const uint64_t *frames, uint32_t depth)
{
    uint32_t i = 0;
    while (frames != NULL && i < depth && (frames[i] & FRAME_TEXT) == 0)
        i++;
    return frames != NULL && i < depth;
}

/* Of Python code without the frames of its interpreter. */
json_t *piece_stack(struct opened_record *v, uint32_t id, uint64_t site)
{
    uint32_t depth;
    const uint64_t *frames = record_frames(v->record, id, &depth);
    if (frames == NULL && site == 0)
        return json_null();
    json_t *stack = json_array();
    if (frames == NULL)
        add_frames(stack, v, site);
    bool more = true, python = in_python(frames, depth);
    for (uint32_t i = 0; frames != NULL && i < depth && i < STACK_MAX && more; i++) {
        if (python && symbols_interpreter(v->symbols, symbols_place(v->symbols, frames[i], true)->module))
            continue;
        add_frames(stack, v, frames[i]);
        more = piece_take_frame();
    }
    return stack;
}

/* --- locks --- */

/* A thread that is waited for has an id among those of locks: behind them all. */
json_t *piece_thread_as_lock(const struct opened_record *v, uint32_t thread)
{
    return json_integer((json_int_t)record_used(v->record, TABLE_LOCKS) + thread);
}

json_t *piece_wanted_id(const struct opened_record *v, const struct want *want)
{
    return want->kind == KIND_THREAD ? piece_thread_as_lock(v, want->thread) : piece_number_or_null(want->lock);
}

/* What the text calls it: a lock without a name has a short one there, or a number if the source calls others alike. */
static json_t *label(struct opened_record *v, uint32_t lock)
{
    struct text_writer writer;
    struct text_writer_text collected;
    text_writer_collect(&writer, v, &collected);
    writer.story.short_names = &v->short_names;
    phrase_lock(&writer.story, lock);
    json_t *string = piece_text(collected.text);
    free(collected.text);
    return string;
}

/* A new one among `locks`, by its id; NULL: it is there already. */
static json_t *new_lock(json_t *locks, json_t *id, uint16_t kind)
{
    char key[24];
    snprintf(key, sizeof key, "%lld", (long long)json_integer_value(id));
    if (json_object_get(locks, key) != NULL) {
        json_decref(id);
        return NULL;
    }
    json_t *lock = json_object();
    json_object_set_new(lock, "id", id);
    json_object_set_new(lock, "kind", json_string(finding_lock_word(kind)));
    json_object_set_new(locks, key, lock);
    return lock;
}

void piece_add_lock(json_t *locks, struct opened_record *v, uint32_t id)
{
    const struct lock *l = record_lock(v->record, id);
    json_t *lock = l == NULL ? NULL : new_lock(locks, json_integer(id), l->kind);
    if (lock == NULL)
        return;
    bool merged = liveness_merged(v->record) != 0; /* then its address is one that merging made up */
    const char *name = names_lock(v->names, id), *in_python = python_name(v, id);
    if (name == NULL)
        name = lock_source_name(v->lock_sources, id);
    json_object_set_new(lock, "name", piece_text(in_python != NULL ? in_python : name));
    json_object_set_new(lock, "label", label(v, id));
    json_object_set_new(lock, "address", merged || l->address == 0 ? json_null() : piece_hex(l->address));
    json_object_set_new(lock, "created", piece_stack(v, l->created, 0));
}

void piece_add_wanted(json_t *locks, struct opened_record *v, const struct want *want)
{
    if (want->kind != KIND_THREAD) {
        piece_add_lock(locks, v, want->lock);
        return;
    }
    struct thread_ref p = query_thread(v->record, want->thread, want->thread_serial);
    json_t *lock = new_lock(locks, piece_thread_as_lock(v, want->thread), KIND_THREAD);
    if (lock == NULL)
        return;
    char label[24];
    snprintf(label, sizeof label, "T%u", p.serial);
    json_object_set_new(lock, "name", piece_name16(p.name));
    json_object_set_new(lock, "label", json_string(label));
    json_object_set_new(lock, "address", json_null());
    json_object_set_new(lock, "created", json_null());
}

json_t *piece_lock_list(json_t *locks)
{
    const char *key;
    json_t *list = json_array(), *lock;
    json_object_foreach(locks, key, lock)
    {
        json_array_append(list, lock);
    }
    json_decref(locks);
    return list;
}

/* --- threads --- */

static json_t *waits(struct opened_record *v, const struct want *want)
{
    if (want == NULL || want->kind == KIND_NONE)
        return json_null();
    json_t *w = json_object();
    json_object_set_new(w, "lock", piece_wanted_id(v, want));
    json_object_set_new(w, "mode", mode((want->how & WANT_SHARED) != 0));
    json_object_set_new(w, "timed", json_boolean((want->how & WANT_TIMED) != 0));
    json_object_set_new(w, "since", piece_time(want->since));
    json_object_set_new(w, "stack", piece_stack(v, want->stack, want->site));
    return w;
}

/* What is held, innermost first. */
static json_t *holds(struct opened_record *v, struct held_walk *holding, json_t *locks)
{
    json_t *all = json_array();
    const struct held *h;
    bool more = true;
    while (more && json_array_size(all) < HOLDS_MAX && (h = held_next(holding)) != NULL) {
        if (!query_holding(v->record, h))
            continue;
        more = piece_take_hold();
        json_t *one = json_object();
        uint32_t lock = h->lock != 0 ? h->lock : query_lock_at(v->record, h->address);
        json_object_set_new(one, "lock", piece_number_or_null(lock));
        json_object_set_new(one, "mode", mode((h->how & HOW_SHARED) != 0));
        json_object_set_new(one, "stack", piece_stack(v, h->stack, h->site));
        json_array_append_new(all, one);
        piece_add_lock(locks, v, lock);
    }
    return all;
}

/* The function that it started with; of what a library's own routine calls, the first one of the program's that is
 * known. */
static json_t *routine(struct opened_record *v, const struct thread *t, uint64_t address)
{
    const struct symbols_place *place = symbols_place(v->symbols, address, false);
    const struct symbols_frame *frame = symbols_outermost(v->symbols, place);
    const char *starter = place->frame[place->count - 1].function;
    uint32_t depth = 0;
    const uint64_t *frames = t == NULL ? NULL : record_frames(v->record, t->want.stack, &depth);
    if (address == 0 || starter == NULL)
        return json_null();
    while (frame == NULL && depth > 0)
        frame = symbols_outermost(v->symbols, symbols_place(v->symbols, frames[--depth] - 1, false));
    if (frame != NULL)
        return piece_text(frame->function);
    char *callable = cxx_name_callable(starter);
    json_t *text = piece_text(callable != NULL ? callable : starter);
    free(callable);
    return text;
}

/* `t` may be NULL. Where it was created is known while it runs. */
static void add_origin(json_t *thread, struct opened_record *v, const struct thread *t, uint32_t serial)
{
    const struct epoch *e = t == NULL ? query_epoch(v->record, serial) : NULL;
    bool runs = t != NULL && t->state == THREAD_RUNNING && liveness_merged(v->record) == 0;
    json_object_set_new(thread, "routine", routine(v, t, t != NULL ? t->routine : e != NULL ? e->routine : 0));
    json_object_set_new(thread, "creator", piece_number_or_null(t == NULL ? 0 : t->creator));
    json_object_set_new(thread, "created", runs ? piece_stack(v, 0, t->created_at) : json_null());
}

json_t *piece_side(struct opened_record *v, const struct side *side, json_t *locks)
{
    struct held_walk holding;
    struct thread_ref p = query_side_thread(v->record, side);
    json_t *t = json_object();
    held_begin(&holding, v->record, side->path);
    json_object_set_new(t, "id", json_integer(side->serial));
    json_object_set_new(t, "tid", piece_number_or_null(thread_ref_tid(v->record, &p)));
    json_object_set_new(t, "name", piece_name16(p.name));
    add_origin(t, v, p.slot, side->serial);
    json_object_set_new(t, "waits", waits(v, &side->want));
    json_object_set_new(t, "holds", holds(v, &holding, locks));
    return t;
}

/* Of a thread that does not wait by its record. */
static const char *state_of(const struct thread *t)
{
    if (t->state != THREAD_RUNNING)
        return t->state == THREAD_STARTING ? "starting" : "ended";
    if (query_unseen(t))
        return "futex";
    return !kernel_word_holds(t) ? "unknown" : t->kernel.call == CALL_NONE ? "running" : "call";
}

/* Every thread of the record, beside the findings. Those of a merged record did not exist at one time. */
json_t *piece_threads(struct opened_record *v, json_t *locks)
{
    struct held_walk holding;
    json_t *all = json_array();
    uint32_t used = liveness_merged(v->record) != 0 ? 0 : record_used(v->record, TABLE_THREADS);
    for (uint32_t id = 1; id < used && json_array_size(all) < THREADS_MAX; id++) {
        const struct thread *t = record_thread(v->record, id);
        if (t->state == THREAD_NONE || t->state > THREAD_ENDED)
            continue;
        bool blocked = t->sequence % 2 == 1 && t->state != THREAD_ENDED;
        json_t *thread = json_object();
        held_begin_thread(&holding, v->record, t);
        json_object_set_new(thread, "id", json_integer(t->serial));
        json_object_set_new(thread, "tid", piece_number_or_null(t->tid));
        json_object_set_new(thread, "name", piece_name16(t->name));
        bool seen = !blocked && kernel_word_holds(t);
        json_object_set_new(thread, "state", json_string(blocked ? "waiting" : state_of(t)));
        json_object_set_new(thread, "call", piece_text(seen ? kernel_word_call(&t->kernel) : NULL));
        add_origin(thread, v, t, t->serial);
        json_object_set_new(thread, "waits", waits(v, blocked ? &t->want : NULL));
        json_object_set_new(thread, "holds", holds(v, &holding, locks));
        if (blocked)
            piece_add_wanted(locks, v, &t->want);
        json_array_append_new(all, thread);
    }
    return all;
}
