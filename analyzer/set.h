/*
 * A set of items of one sort, each once by its key. They have ids, from 1, in the order in which they were added; a
 * result that must not depend on that order must not depend on the ids.
 */
#ifndef LOCKWATCH_ANALYZER_SET_H
#define LOCKWATCH_ANALYZER_SET_H

#include "analyzer/key.h"

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

/* The id of a key; *fresh: it is new, and all of its item but the key is zero. 0: no memory. Adding moves items. */
uint32_t set_add(struct set *s, struct key key, bool *fresh);

/* 0: not in the set. */
uint32_t set_find(const struct set *s, struct key key);

static inline void *set_at(const struct set *s, uint32_t id)
{
    return s->item == NULL ? NULL : s->item + (size_t)id * s->size; /* an empty set has no item 0 either */
}

/* Ids 1 to count, sorted by `order` (NULL: not at all) and then by key; to be freed. NULL: no memory. */
typedef int set_order(const void *a, const void *b, void *context);
uint32_t *set_sorted(const struct set *s, set_order *order, void *context);

#endif
