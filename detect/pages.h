/*
 * Memory for one judgement: zeroed, from mmap, released all at once. There is no malloc where the library judges. A
 * large array is a mapping of its own; small ones share one, as most judgements are of a few threads. NULL where there
 * is no memory.
 */
#ifndef LOCKWATCH_DETECT_PAGES_H
#define LOCKWATCH_DETECT_PAGES_H

#include <stdbool.h>
#include <stddef.h>

struct pages {
    struct pages_run *first;
    char *small, *small_end; /* what is left for small ones */
};

/* Room for `count` items, all zero. */
void *pages_get(struct pages *p, size_t count, size_t size);

/* What pages_get gave, or NULL, with room for `count` items: it may move. NULL: the old one stays. */
void *pages_more(struct pages *p, void *old, size_t count, size_t size);

/* Release one of them, which may be NULL, if it is large; and all. */
void pages_drop(struct pages *p, void *run);
void pages_free(struct pages *p);

#endif
