#include "analyzer/liveness.h"
#include "analyzer/render/render.h"

#include "record/kernel_word.h"
#include "report/phrases.h"

#include <string.h>

enum flag_set {
    LOCK_TRAITS,
    HOLD_HOWS,
    WANT_HOWS,
    WAKE_HOWS,
    THREAD_TRAITS,
    INCOMPLETES,
    OTHER_WAKERS,
    REPORTEDS,
    CALL_HOWS
};

static const struct flag {
    enum flag_set set;
    unsigned bit;
    const char *word;
} flags[] = {
#define LOCK(name, bit, word) {LOCK_TRAITS, bit, word},
#define HOLD(name, bit, word) {HOLD_HOWS, bit, word},
#define WANT(name, bit, word) {WANT_HOWS, bit, word},
#define WAKE(name, bit, word) {WAKE_HOWS, bit, word},
#define THREAD(name, bit, word) {THREAD_TRAITS, bit, word},
#define INCOMPLETE(name, bit, word) {INCOMPLETES, bit, word},
#define WAKER(name, bit, word) {OTHER_WAKERS, bit, word},
#define REPORTED(name, bit, word) {REPORTEDS, bit, word},
#define CALL(name, bit, word) {CALL_HOWS, bit, word},
#include "record/flags.def"
};

/* The words of the flags in `bits`, each with a space before it. */
static void dump_flags(struct story *s, enum flag_set set, uint32_t bits)
{
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (flags[i].set == set && (bits >> flags[i].bit & 1) != 0) {
            story_format(s, " %s", flags[i].word);
            bits &= ~(1u << flags[i].bit);
        }
    if (bits != 0)
        story_format(s, " and 0x%x", bits);
}

/* " site=0x… (get at x.c:12 in main at x.c:40 (app+0x1234))" */
static void dump_code(struct story *s, const char *label, uint64_t address, bool call)
{
    if (address == 0)
        return;
    story_format(s, " %s=0x%llx", label, (unsigned long long)address);
    story_text(s, " (");
    bool more = s->frame(s, address, call, 0);
    for (unsigned level = 1; more; level++) {
        story_text(s, " in ");
        more = s->frame(s, address, call, level);
    }
    story_text(s, ")");
}

static void dump_want(struct story *s, const struct want *w)
{
    story_format(s, " %s lock=%u address=0x%llx since=%llu stack=%u path=%u", finding_lock_word(w->kind), w->lock,
                 (unsigned long long)w->address, (unsigned long long)w->since, w->stack, w->path);
    dump_flags(s, WANT_HOWS, w->how);
    if (w->kind == KIND_THREAD)
        story_format(s, " thread=%u serial=%u", w->thread, w->thread_serial);
    if (w->cond_mutex != 0)
        story_format(s, " cond_mutex=%u", w->cond_mutex);
    dump_code(s, "site", w->site, true);
}

/* --- an item of each table --- */

static void dump_held(struct story *s, const struct held *h)
{
    story_format(s, " holds=0x%llx (%s)", (unsigned long long)h->address, finding_lock_word(h->kind));
    dump_flags(s, HOLD_HOWS, h->how);
    dump_code(s, "at", h->site, true);
}

/* Without its thread it is not known whether it is still held. */
static void dump_held_lock(struct story *s, uint32_t id, const void *item)
{
    const struct held_lock *l = item;
    (void)id;
    story_format(s, " address=0x%llx call=0x%llx", (unsigned long long)l->address, (unsigned long long)l->call);
}

static void dump_thread(struct story *s, uint32_t id, const void *item)
{
    static const char *const states[] = {"free", "starting", "running", "ended"};
    const struct thread *t = item;
    (void)id;
    story_text(s, " ");
    phrase_serial(s, t->serial, t->name);
    story_format(s, " %s tid=%u sequence=%u path=%u", t->state <= THREAD_ENDED ? states[t->state] : "?", t->tid,
                 t->sequence, t->path);
    if (liveness_merged(s->record) != 0)
        story_format(s, " run=%u run-serial=%u routine-key=%016llx", t->run, t->run_serial,
                     (unsigned long long)t->routine_key);
    else
        story_format(s, " handle=0x%llx", (unsigned long long)t->handle);
    dump_flags(s, THREAD_TRAITS, t->traits);
    struct held_walk holding;
    struct thread listed = *t;
    listed.path = 0;
    held_begin_thread(&holding, s->record, &listed);
    for (const struct held *h; (h = held_next(&holding)) != NULL;)
        dump_held(s, h);
    dump_code(s, "routine", t->routine, false);
    story_format(s, " creator=T%u phase=%u born=%u epoch=%u started=%llu ended=%llu", t->creator, t->phase, t->born,
                 t->epoch, (unsigned long long)t->started, (unsigned long long)t->ended);
    if (t->kernel.looked != 0) {
        const char *call = kernel_word_call(&t->kernel);
        story_format(s, " looked=%llu sequence=%u call=", (unsigned long long)t->kernel.looked, t->kernel.sequence);
        if (t->kernel.call == CALL_NONE)
            story_text(s, "none");
        else if (call != NULL)
            story_text(s, call);
        else
            story_format(s, "%u", kernel_word_number(&t->kernel));
        dump_flags(s, CALL_HOWS, t->kernel.how);
        if (t->kernel.since != 0)
            story_format(s, " since=%llu", (unsigned long long)t->kernel.since);
    }
    story_text(s, t->sequence % 2 == 1 ? " WAITS" : " last-wait");
    dump_want(s, &t->want);
}

