/*
 * The processes that are watched: one, or all that run and leave their records in a folder.
 */
#ifndef LOCKWATCH_ANALYZER_WATCH_SESSION_H
#define LOCKWATCH_ANALYZER_WATCH_SESSION_H

#include "analyzer/set.h"
#include "analyzer/watch/rows.h"
#include "analyzer/watch/watched.h"

/* A wait that lasted over two looks. */
struct session_wait {
    uint32_t serial, sequence;
    uint64_t since; /* CLOCK_REALTIME as in the record */
    bool said;      /* it was reported */
};

struct session_item {
    struct watched watched;
    struct rows rows; /* as of the last look */
    char *name;       /* "philosophers (pid 7754)" */
    bool over;        /* its process has ended, and that was seen in full */

    /* For what reports events: */
    struct set reported; /* identities of findings */
    struct session_wait *wait;
    size_t waits;
    bool greeted, said_over;
};

struct session {
    struct session_item **item;
    size_t count;
    const char *folder; /* NULL: one record alone */
    struct watched_how how;
    enum finding_severity fail_on;
    bool found; /* there is, or was, a finding of that severity */
    char error[300];
};

/* A record, or a folder. False: it cannot be read, and `error` says why. End in both cases. */
bool session_begin(struct session *s, const char *path, const struct watched_how *how, enum finding_severity fail_on);
void session_end(struct session *s);

/* Looks at all of them, and in a folder for more. */
void session_look(struct session *s);

/* Whether there was a process, and all have ended. */
bool session_over(const struct session *s);

/* Milliseconds to wait until the next look: `wanted`, or more where looking takes long. */
int session_pause(const struct session *s, int wanted);

/* "running", "ended by signal 9": of its process. */
void session_state(const struct session_item *item, char *text, size_t size);

#endif
