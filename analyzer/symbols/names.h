/*
 * The name of a lock: the one that it was given, else that of the variable that it is or is part of, else where it was
 * initialised or first used. Answers are cached; what is returned lives until names_close.
 */
#ifndef LOCKWATCH_ANALYZER_SYMBOLS_NAMES_H
#define LOCKWATCH_ANALYZER_SYMBOLS_NAMES_H

#include "analyzer/symbols/symbols.h"
#include "report/story.h"

struct names;

/* NULL when there is no memory. Uses both until names_close. */
struct names *names_open(const struct record *r, struct symbols *symbols);
void names_close(struct names *n);

/* The name of a lock, e.g. `forks[3]`; NULL: it has none. */
const char *names_lock(struct names *n, uint32_t lock);

/* The same by address, for a lock without an id; to be freed. */
char *names_address(struct names *n, uint64_t address);

/*
 * The name without what distinguishes instances: what is in brackets, and the offset of a symbol. "": none. It lives
 * until the next call.
 */
const char *names_class(struct names *n, uint32_t lock);

/* A number that locks with one names_class share, and locks without a name that come from one place. */
uint64_t names_likeness(struct names *n, uint32_t lock);

/* What a futex or a condition is, by who waits there; NULL: it is not known, or neither. */
const struct story_kind *names_kind(struct names *n, uint32_t lock);

/* Where a lock without a name comes from. */
struct names_origin {
    bool created; /* initialised there; else first used there */
    const struct symbols_place *place;
    const struct symbols_frame *frame;
};

/* False: unknown. The first call goes through all locks of the record. */
bool names_origin(struct names *n, uint32_t lock, struct names_origin *origin);

/* The caller of the function that initialised it, `further` own frames out: without a look at other locks. */
enum { NAMES_FURTHER = 4 };
bool names_created(struct names *n, uint32_t lock, unsigned further, struct names_origin *origin);

#endif
