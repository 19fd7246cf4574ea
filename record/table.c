#include "record/table.h"

#include <stdatomic.h>
#include <string.h>

enum { PAGE = 4096 };

const uint32_t record_item_size[TABLE_COUNT] = {
    [TABLE_THREADS] = sizeof(struct thread),
    [TABLE_LOCKS] = sizeof(struct lock),
    [TABLE_HOLDS] = sizeof(struct hold),
    [TABLE_STACKS] = sizeof(struct stack),
    [TABLE_FRAMES] = sizeof(uint64_t),
    [TABLE_MODULES] = sizeof(struct module),
    [TABLE_TEXT] = 1,
    [TABLE_POSTS] = sizeof(struct post),
    [TABLE_FINDINGS] = sizeof(struct record_finding),
    [TABLE_SIDES] = sizeof(struct side),
    [TABLE_EPOCHS] = sizeof(struct epoch),
    [TABLE_ACQUISITIONS] = sizeof(struct acquisition),
    [TABLE_WAKES] = sizeof(struct wake),
    [TABLE_HELD] = sizeof(struct held_lock),
    [TABLE_RUNS] = sizeof(struct merged_run),
};

const uint32_t record_first_shift[TABLE_COUNT] = {
    [TABLE_THREADS] = RECORD_SHIFT_THREADS,
    [TABLE_LOCKS] = RECORD_SHIFT_LOCKS,
    [TABLE_HOLDS] = RECORD_SHIFT_HOLDS,
    [TABLE_STACKS] = 8,
    [TABLE_FRAMES] = 12,
    [TABLE_MODULES] = 5,
    [TABLE_TEXT] = 13,
    [TABLE_POSTS] = RECORD_SHIFT_POSTS,
    [TABLE_FINDINGS] = 4,
    [TABLE_SIDES] = 6,
    [TABLE_EPOCHS] = 8,
    [TABLE_ACQUISITIONS] = 9,
    [TABLE_WAKES] = 7,
    [TABLE_HELD] = 6,
    [TABLE_RUNS] = 6,
};

const char *const record_table_name[TABLE_COUNT] = {
    [TABLE_THREADS] = "threads", [TABLE_LOCKS] = "locks",   [TABLE_HOLDS] = "holds",
    [TABLE_STACKS] = "stacks",   [TABLE_FRAMES] = "frames", [TABLE_MODULES] = "modules",
    [TABLE_TEXT] = "text",       [TABLE_POSTS] = "posts",   [TABLE_FINDINGS] = "findings",
    [TABLE_SIDES] = "sides",     [TABLE_EPOCHS] = "epochs", [TABLE_ACQUISITIONS] = "acquisitions",
    [TABLE_WAKES] = "wakes",     [TABLE_HELD] = "held",     [TABLE_RUNS] = "runs",
};

static size_t segment_size(enum record_table_id t, uint32_t k)
{
    return (size_t)record_item_size[t] << (record_first_shift[t] + k);
}

uint32_t record_used(const struct record *r, enum record_table_id t)
{
    if (r->limit[t] != 0)
        return r->limit[t];
    if (r->header == NULL)
        return 0;
    return atomic_load_explicit(&r->header->tables[t].used, memory_order_acquire);
}

void *record_item(const struct record *r, enum record_table_id t, uint32_t id)
{
    if (id == 0 || id >= record_used(r, t))
        return NULL;
    return record_at(r, t, id, record_item_size[t], record_first_shift[t]);
}

bool record_blocked(const struct thread *t, struct want *want, uint32_t *sequence)
{
    *sequence = t->sequence;
    if (*sequence % 2 == 0)
        return false;
    *want = t->want;
    bool handler = t->held_end != want->held;
    atomic_thread_fence(memory_order_acquire);
    return !handler && t->sequence == *sequence;
}

uint32_t record_consecutive(const struct record *r, enum record_table_id t, uint32_t id)
{
    uint32_t used = record_used(r, t);
    if (id == 0 || id >= used)
        return 0;
    uint32_t shift = record_first_shift[t];
    uint32_t end = record_segment_start(record_segment_of(id, shift) + 1, shift);
    return (end < used ? end : used) - id;
}

const uint64_t *record_frames(const struct record *r, uint32_t stack, uint32_t *depth)
{
    const struct stack *s = record_item(r, TABLE_STACKS, stack);
    *depth = 0;
    if (s == NULL || s->depth == 0 || record_consecutive(r, TABLE_FRAMES, s->first) < s->depth)
        return NULL;
    *depth = s->depth;
    return record_item(r, TABLE_FRAMES, s->first);
}

uint64_t record_site(const struct record *r, uint32_t stack)
{
    uint32_t depth;
    const uint64_t *frames = record_frames(r, stack, &depth);
    return frames == NULL ? 0 : frames[0];
}

const char *record_text(const struct record *r, uint32_t id)
{
    const char *text = record_item(r, TABLE_TEXT, id);
    if (text == NULL || memchr(text, 0, record_consecutive(r, TABLE_TEXT, id)) == NULL)
        return "";
    return text;
}

