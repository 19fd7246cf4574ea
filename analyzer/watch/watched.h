/*
 * A record that is looked at again and again while its process runs. Only the file is read: the process is not stopped,
 * asked or traced. The file stays open, so that its removal does not end this. For one thread.
 */
#ifndef LOCKWATCH_ANALYZER_WATCH_WATCHED_H
#define LOCKWATCH_ANALYZER_WATCH_WATCHED_H

#include "analyzer/opened_record.h"

struct watched_how {
    /* Opens and judges a record; false: file.error says why not. Close in both cases. */
    bool (*open)(void *context, struct opened_record *v, const char *path);
    void *context;
};

struct watched {
    char *path;                 /* as it was named */
    char file[40];              /* the open file, by its descriptor */
    int descriptor;             /* -1: not open */
    bool runs, removed;         /* the process; the file's name */
    bool fresh;                 /* the last look saw something else than the one before */
    uint64_t cost;              /* nanoseconds that the last judgement took */
    char error[200];            /* why the last look saw nothing; "" */
    struct opened_record *view; /* what was read last; it stays when the process has ended */
};

/* False: it cannot be read, and `error` says why. Close in both cases. */
bool watched_begin(struct watched *w, const char *path, const struct watched_how *how);
void watched_end(struct watched *w);

/* Looks again. A record that is damaged meanwhile stays as it was last read. */
void watched_look(struct watched *w, const struct watched_how *how);

/* The path of the record that a process writes, to be freed; NULL: `error` (of 200 bytes) says why there is none. */
char *watched_record_of(unsigned pid, char *error);

#endif
