/*
 * What the parts of writing a pool share.
 */
#ifndef LOCKWATCH_ANALYZER_MERGE_WRITING_H
#define LOCKWATCH_ANALYZER_MERGE_WRITING_H

#include "analyzer/merge/pool.h"
#include "analyzer/record_writer.h"

struct writing {
    struct pool *pool;
    struct record_writer *to;
};

/* The id of a text in the record. */
uint32_t writing_text(struct writing *w, uint32_t text);

/* An address as it is in the record. */
static inline uint64_t writing_address(struct writing *w, struct pool_place place)
{
    if (place.module == 0 && (place.offset & FRAME_TEXT) != 0)
        return FRAME_TEXT | writing_text(w, (uint32_t)place.offset);
    return place.module == 0 ? place.offset : pool_module(w->pool, place.module)->bias + place.offset;
}

/* Record ids of what was written; 0 for none. */
static inline uint32_t writing_stack(const struct writing *w, uint32_t stack)
{
    return stack == 0 ? 0 : pool_stack_at(w->pool, stack)->id;
}

static inline uint32_t writing_lock(const struct writing *w, uint32_t lock)
{
    return lock == 0 ? 0 : pool_lock(w->pool, lock)->id;
}

static inline uint32_t writing_path(const struct writing *w, uint32_t path)
{
    return path == 0 ? 0 : pool_path(w->pool, path)->id;
}

static inline uint32_t writing_thread(const struct writing *w, uint32_t thread)
{
    return thread == 0 ? 0 : pool_thread(w->pool, thread)->id;
}

/* Calls `write` for each item of a set, in order. */
void writing_all(struct writing *w, const struct set *s, set_order *order,
                 void (*write)(struct writing *w, void *item));

/* Once files, stacks, locks and holds are written: threads, epochs and what names those; findings. */
void writing_actors(struct writing *w);
void writing_findings(struct writing *w);

#endif
