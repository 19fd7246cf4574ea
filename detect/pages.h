/*
 * Memory for one judgement: from mmap, zeroed, released all at once. Nothing here fails but by giving NULL.
 */
#ifndef LOCKWATCH_DETECT_PAGES_H
#define LOCKWATCH_DETECT_PAGES_H

#include <stdbool.h>
#include <stddef.h>

struct pages {
    struct pages_run *first;
};

/* Room for `count` items, all zero; NULL: there is none. */
void *pages_get(struct pages *p, size_t count, size_t size);

/* A run of pages_get, or NULL, with room for more, wherever it then is; NULL: there is none, and the old one stays. */
void *pages_more(struct pages *p, void *old, size_t count, size_t size);

/* Give back one run, which may be NULL, and all of them. */
void pages_drop(struct pages *p, void *run);
void pages_free(struct pages *p);

#endif
