/*
 * Other processes that a process waits for, and that wait for it: children whose end is waited for, and those that have
 * the other end of a pipe open. Followed from process to process, a few at most; whatever cannot be read, or waits for
 * something else, counts as running.
 */
#ifndef LOCKWATCH_ANALYZER_ATTACH_FAMILY_H
#define LOCKWATCH_ANALYZER_ATTACH_FAMILY_H

#include "analyzer/attach/target.h"

enum { FAMILY_MOST = 16, FAMILY_PIPES = 16 };

/* A pipe that somebody waits at: its readers, if it waits for room, or its writers, if it waits for data. */
struct family_pipe {
    uint64_t inode;
    bool for_data;
    bool known;                 /* who has the other end open is known */
    uint32_t open[FAMILY_MOST]; /* members that have it open */
    unsigned opened;
};

/* What a thread of a member waits for: the end of a process, or a pipe. */
struct family_wait {
    unsigned member;
    size_t thread;
    int child; /* member; -1: it is a pipe */
    unsigned pipe;
};

struct family {
    struct target *member[FAMILY_MOST]; /* the first one is the caller's */
    unsigned members;
    struct family_pipe pipe[FAMILY_PIPES];
    unsigned pipes;
    struct family_wait *wait;
    size_t waits, waits_room;
};

/* Looks at the processes around `first`. Close in any case. */
void family_open(struct family *f, struct target *first);

/* The second look, at all of them but the first. */
void family_look_again(struct family *f);

void family_close(struct family *f);

#endif
