/*
 * A set of things of one sort, each once by its key. They have ids, from 1, in the order in which they came; what is to
 * be the same whatever came first must not depend on those.
 */
#ifndef LOCKWATCH_ANALYZER_MERGE_SET_H
#define LOCKWATCH_ANALYZER_MERGE_SET_H

#include "analyzer/merge/key.h"

#include <stdbool.h>
#include <stddef.h>

/* Every item begins with its struct key. */
struct set {
    size_t size; /* of an item */
    uint32_t count, room;
    char *item;
    uint32_t *slot, slots;
};

#define SET_OF(type) ((struct set){.size = sizeof(type)})

void set_free(struct set *s);

/* The id of a key, new ones zeroed but for the key; 0: no memory. Items move when there are more. */
uint32_t set_add(struct set *s, struct key key, bool *fresh);

/* 0: there is none. */
uint32_t set_find(const struct set *s, struct key key);

static inline void *set_at(const struct set *s, uint32_t id)
{
    return s->item == NULL ? NULL : s->item + (size_t)id * s->size; /* an empty one has none, not even 0 */
}

/* Ids 1 to count, in an order of their own; to be freed. NULL: no memory. */
typedef int set_order(const void *a, const void *b, void *context);
uint32_t *set_sorted(const struct set *s, set_order *order, void *context);

#endif
