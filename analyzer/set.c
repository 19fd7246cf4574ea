#include "analyzer/set.h"

#include <stdlib.h>

static uint32_t place(const struct set *s, struct key key)
{
    uint32_t at = (uint32_t)key.b & (s->slots - 1);
    while (s->slot[at] != 0 && key_compare(*(struct key *)set_at(s, s->slot[at]), key) != 0)
        at = (at + 1) & (s->slots - 1);
    return at;
}

static bool more_slots(struct set *s)
{
    if (s->slots > 2 * (s->count + 1))
        return true;
    uint32_t slots = s->slots == 0 ? 64 : s->slots * 2;
    uint32_t *slot = calloc(slots, sizeof *slot);
    if (slot == NULL || slots == 0) {
        free(slot);
        return false;
    }
    free(s->slot);
    s->slot = slot;
    s->slots = slots;
    for (uint32_t id = 1; id <= s->count; id++)
        slot[place(s, *(struct key *)set_at(s, id))] = id;
    return true;
}

static bool more_items(struct set *s)
{
    if (s->count + 1 < s->room)
        return true;
    uint32_t room = s->room == 0 ? 16 : s->room + s->room / 2;
    char *item = realloc(s->item, room * s->size);
    if (item == NULL)
        return false;
    if (s->room == 0)
        memset(item, 0, s->size); /* id 0 is none */
    s->item = item;
    s->room = room;
    return true;
}

uint32_t set_add(struct set *s, struct key key, bool *fresh)
{
    *fresh = false;
    if (!more_slots(s) || !more_items(s))
        return 0;
    uint32_t at = place(s, key);
    if (s->slot[at] != 0)
        return s->slot[at];
    uint32_t id = ++s->count;
    memset(set_at(s, id), 0, s->size);
    *(struct key *)set_at(s, id) = key;
    s->slot[at] = id;
    *fresh = true;
    return id;
}

uint32_t set_find(const struct set *s, struct key key)
{
    return s->slots == 0 ? 0 : s->slot[place(s, key)];
}

void set_free(struct set *s)
{
    free(s->item);
    free(s->slot);
    *s = (struct set){.size = s->size};
}

/* --- sorting --- */

struct sorting {
    const struct set *set;
    set_order *order;
    void *context;
};

static int compare(const void *a, const void *b, void *argument)
{
    const struct sorting *s = argument;
    const void *x = set_at(s->set, *(const uint32_t *)a), *y = set_at(s->set, *(const uint32_t *)b);
    int d = s->order == NULL ? 0 : s->order(x, y, s->context);
    return d != 0 ? d : key_compare(*(const struct key *)x, *(const struct key *)y);
}

uint32_t *set_sorted(const struct set *s, set_order *order, void *context)
{
    uint32_t *id = calloc((size_t)s->count + 1, sizeof *id);
    if (id == NULL)
        return NULL;
    for (uint32_t i = 0; i < s->count; i++)
        id[i] = i + 1;
    qsort_r(id, s->count, sizeof *id, compare, &(struct sorting){s, order, context});
    return id;
}
