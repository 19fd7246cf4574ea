/*
 * What a lock is called: the name it was given, else that of the variable it is or lies in, else where it was
 * made or first used. Answers are kept; what is given lives until names_close.
 */
#ifndef LOCKWATCH_ANALYZER_SYMBOLS_NAMES_H
#define LOCKWATCH_ANALYZER_SYMBOLS_NAMES_H

#include "analyzer/symbols/symbols.h"

struct names;

/* NULL when there is no memory. Uses both until names_close. */
struct names *names_open(const struct record *r, struct symbols *symbols);
void names_close(struct names *n);

/* The name of its own, e.g. `forks[3]`; NULL when it has none. */
const char *names_lock(struct names *n, uint32_t lock);

/* The same by address, for what is no lock of the table; to be freed. */
char *names_address(struct names *n, uint64_t address);

/*
 * The same of a name without what tells instances apart: what stands in brackets, and the offset of a symbol. "" for
 * none. It lives until the next call.
 */
const char *names_class(struct names *n, uint32_t lock);

/* A number that locks of one class share; of those without a name, that come from one place. */
uint64_t names_likeness(struct names *n, uint32_t lock);

/* Of a lock without a name: where it comes from. */
struct names_origin {
    bool created; /* else that is where it was first used */
    const struct symbols_place *place;
    const struct symbols_frame *frame;
    unsigned number; /* among those that come from there, by address; 0: it is the only one */
};

/* False when nothing is known. The first call looks at all locks of the record. */
bool names_origin(struct names *n, uint32_t lock, struct names_origin *origin);

#endif
