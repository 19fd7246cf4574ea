/*
 * The programs that were executed and not watched, and why: from the file that watched processes append to
 * (preload/os/unwatched.h), each once, in the order in which they were met.
 */
#ifndef LOCKWATCH_ANALYZER_UNWATCHED_H
#define LOCKWATCH_ANALYZER_UNWATCHED_H

#include "report/story.h"

struct unwatched {
    struct unwatched_program *programs; /* a hash by path, NULL when there are none */
    unsigned count;                     /* of programs that stay */
    bool none_watched;                  /* no process at all has said that it is watched */
};

/* Makes the file, empty. False: errno says why not. */
bool unwatched_begin(const char *file);

/* Once more; `times` < 0 takes it back. */
void unwatched_add(struct unwatched *u, const char *path, const char *why, int times);

/* All that the file says. What is torn, or does not fit into memory, is left out. */
void unwatched_read(struct unwatched *u, const char *file);

/* "not watched: ./app (statically linked; 3 times), ./old (32-bit)"; nothing when there are none. */
void unwatched_tell(struct story *s, const struct unwatched *u);

void unwatched_end(struct unwatched *u);

#endif