static void dump_lock(struct story *s, uint32_t id, const void *item)
{
    const struct lock *l = item;
    story_text(s, " ");
    phrase_kind_lock(s, id);
    dump_flags(s, LOCK_TRAITS, l->traits);
    story_format(s, " value=%u created=%u generation=%u", l->value, l->created, l->generation);
    if (l->first_post != 0)
        story_format(s, " first-post=%u", l->first_post);
    if (l->first_wake != 0)
        story_format(s, " first-wake=%u", l->first_wake);
    if (liveness_merged(s->record) != 0) {
        story_format(s, " first-use=%u known-as=", l->first_use);
        story_name(s, record_text(s->record, l->known_as));
    } else if (l->shared_as != 0) {
        story_text(s, " shared-as=");
        story_name(s, record_text(s->record, l->shared_as));
    }
    dump_code(s, "site", l->site, true);
}

static void dump_hold(struct story *s, uint32_t id, const void *item)
{
    const struct hold *h = item;
    (void)id;
    if (h->lock == 0) {
        story_text(s, " pruned");
        return;
    }
    story_format(s, " parent=%u lock=%u address=0x%llx stack=%u depth=%u first-acquisition=%u count=%u", h->parent,
                 h->lock, (unsigned long long)h->address, h->stack, h->depth, h->first_acquisition, h->count);
    dump_flags(s, HOLD_HOWS, h->how);
    if (record_lock(s->record, h->lock) != NULL) {
        story_text(s, " ");
        phrase_lock(s, h->lock);
    }
    dump_code(s, "site", record_site(s->record, h->stack), true);
}

static void dump_stack(struct story *s, uint32_t id, const void *item)
{
    const struct stack *stack = item;
    uint32_t depth;
    const uint64_t *frames = record_frames(s->record, id, &depth);
    story_format(s, " first=%u depth=%u hash=%016llx", stack->first, stack->depth, (unsigned long long)stack->hash);
    if (frames == NULL)
        story_text(s, " (no such frames)");
}

static void dump_frame(struct story *s, uint32_t id, const void *item)
{
    (void)id;
    dump_code(s, "address", *(const uint64_t *)item, true);
}

static void dump_module(struct story *s, uint32_t id, const void *item)
{
    const struct module *m = item;
    story_format(s, " 0x%llx-0x%llx bias=0x%llx build-id=", (unsigned long long)m->start, (unsigned long long)m->end,
                 (unsigned long long)m->bias);
    for (unsigned i = 0; i < m->build_id_size && i < sizeof m->build_id; i++)
        story_format(s, "%02x", m->build_id[i]);
    story_text(s, " ");
    story_name(s, record_text(s->record, m->path));
    (void)id;
}

static void dump_post(struct story *s, uint32_t id, const void *item)
{
    const struct post *p = item;
    (void)id;
    story_format(s, " lock=%u next=%u thread=%u serial=%u creator-id=%u creator=%u routine=0x%llx", p->lock, p->next,
                 p->thread, p->serial, p->creator_id, p->creator, (unsigned long long)p->routine);
}

static void dump_finding(struct story *s, uint32_t id, const void *item)
{
    const struct record_finding *stored = item;
    struct finding f;
    story_format(s, " when=%llu kind=%u severity=%u confidence=%u reason=%u first-side=%u sides=%u cycle=%u behind=%u",
                 (unsigned long long)stored->when, stored->kind, stored->severity, stored->confidence, stored->reason,
                 stored->first_side, stored->sides, stored->cycle, stored->behind);
    story_format(s, " count=%u lasted=%llu identity=%016llx", stored->count, (unsigned long long)stored->lasted,
                 (unsigned long long)stored->identity);
    dump_flags(s, REPORTEDS, stored->reported);
    if (finding_stored(s->record, id, &f)) {
        story_text(s, " ");
        story_headline(s, &f);
    }
}

static void dump_epoch(struct story *s, uint32_t id, const void *item)
{
    const struct epoch *e = item;
    (void)id;
    story_text(s, " ");
    phrase_serial(s, e->serial, e->name);
    story_format(s, " thread=%u tid=%u before=%u joined=%u,%u phase=%u run=%u", e->thread, e->tid, e->before,
                 e->joined[0], e->joined[1], e->phase, e->run);
    dump_code(s, "routine", e->routine, false);
}

