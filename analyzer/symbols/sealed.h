/*
 * What a sealed record carries of the files that its process was made of: the functions and lines at its addresses, the
 * names of its locks, and some source lines. It is JSON behind the tables of the record; the last 16 bytes of the file
 * are SEALED_MAGIC and the place where it begins (man/lockwatch-record.5).
 *
 * It is filled by asking for everything once (`filling`); afterwards it answers, and no other file is looked at. It is
 * read as hostile input: what is not as it should be is not known. For one thread.
 */
#ifndef LOCKWATCH_ANALYZER_SYMBOLS_SEALED_H
#define LOCKWATCH_ANALYZER_SYMBOLS_SEALED_H

#include "analyzer/symbols/frames.h"

#include <jansson.h>

#define SEALED_MAGIC "lwsealed"

struct sealed {
    bool filling;
    json_t *all;
};

/* One to be filled. False: no memory. End in both cases. */
bool sealed_begin(struct sealed *s);
void sealed_end(struct sealed *s);

/* What a file, or `size` bytes of one, carries: all of *s is zero if it is not sealed. NULL: good; else what is wrong.
 */
const char *sealed_read(struct sealed *s, const char *path);
const char *sealed_read_bytes(struct sealed *s, const void *data, size_t size);

/* Functions and lines at an address, as frames_at gives them; and the reverse. */
unsigned sealed_frames(const struct sealed *s, uint64_t address, struct symbols_frame *frame, unsigned room);
void sealed_add_frames(struct sealed *s, uint64_t address, const struct symbols_frame *frame, unsigned count);

/* A text that a number has, in one of several groups ("names", "problems" ...). NULL: there is none. */
const char *sealed_text(const struct sealed *s, const char *group, uint64_t number);
void sealed_add_text(struct sealed *s, const char *group, uint64_t number, const char *text);

/* A number likewise. */
uint64_t sealed_number(const struct sealed *s, const char *group, uint64_t number);
void sealed_add_number(struct sealed *s, const char *group, uint64_t number, uint64_t value);

/* Lines of source files: {"path": {"41": "text"}}; NULL: there are none. Borrowed. */
json_t *sealed_lines(const struct sealed *s);

#endif
