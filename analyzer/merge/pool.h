/*
 * What several records say, each thing once, by keys that are the same in every record (analyzer/key.h). What two
 * records say of one thing is joined by rules that are commutative, associative and idempotent: the union, the greater
 * number, the lesser key.
 *
 * Things name each other by id in their set; 0 is none. docs/merging.md says what is the same as what. `marked`: to be
 * written; `id`: in the record that is written.
 */
#ifndef LOCKWATCH_ANALYZER_MERGE_POOL_H
#define LOCKWATCH_ANALYZER_MERGE_POOL_H

#include "analyzer/set.h"
#include "record/table.h"

/* A code or data address: the file's own in a module; else (module 0) as it was in the process. A frame of an
 * interpreted program: FRAME_TEXT | text. */
struct pool_place {
    uint32_t module;
    uint64_t offset;
};

struct pool_text {
    struct key key;
    char *text;
    uint32_t id;
};

struct pool_run {
    struct key key;
    struct merged_run run;
    uint32_t executable; /* text */
    bool kept;           /* it shows something that too few earlier runs have shown: keep.h */
    uint32_t id;
};

/* A file, by its name and build-id. All are written. */
struct pool_module {
    struct key key;
    uint32_t name, path; /* text */
    uint64_t low, high;  /* range of the file's own addresses that was loaded */
    uint8_t build_id_size, build_id[31];
    uint64_t bias; /* in the record that is written */
    uint32_t id;
};

struct pool_stack {
    struct key key;
    size_t first; /* of pool.frame */
    uint32_t depth;
    uint64_t place_key; /* of its first frame, the same in every build */
    bool marked;
    uint32_t id;
};

struct pool_lock {
    struct key key;
    uint32_t known_as; /* text, of which the key is made */
    bool anonymous;    /* it has no name: no lock of another run is the same */
    struct key class;  /* of an anonymous one: by its origin, which others share; else its key */
    uint16_t kind;
    bool alive; /* in some run, at its end */
    uint32_t traits, value, name;
    struct pool_place address, site;
    uint32_t created, first_use; /* stacks */
    bool marked;
    uint32_t id;
    uint64_t written_at; /* its address in the record that is written */
};

/*
 * A hold, of one of two sets: a node of the trie below which, or at which, an acquisition was recorded; or a path,
 * which a finding or a wake names. Nodes are the same if their first frames are, as acquisitions of every build and
 * caller count together; paths only if their whole stacks are.
 */
struct pool_hold {
    struct key key;
    struct key node;                   /* its key as a node */
    uint32_t parent, lock, how, depth; /* as in struct hold; parent: of the same set */
    uint32_t stack, count;
    bool marked;
    uint32_t id;
};

struct pool_thread {
    struct key key;
    uint32_t run, run_serial; /* its serial in that run */
    uint64_t routine_key;     /* of its start routine, the same in every build; of the main thread: of the program */
    uint32_t tid, phase, traits;
    uint32_t state; /* enum thread_state */
    struct pool_place routine;
    char name[16];
    uint32_t path; /* what it holds, if a finding needs that */
    bool marked, holds;
    uint32_t id, serial;
};

/* A start routine of which a run had several threads at once. */
struct pool_concurrent {
    struct key key;
    uint64_t routine_key;
};

/* A synchronisation point is one, too; all those of a run have one thread, which is not written. */
struct pool_epoch {
    struct key key;
    uint32_t thread, before, joined[2], tid, phase;
    uint32_t object; /* of a synchronisation point: epoch */
    uint32_t index;  /* among those of its thread; of a synchronisation point, its number in its run */
    uint32_t level;  /* greater than that of all that happen before it */
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
    uint32_t holder;                          /* thread that holds `lock`, if it is no side */
    struct pool_place address, site;
    struct want want; /* the other fields of the want */
    char name[16];
};

struct pool_finding {
    struct key key; /* of its identity */
    uint32_t run;
    struct key content; /* decides between findings of one identity if nothing else does */
    struct record_finding finding;
    struct pool_side *side;
};

struct pool {
    struct set texts, runs, modules, stacks, locks, nodes, paths, threads, concurrent, epochs, acquisitions, wakes,
        posts, findings;
    struct pool_place *frame;
    size_t frames, frame_room;
    uint32_t incomplete, other_wakers, suppressions; /* text */
    bool failed;                                     /* memory ran out */
};

void pool_begin(struct pool *p);
void pool_free(struct pool *p);

/* set_add, which sets `failed`. */
uint32_t pool_add(struct pool *p, struct set *s, struct key key, bool *fresh);

/* 0 for "". */
uint32_t pool_text(struct pool *p, const char *text);
const char *pool_words(const struct pool *p, uint32_t text);

/* Comparing by what things are, not by their ids. */
struct key pool_key(const struct set *s, uint32_t id);
int pool_compare_texts(const struct pool *p, uint32_t a, uint32_t b);
int pool_compare_runs(const struct pool *p, uint32_t a, uint32_t b); /* the earlier one first; none at all last */
struct key pool_place_key(const struct pool *p, struct pool_place place);

/* A stack of these frames, the innermost first. */
uint32_t pool_stack(struct pool *p, const struct pool_place *frame, uint32_t depth, uint64_t place_key);

static inline void pool_greater(uint32_t *value, uint32_t other)
{
    *value = other > *value ? other : *value;
}

/* The lesser of two; one that is there is less than none. */
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

static inline struct pool_hold *pool_node(const struct pool *p, uint32_t id)
{
    return set_at(&p->nodes, id);
}

static inline struct pool_hold *pool_path(const struct pool *p, uint32_t id)
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