static void dump_acquisition(struct story *s, uint32_t id, const void *item)
{
    const struct acquisition *t = item;
    (void)id;
    story_format(s, " epoch=%u next=%u", t->epoch, t->next);
}

static void dump_wake(struct story *s, uint32_t id, const void *item)
{
    const struct wake *w = item;
    (void)id;
    story_format(s, " lock=%u next=%u epoch=%u path=%u stack=%u times=%u%s held=", w->lock, w->next, w->epoch, w->path,
                 w->stack, w->times, w->waited != 0 ? " waited" : "");
    for (uint32_t i = 0; i < WAKE_HELD; i++)
        if (w->held[i].lock != 0) {
            story_format(s, "%u/%u", w->held[i].lock, w->held[i].generation);
            dump_flags(s, WAKE_HOWS, w->held[i].how);
            story_text(s, ",");
        }
}

static void dump_run(struct story *s, uint32_t id, const void *item)
{
    const struct merged_run *r = item;
    char when[40];
    (void)id;
    text_time(r->started, when, sizeof when);
    story_format(s, " pid=%u parent=%u process-start=%llu started=%llu (%s) ", r->pid, r->parent_pid,
                 (unsigned long long)r->process_start, (unsigned long long)r->started, when);
    story_name(s, record_text(s->record, r->executable));
}

static void dump_side(struct story *s, uint32_t id, const void *item)
{
    const struct side *side = item;
    (void)id;
    story_text(s, " ");
    phrase_serial(s, side->serial, side->name);
    story_format(s, " thread=%u path=%u held=%u sequence=%u times=%u wants", side->thread, side->path, side->held,
                 side->sequence, side->times);
    dump_want(s, &side->want);
}

/* --- the whole --- */

static void (*const dump_item[TABLE_COUNT])(struct story *s, uint32_t id, const void *item) = {
    [TABLE_THREADS] = dump_thread,
    [TABLE_LOCKS] = dump_lock,
    [TABLE_HOLDS] = dump_hold,
    [TABLE_STACKS] = dump_stack,
    [TABLE_FRAMES] = dump_frame,
    [TABLE_MODULES] = dump_module,
    [TABLE_POSTS] = dump_post,
    [TABLE_FINDINGS] = dump_finding,
    [TABLE_SIDES] = dump_side,
    [TABLE_EPOCHS] = dump_epoch,
    [TABLE_ACQUISITIONS] = dump_acquisition,
    [TABLE_WAKES] = dump_wake,
    [TABLE_HELD] = dump_held_lock,
    [TABLE_RUNS] = dump_run,
};

static void dump_texts(struct story *s)
{
    uint32_t used = record_used(s->record, TABLE_TEXT);
    for (uint32_t id = 1; id < used;) {
        const char *text = record_text(s->record, id);
        if (text[0] != 0) {
            story_format(s, "%u: ", id);
            story_name(s, text);
            story_text(s, "\n");
        }
        id += (uint32_t)strlen(text) + 1;
    }
}

static void dump_header(struct story *s, const struct opened_record *view)
{
    const struct record_header *h = view->record->header;
    char end[40], when[40];
    liveness_end(view->record, view->runs, end, sizeof end);
    text_time(h->started, when, sizeof when);
    story_format(s, "record of version %u, %zu bytes\n", h->version, view->file.size);
    story_text(s, "executable ");
    story_name(s, record_text(view->record, h->executable));
    story_format(s, "\npid %u parent %u process-start %llu\nstarted %llu (%s)\nended %llu\nend %s\nsuppressions ",
                 h->pid, h->parent_pid, (unsigned long long)h->process_start, (unsigned long long)h->started, when,
                 (unsigned long long)h->ended, end);
    story_name(s, record_text(view->record, h->suppressions));
    story_text(s, "\nhost ");
    story_name(s, record_text(view->record, h->host));
    story_text(s, "\nfolder ");
    story_name(s, record_text(view->record, h->folder));
    story_text(s, "\nlabel ");
    story_name(s, record_text(view->record, h->label));
    story_text(s, "\nincomplete");
    dump_flags(s, INCOMPLETES, h->incomplete);
    story_text(s, "\nother-wakers");
    dump_flags(s, OTHER_WAKERS, h->other_wakers);
    story_text(s, "\n");
}

void dump_record(const struct output *out, struct opened_record *view)
{
    struct text_writer writer;
    struct story *s = &writer.story;
    text_writer_begin(&writer, view, out);
    s->short_names = NULL;
    s->explain = true;
    dump_header(s, view);
    for (int t = 0; t < TABLE_COUNT; t++) {
        uint32_t used = record_used(view->record, t);
        story_format(s, "\n%s: %u\n", record_table_name[t], used - 1);
        if (t == TABLE_TEXT)
            dump_texts(s);
        for (uint32_t id = 1; dump_item[t] != NULL && id < used; id++) {
            story_format(s, "%u:", id);
            dump_item[t](s, id, record_item(view->record, t, id));
            story_text(s, "\n");
        }
    }
}
