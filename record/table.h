/*
 * The tables of a record: from an id to its item, and room for new items.
 *
 * A struct record gives access to the library's own memory, a test's, or a file that was read (record/reader.h).
 * Reading never waits and never goes out of bounds, whatever the ids. One thread at a time appends (the library holds
 * its raw lock); others may read meanwhile. Cost of a look-up: one count-leading-zeros and two loads.
 */
#ifndef LOCKWATCH_RECORD_TABLE_H
#define LOCKWATCH_RECORD_TABLE_H

#include "record/layout.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Where segments come from. `more` returns `size` zeroed bytes that do not move, and their place in the file in
 * *offset; NULL: no room. `size` is a multiple of 4096. If it is more than RECORD_PIECE, only the first piece has to
 * exist: before another one is written, `claim` (unless NULL) is asked for it. False: no room.
 */
enum { RECORD_PIECE = 1 << 20 };
struct record_space {
    void *(*more)(void *context, size_t size, uint64_t *offset);
    bool (*claim)(void *context, char *piece, size_t size, uint64_t offset);
    void *context;
};

struct record {
    struct record_header *header;
    char *segment[TABLE_COUNT][RECORD_SEGMENTS];
    uint32_t limit[TABLE_COUNT]; /* of a record that was read: lesser ids are valid; 0 in a live one: the header says */
    struct record_space space;   /* of a record that is written */
    size_t claimed[TABLE_COUNT]; /* likewise: bytes of the newest segment that exist */
};

/* The first shifts of tables that the hot path reads. */
enum { RECORD_SHIFT_THREADS = 3, RECORD_SHIFT_LOCKS = 8, RECORD_SHIFT_HOLDS = 9, RECORD_SHIFT_POSTS = 6 };

extern const uint32_t record_item_size[TABLE_COUNT];
extern const uint32_t record_first_shift[TABLE_COUNT];
extern const char *const record_table_name[TABLE_COUNT];

/* The first id of segment k: ids (2^k - 1) << shift up to (2^(k+1) - 1) << shift. */
static inline uint32_t record_segment_of(uint32_t id, uint32_t shift)
{
    return 31 - (uint32_t)__builtin_clz((id >> shift) + 1);
}

static inline uint32_t record_segment_start(uint32_t segment, uint32_t shift)
{
    return ((1u << segment) - 1) << shift;
}

/* The item of a valid id: one that this process appended. */
static inline void *record_at(const struct record *r, enum record_table_id t, uint32_t id, size_t size, uint32_t shift)
{
    uint32_t k = record_segment_of(id, shift);
    return r->segment[t][k] + (size_t)(id - record_segment_start(k, shift)) * size;
}

/* Lesser ids are valid; 0: the record was never begun. */
uint32_t record_used(const struct record *r, enum record_table_id t);

/* The item of any id; NULL: there is none, or r->header is NULL. */
void *record_item(const struct record *r, enum record_table_id t, uint32_t id);

/* The number of items from `id` on that are consecutive in memory: up to the end of its segment or of the table. */
uint32_t record_consecutive(const struct record *r, enum record_table_id t, uint32_t id);

/* The same without a call, where the table is known and each wait comes by. */
static inline void *record_item_of(const struct record *r, enum record_table_id t, uint32_t id, size_t size,
                                   uint32_t shift)
{
    uint32_t used = r->limit[t];
    if (used == 0 && r->header != NULL)
        used = atomic_load_explicit(&r->header->tables[t].used, memory_order_acquire);
    return id == 0 || id >= used ? NULL : record_at(r, t, id, size, shift);
}

static inline struct thread *record_thread(const struct record *r, uint32_t id)
{
    return record_item(r, TABLE_THREADS, id);
}

static inline struct lock *record_lock(const struct record *r, uint32_t id)
{
    return record_item(r, TABLE_LOCKS, id);
}

static inline struct hold *record_hold(const struct record *r, uint32_t id)
{
    return record_item(r, TABLE_HOLDS, id);
}

/*
 * Whether a thread is blocked as *want says, and runs no signal handler meanwhile. It is still blocked so as long as
 * its sequence number is *sequence.
 */
bool record_blocked(const struct thread *t, struct want *want, uint32_t *sequence);

/* The frames of a stack, innermost first, and their number in *depth; NULL and 0: none. */
const uint64_t *record_frames(const struct record *r, uint32_t stack, uint32_t *depth);

/* The first frame of a stack: the return address of the call; 0: none. */
uint64_t record_site(const struct record *r, uint32_t stack);

/* The text of an id, "" for none; it always ends within the record. */
const char *record_text(const struct record *r, uint32_t id);

/* What a frame of an interpreted program says, "" where it is none: "LINE:COLUMN FUNCTION FILE". */
const char *record_frame_text(const struct record *r, uint64_t frame);

/* The newest module that contains a code address; 0: none. */
uint32_t record_module_of(const struct record *r, uint64_t address);

/*
 * Begins a record in memory of `space`: the header, and the first segment of every table. False: no room, and nothing
 * was begun. The caller sets what the header says of the process.
 */
bool record_begin(struct record *r, struct record_space space);

/*
 * Room for `count` new items of a table, zeroed, within one segment. Returns the first id; 0: no room. Readers do not
 * see them before record_commit with the same id and count.
 */
uint32_t record_reserve(struct record *r, enum record_table_id t, uint32_t count);
void record_commit(struct record *r, enum record_table_id t, uint32_t id, uint32_t count);

/* Adds a text and a NUL; `size` is without that. 0: no room. */
uint32_t record_add_text(struct record *r, const char *text, size_t size);

/* Records why the record is not complete; true the first time. */
bool record_mark_incomplete(struct record *r, enum record_incomplete why);

#endif
