#include "analyzer/liveness.h"
#include "analyzer/render/render.h"

#include "report/phrases.h"

#include <string.h>

/* The words of a set of bits, each with a space before it. */
static void tell_bits(struct story *s, uint32_t bits, const char *const *words)
{
    for (unsigned i = 0; words[i] != NULL; i++)
        if (bits >> i & 1)
            story_format(s, " %s", words[i]);
}

static const char *const how_words[] = {"shared", "tried", "timed", "rebuilt", "given-back", "waited", NULL};

/* " site=0x… (get at x.c:12 in main at x.c:40 (app+0x1234))" */
static void tell_code(struct story *s, const char *label, uint64_t address, bool call)
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

static void tell_want(struct story *s, const struct want *w)
{
    story_format(s, " %s lock=%u address=0x%llx since=%llu stack=%u%s%s", finding_lock_word(w->kind), w->lock,
                 (unsigned long long)w->address, (unsigned long long)w->since, w->stack,
                 w->how & WANT_TIMED ? " timed" : "", w->how & WANT_SHARED ? " shared" : "");
    if (w->kind == KIND_THREAD)
        story_format(s, " thread=%u serial=%u", w->thread, w->thread_serial);
    if (w->cond_mutex != 0)
        story_format(s, " cond_mutex=%u", w->cond_mutex);
    tell_code(s, "site", w->site, true);
}

/* --- an item of each table --- */

static void dump_thread(struct story *s, uint32_t id, const void *item)
{
    static const char *const states[] = {"free", "starting", "running", "ended"};
    static const char *const traits[] = {"adopted", "detached", "joined", "cancelled", "left", "unseen", "many", NULL};
    const struct thread *t = item;
    (void)id;
    story_text(s, " ");
    story_thread(s, t->serial, t->name);
    story_format(s, " %s tid=%u sequence=%u path=%u handle=0x%llx", t->state <= THREAD_ENDED ? states[t->state] : "?",
                 t->tid, t->sequence, t->path, (unsigned long long)t->handle);
    tell_bits(s, t->traits, traits);
    if (t->outer != 0) {
        story_format(s, " outer=0x%llx (%s)", (unsigned long long)t->outer, finding_lock_word((uint16_t)t->outer_as));
        tell_bits(s, t->outer_as >> 16, how_words);
        tell_code(s, "outer-site", t->outer_site, true);
    }
    tell_code(s, "routine", t->routine, false);
    story_format(s, " creator=T%u stage=%u started=%llu ended=%llu", t->creator, t->stage,
                 (unsigned long long)t->started, (unsigned long long)t->ended);
    story_text(s, t->sequence % 2 == 1 ? " WAITS" : " last-wait");
    tell_want(s, &t->want);
}

static void dump_lock(struct story *s, uint32_t id, const void *item)
{
    static const char *const traits[] = {"recursive", "errorcheck",    "adaptive",      "robust",      "inherit",
                                         "protect",   "shared",        "prefer-writer", "value-known", "signal",
                                         "posted",    "waker-unknown", "dead",          "kept",        "unmet",
                                         "awaited",   "wakes-missing", "away",          "again",       NULL};
    const struct lock *l = item;
    story_text(s, " ");
    story_lock(s, id, true);
    tell_bits(s, l->traits, traits);
    story_format(s, " value=%u created=%u generation=%u", l->value, l->created, l->generation);
    if (l->first_post != 0)
        story_format(s, " first-post=%u", l->first_post);
    tell_code(s, "site", l->site, true);
}

static void dump_hold(struct story *s, uint32_t id, const void *item)
{
    const struct hold *h = item;
    (void)id;
    if (h->lock == 0) {
        story_text(s, " forgotten");
        return;
    }
    story_format(s, " parent=%u lock=%u address=0x%llx stack=%u depth=%u taken=%u count=%u", h->parent, h->lock,
                 (unsigned long long)h->address, h->stack, h->depth, h->first_acquisition, h->count);
    tell_bits(s, h->how, how_words);
    if (record_lock(s->record, h->lock) != NULL) {
        story_text(s, " ");
        phrase_lock(s, h->lock);
    }
    tell_code(s, "site", record_site(s->record, h->stack), true);
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
    tell_code(s, "address", *(const uint64_t *)item, true);
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
    story_thread(s, e->serial, e->name);
    story_format(s, " thread=%u tid=%u before=%u joined=%u,%u stage=%u run=%u", e->thread, e->tid, e->before,
                 e->joined[0], e->joined[1], e->stage, e->run);
    tell_code(s, "routine", e->routine, false);
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
        if (w->held[i].lock != 0)
            story_format(s, "%u/%u/%u,", w->held[i].lock, w->held[i].generation, w->held[i].how);
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
    story_thread(s, side->serial, side->name);
    story_format(s, " thread=%u path=%u held=%u sequence=%u wants", side->thread, side->path, side->held,
                 side->sequence);
    tell_want(s, &side->want);
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
    story_format(s, "\npid %u parent %u process-start %llu\nstarted %llu (%s)\nend %s\nincomplete %u other_wakers %u\n",
                 h->pid, h->parent_pid, (unsigned long long)h->process_start, (unsigned long long)h->started, when, end,
                 h->incomplete, h->other_wakers);
}

void dump_record(const struct output *out, struct opened_record *view)
{
    struct text_writer voice;
    struct story *s = &voice.story;
    text_writer_begin(&voice, view, out);
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
