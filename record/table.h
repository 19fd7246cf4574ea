/*
 * The tables of a record: from an id to the item, and room for new items.
 *
 * The same struct record stands before the library's own memory, a test's, and a file that was read (record/reader.h).
 * Reading never waits and never goes out of bounds, whatever the ids say. Appending is for one thread at a time (the
 * library holds its table lock); readers may run beside it. Cost of a look-up: one count-leading-zeros and two loads.
 */
#ifndef LOCKWATCH_RECORD_TABLE_H
#define LOCKWATCH_RECORD_TABLE_H

#include "record/layout.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Where segments come from: `more` gives `size` zeroed bytes that stay where they are, and the place of them in the
 * file in *offset; NULL when there is no more room. Sizes asked for are multiples of 4096. Of more than RECORD_PIECE
 * only the first piece need be there: the others are asked for one by one before anything is written to them, by
 * `claim` unless that is NULL. False when there is no room.
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
    uint32_t limit[TABLE_COUNT]; /* of a record that was read: ids below are safe; 0 in a live one: ask the header */
    struct record_space space;   /* of a record that is written */
    size_t claimed[TABLE_COUNT]; /* likewise: bytes of the newest segment that are there */
};

/* Tables that the hot path looks into have their shift as a constant. */
enum { RECORD_SHIFT_THREADS = 6, RECORD_SHIFT_HOLDS = 9 };

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

/* The item of an id that is known to be good: one that this process appended. */
static inline void *record_at(const struct record *r, enum record_table_id t, uint32_t id, size_t size, uint32_t shift)
{
    uint32_t k = record_segment_of(id, shift);
    return r->segment[t][k] + (size_t)(id - record_segment_start(k, shift)) * size;
}

/* Ids below this one may be asked for; 0 when the record was never begun. */
uint32_t record_used(const struct record *r, enum record_table_id t);

/* The item of any id: NULL for 0, for one that does not exist, and when r->header is NULL. */
void *record_item(const struct record *r, enum record_table_id t, uint32_t id);

/* How many items from `id` on lie in a row, itself included: up to the end of its segment or of the table. */
uint32_t record_consecutive(const struct record *r, enum record_table_id t, uint32_t id);

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
 * Whether a thread is blocked, as *want says, and just that: a signal handler that came meanwhile may hold and do
 * things. *sequence is to be compared later, by whoever wants to know whether it still is.
 */
bool record_blocked(const struct thread *t, struct want *want, uint32_t *sequence);

/* The frames of a stack, innermost first, and their number in *depth; NULL and 0 when there are none. */
const uint64_t *record_frames(const struct record *r, uint32_t stack, uint32_t *depth);

/* The return address of the call that a stack is of: its first frame; 0 when there is none. */
uint64_t record_site(const struct record *r, uint32_t stack);

/* The text of an id, "" for none; always ends within the record. */
const char *record_text(const struct record *r, uint32_t id);

/* The module that has a code address, the newest first; 0 when none has. */
uint32_t record_module_of(const struct record *r, uint64_t address);

/*
 * Begin a record in memory of `space`: header and the first segment of every table. False when there is no room; then
 * nothing was begun. The caller fills in what the header says of the process.
 */
bool record_begin(struct record *r, struct record_space space);

/*
 * Room for a run of `count` new items of a table, within one segment and zeroed. Gives the first id, 0 when there is no
 * room. They are read by nobody until record_commit says so with the same id and count.
 */
uint32_t record_reserve(struct record *r, enum record_table_id t, uint32_t count);
void record_commit(struct record *r, enum record_table_id t, uint32_t id, uint32_t count);

/* A run of text, NUL-terminated here; 0 when there is no room. `size` is without the NUL. */
uint32_t record_add_text(struct record *r, const char *text, size_t size);

/* Note why the record is not complete (enum record_incomplete); true the first time. */
bool record_mark_incomplete(struct record *r, enum record_incomplete why);

#endif
