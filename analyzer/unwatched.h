/*
 * The programs that were executed and not watched, and why: from the file that watched processes append to
 * (preload/os/unwatched.h), each once, in the order of the file.
 */
#ifndef LOCKWATCH_ANALYZER_UNWATCHED_H
#define LOCKWATCH_ANALYZER_UNWATCHED_H

#include "report/story.h"

struct unwatched {
    struct unwatched_program *programs; /* a hash by path, NULL when there are none */
    unsigned count;                     /* of programs that were reported and not withdrawn */
    unsigned watched;                   /* how often a program was executed and watched */
    bool none_watched;                  /* no process said that it is watched */
};

/* Creates the empty file. False: errno says why not. */
bool unwatched_begin(const char *file);

/* `times` more; less than 0 withdraws. */
void unwatched_add(struct unwatched *u, const char *path, const char *why, int times);

/* Everything in the file. Torn entries, and what does not fit into memory, are left out. */
void unwatched_read(struct unwatched *u, const char *file);

/* How often such programs were executed. */
long unwatched_times(const struct unwatched *u);

/* Each of them. */
void unwatched_each(const struct unwatched *u,
                    void (*each)(void *context, const char *path, const char *why, long times), void *context);

/* "not watched: ./app (statically linked; 3 times), ./old (32-bit)"; nothing when there are none. */
void unwatched_print(struct story *s, const struct unwatched *u);

void unwatched_end(struct unwatched *u);

#endif