const char *record_frame_text(const struct record *r, uint64_t frame)
{
    return (frame & FRAME_TEXT) != 0 ? record_text(r, (uint32_t)frame) : "";
}

uint32_t record_module_of(const struct record *r, uint64_t address)
{
    for (uint32_t id = record_used(r, TABLE_MODULES); id-- > 1;) {
        const struct module *m = record_item(r, TABLE_MODULES, id);
        if (address >= m->start && address < m->end)
            return id;
    }
    return 0;
}

/* Map segment k of a table. The offset is written before the number of segments: a reader never sees half of it. */
static bool add_segment(struct record *r, enum record_table_id t, uint32_t k)
{
    struct record_table *table = &r->header->tables[t];
    size_t size = (segment_size(t, k) + PAGE - 1) / PAGE * PAGE;
    uint64_t offset;
    if (k >= RECORD_SEGMENTS)
        return false;
    char *memory = r->space.more(r->space.context, size, &offset);
    if (memory == NULL)
        return false;
    r->segment[t][k] = memory;
    r->claimed[t] = r->space.claim == NULL || size < RECORD_PIECE ? size : RECORD_PIECE;
    atomic_store_explicit(&table->segment_offset[k], offset, memory_order_relaxed);
    atomic_store_explicit(&table->segments, k + 1, memory_order_release);
    return true;
}

/* The newest segment, up to `end`. */
static bool claim(struct record *r, enum record_table_id t, uint32_t k, size_t end)
{
    while (end > r->claimed[t]) {
        size_t from = r->claimed[t], left = segment_size(t, k) - from;
        size_t size = left < RECORD_PIECE ? (left + PAGE - 1) / PAGE * PAGE : RECORD_PIECE;
        uint64_t offset = r->header->tables[t].segment_offset[k];
        if (!r->space.claim(r->space.context, r->segment[t][k] + from, size, offset != 0 ? offset + from : 0))
            return false;
        r->claimed[t] += size;
    }
    return true;
}

bool record_begin(struct record *r, struct record_space space)
{
    size_t size = RECORD_HEADER_SIZE;
    for (int t = 0; t < TABLE_COUNT; t++)
        size += (segment_size(t, 0) + PAGE - 1) / PAGE * PAGE;
    uint64_t offset;
    char *memory = space.more(space.context, size, &offset);
    if (memory == NULL)
        return false;

    memset(r, 0, sizeof *r);
    r->space = space;
    struct record_header *h = (struct record_header *)memory;
    offset += RECORD_HEADER_SIZE;
    memory += RECORD_HEADER_SIZE;
    for (int t = 0; t < TABLE_COUNT; t++) {
        struct record_table *table = &h->tables[t];
        size_t room = (segment_size(t, 0) + PAGE - 1) / PAGE * PAGE;
        table->item_size = record_item_size[t];
        table->first_shift = record_first_shift[t];
        table->used = 1;
        table->segments = 1;
        table->segment_offset[0] = offset;
        r->segment[t][0] = memory;
        r->claimed[t] = room;
        offset += room;
        memory += room;
    }
    h->version = RECORD_VERSION;
    h->header_size = RECORD_HEADER_SIZE;
    h->order_mark = RECORD_ORDER_MARK;
    h->word_size = sizeof(void *);
    h->table_count = TABLE_COUNT;
    atomic_thread_fence(memory_order_release);
    memcpy(h->magic, RECORD_MAGIC, sizeof h->magic);
    r->header = h;
    return true;
}

uint32_t record_reserve(struct record *r, enum record_table_id t, uint32_t count)
{
    uint32_t shift = record_first_shift[t];
    uint32_t id = record_used(r, t);
    if (id == 0 || count == 0)
        return 0;
    for (;;) {
        uint32_t k = record_segment_of(id, shift);
        uint32_t end = record_segment_start(k + 1, shift);
        if (k + shift >= 31)
            return 0;
        if (k >= r->header->tables[t].segments && !add_segment(r, t, k))
            return 0;
        if (end - id >= count) {
            size_t size = record_item_size[t];
            return claim(r, t, k, (id - record_segment_start(k, shift) + count) * size) ? id : 0;
        }
        id = end; /* a run stays within one segment: the rest of this one is left empty */
    }
}

void record_commit(struct record *r, enum record_table_id t, uint32_t id, uint32_t count)
{
    atomic_store_explicit(&r->header->tables[t].used, id + count, memory_order_release);
}

uint32_t record_add_text(struct record *r, const char *text, size_t size)
{
    uint32_t id = record_reserve(r, TABLE_TEXT, (uint32_t)size + 1);
    if (id == 0)
        return 0;
    char *to = record_at(r, TABLE_TEXT, id, 1, record_first_shift[TABLE_TEXT]);
    memcpy(to, text, size);
    to[size] = 0;
    record_commit(r, TABLE_TEXT, id, (uint32_t)size + 1);
    return id;
}

bool record_mark_incomplete(struct record *r, enum record_incomplete why)
{
    if (r->header == NULL)
        return false;
    return (atomic_fetch_or(&r->header->incomplete, why) & why) == 0;
}
