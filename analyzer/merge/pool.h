/*
 * What several records say, put together: everything once, by keys that are the same in every record
 * (analyzer/merge/key.h). What one record says of a thing is joined with what others say by a rule that does not ask
 * for their order, nor whether it was heard before: the union, the greater number, the lesser key.
 *
 * Things name each other by id in their set; 0 is none. docs/merging.md tells what is the same as what.
 */
#ifndef LOCKWATCH_ANALYZER_MERGE_POOL_H
#define LOCKWATCH_ANALYZER_MERGE_POOL_H

#include "analyzer/merge/set.h"
#include "record/table.h"

/* A code or data address: in a module by the file's own address, else (module 0) the number that it was. */
struct pool_place {
    uint32_t module;
    uint64_t offset;
};

struct pool_text {
    struct key key;
    char *text;
    uint32_t id; /* in the record that is written, as below */
};

struct pool_run {
    struct key key;
    struct merged_run run;
    uint32_t executable; /* text */
    bool kept;           /* what it shows is: others that began earlier have not shown all of it */
    uint32_t id;
};

/* A file, by its name and build-id. All are kept. */
struct pool_module {
    struct key key;
    uint32_t name, path; /* text */
    uint64_t low, high;  /* the file's own addresses that were loaded */
    uint8_t build_id_size, build_id[31];
    uint64_t bias; /* where it is put */
    uint32_t id;
};

struct pool_stack {
    struct key key;
    size_t first; /* of pool.frame */
    uint32_t depth;
    uint64_t named; /* hash of its first frame's place, the same in every build */
    bool marked;
    uint32_t id;
};

struct pool_lock {
    struct key key;
    uint32_t known_as; /* text, of which the key is made */
    bool own;          /* it has no name: no lock of another run is the same */
    struct key class;  /* what locks like it have in common, where it is its run's own; else the key */
    uint16_t kind;
    bool alive; /* in some run, at its end */
    uint32_t traits, value, name;
    struct pool_place address, site;
    uint32_t created, first_use; /* stacks */
    bool marked;
    uint32_t id;
    uint64_t put; /* address that it gets */
};

/* A node of the trie below which, itself included, somebody was seen to ask for a lock. */
struct pool_node {
    struct key key;
    uint32_t parent, lock, how, depth; /* depth: as in struct hold */
    uint32_t level;                    /* nodes on the way from the root, itself included */
    uint32_t stack, count;
    bool marked;
    uint32_t id;
};

/* What a thread held, to the stack. As a node, but not shared with those of another stack. */
struct pool_path {
    struct key key;
    struct key node; /* its key as a node */
    uint32_t parent, lock, how, depth, level, stack;
    bool marked;
    uint32_t id;
};

struct pool_thread {
    struct key key;
    uint32_t run, origin; /* its serial there */
    uint64_t line; /* hash of its routine, the same in every build; of the main thread: of the program; 0: none */
    uint32_t tid, phase, traits;
    uint32_t state; /* enum thread_state */
    struct pool_place routine;
    char name[16];
    uint32_t path; /* what it holds, if a finding asks for that */
    bool marked, holds;
    uint32_t id, serial;
};

/* A routine of which several threads were there at once. */
struct pool_line {
    struct key key;
    uint64_t line;
};

struct pool_epoch {
    struct key key;
    uint32_t thread, before, joined[2], tid, phase;
    uint32_t index; /* among those of its thread */
    uint32_t level; /* more than that of those before it */
    struct pool_place routine;
    char name[16];
    bool marked;
    uint32_t id;
};

struct pool_acquisition {
    struct key key;
    uint32_t node, epoch;
};

struct pool_wake {
    struct key key;
    uint32_t lock, epoch, path, stack, times, waited;
    struct {
        uint32_t lock, how;
    } held[WAKE_HELD];
    uint32_t id;
};

struct pool_post {
    struct key key;
    uint32_t lock, thread;
};

struct pool_side {
    uint32_t thread, path, held, times, sequence;
    uint32_t lock, stack, cond_mutex, joined; /* of the want; joined: thread */
    uint32_t holder;                          /* thread that has it, if that is no side */
    struct pool_place address, site;
    struct want want; /* the rest of it */
    char name[16];
};

struct pool_finding {
    struct key key; /* of its identity */
    uint32_t run;
    struct key content; /* which of several of one identity comes first, if nothing else decides */
    struct record_finding finding;
    struct pool_side *side;
};

struct pool {
    struct set texts, runs, modules, stacks, locks, nodes, paths, threads, lines, epochs, acquisitions, wakes, posts,
        findings;
    struct pool_place *frame;
    size_t frames, frame_room;
    uint32_t incomplete, other_wakers, suppressions; /* text */
    bool failed;                                     /* there was no memory for something */
};

void pool_begin(struct pool *p);
void pool_free(struct pool *p);

/* set_add, which notes when it fails. */
uint32_t pool_add(struct pool *p, struct set *s, struct key key, bool *fresh);

/* 0 for "". */
uint32_t pool_text(struct pool *p, const char *text);
const char *pool_words(const struct pool *p, uint32_t text);

/* By what they say, so that no order of reading shows in it. */
struct key pool_key(const struct set *s, uint32_t id);
int pool_compare_texts(const struct pool *p, uint32_t a, uint32_t b);
int pool_compare_runs(const struct pool *p, uint32_t a, uint32_t b); /* the earlier one first; none at all last */
struct key pool_place_key(const struct pool *p, struct pool_place place);

/* A stack of these frames, the innermost first. */
uint32_t pool_stack(struct pool *p, const struct pool_place *frame, uint32_t depth, uint64_t named);

/* Of two values the one by key, whichever was first; any rather than none. */
void pool_lesser(const struct set *s, uint32_t *id, uint32_t other);
void pool_lesser_text(const struct pool *p, uint32_t *id, uint32_t other);
void pool_lesser_place(const struct pool *p, struct pool_place *place, struct pool_place other);

static inline struct pool_run *pool_run(const struct pool *p, uint32_t id)
{
    return set_at(&p->runs, id);
}

static inline struct pool_module *pool_module(const struct pool *p, uint32_t id)
{
    return set_at(&p->modules, id);
}

static inline struct pool_stack *pool_stack_at(const struct pool *p, uint32_t id)
{
    return set_at(&p->stacks, id);
}

static inline struct pool_lock *pool_lock(const struct pool *p, uint32_t id)
{
    return set_at(&p->locks, id);
}

static inline struct pool_node *pool_node(const struct pool *p, uint32_t id)
{
    return set_at(&p->nodes, id);
}

static inline struct pool_path *pool_path(const struct pool *p, uint32_t id)
{
    return set_at(&p->paths, id);
}

static inline struct pool_thread *pool_thread(const struct pool *p, uint32_t id)
{
    return set_at(&p->threads, id);
}

static inline struct pool_epoch *pool_epoch(const struct pool *p, uint32_t id)
{
    return set_at(&p->epochs, id);
}

static inline struct pool_finding *pool_finding(const struct pool *p, uint32_t id)
{
    return set_at(&p->findings, id);
}

#endif
