#include "analyzer/python_names.h"

#include "analyzer/python_source.h"
#include "analyzer/source.h"
#include "analyzer/symbols/sealed.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum { FRAMES_MOST = 16, SEARCHES_MOST = 20000 };

/* How many locks have a name; what those are called that a stack created. */
struct counted_name {
    char *name;
    uint32_t locks;
    UT_hash_handle hh;
};
struct creation {
    uint32_t stack;
    struct counted_name *name;
    UT_hash_handle hh;
};

struct python_names {
    struct sources *sources;
    struct counted_name **lock; /* by id */
    uint32_t locks;
    struct counted_name *names;
    struct creation *creations;
    unsigned searches;
};

/* --- frames --- */

struct creating {
    const struct symbols_frame *frame[FRAMES_MOST]; /* of Python code, innermost first */
    unsigned count;
};

static void read_frames(struct opened_record *v, uint32_t stack, struct creating *to)
{
    uint32_t depth;
    const uint64_t *frames = record_frames(v->record, stack, &depth);
    to->count = 0;
    for (uint32_t i = 0; frames != NULL && i < depth && to->count < FRAMES_MOST; i++) {
        const struct symbols_place *place = symbols_place(v->symbols, frames[i], true);
        if (place->python && place->frame->function != NULL && place->frame->file != NULL)
            to->frame[to->count++] = place->frame;
        else if (to->count > 0 || place->python)
            break;
    }
}

static bool statement_at(struct opened_record *v, const struct symbols_frame *f, struct python_statement *to)
{
    size_t size;
    struct python_names *n = v->python;
    const char *text = n->searches++ < SEARCHES_MOST
                           ? sources_text_since(n->sources, f->directory, f->file, v->record->header->started, &size)
                           : NULL;
    return text != NULL && python_source_statement(text, size, f->line, f->column, to);
}

/* --- names --- */

/*
 * What a lock is part of, by the function of Python's own modules that the program called, and what it calls that by
 * one of these names. Others have several locks.
 */
struct part {
    const char *function, *callees, *suffix;
};
static const struct part *part_of(const char *function)
{
    static const struct part parts[] = {{"", " Lock RLock allocate_lock ", ""},
                                        {"RLock", " RLock ", ""},
                                        {"Condition.__init__", " Condition ", ""},
                                        {"Semaphore.__init__", " Semaphore ", ""},
                                        {"BoundedSemaphore.__init__", " BoundedSemaphore ", ""},
                                        {"Event.__init__", " Event ", ""},
                                        {"Barrier.__init__", " Barrier ", ""},
                                        {"Queue.__init__", " Queue LifoQueue PriorityQueue ", ".mutex"}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcmp(parts[i].function, function) == 0)
            return &parts[i];
    return NULL;
}

static bool is_among(const char *words, const char *word)
{
    char sought[PYTHON_NAME + 3];
    int size = snprintf(sought, sizeof sought, " %s ", word);
    return size > 0 && (size_t)size < sizeof sought && strstr(words, sought) != NULL;
}

/* What a function is called by: that of "Account.__init__" is Account. True: it is such a one. */
static bool called_by(const char *function, char to[PYTHON_NAME])
{
    static const char init[] = ".__init__";
    size_t size = strlen(function);
    bool makes = size > sizeof init - 1 && strcmp(function + size - (sizeof init - 1), init) == 0;
    size -= makes ? sizeof init - 1 : 0;
    const char *from = function + size;
    while (from > function && from[-1] != '.')
        from--;
    snprintf(to, PYTHON_NAME, "%.*s", (int)(function + size - from), from);
    return makes;
}

/*
 * From the innermost frame of the program's on. What is returned goes by what the caller assigns it to; so does what an
 * object keeps in an attribute of its own as it is made, and then behind that.
 */
static bool find_name(struct opened_record *v, const struct creating *c, char name[2 * PYTHON_NAME])
{
    static const char self[] = "self.";
    struct python_statement st;
    char callee[PYTHON_NAME], suffix[PYTHON_NAME];
    unsigned i = 0;
    while (i < c->count && symbols_wrapper(c->frame[i]))
        i++;
    const struct part *part = part_of(i == 0 ? "" : c->frame[i - 1]->function);
    if (part == NULL || i == c->count || !statement_at(v, c->frame[i], &st) || !is_among(part->callees, st.callee) ||
        (i == 0 && st.arguments))
        return false;
    snprintf(suffix, sizeof suffix, "%s", part->suffix);
    for (bool found = false;; found = true) {
        bool makes = called_by(c->frame[i]->function, callee), own = strncmp(st.target, self, sizeof self - 1) == 0;
        if (st.target[0] != 0) {
            snprintf(name, (size_t)2 * PYTHON_NAME, "%s%s", st.target, suffix);
            found = true;
        }
        if (st.target[0] != 0 && !(makes && own))
            return true;
        if (own && strlen(name) - (sizeof self - 2) >= sizeof suffix)
            return true;
        if (own)
            memmove(suffix, name + sizeof self - 2, strlen(name + sizeof self - 2) + 1);
        if (++i == c->count || !statement_at(v, c->frame[i], &st) || strcmp(st.callee, callee) != 0 || st.again)
            return found;
    }
}

static struct counted_name *counted(struct python_names *n, const char *name)
{
    struct counted_name *c;
    HASH_FIND_STR(n->names, name, c);
    if (c != NULL || (c = calloc(1, sizeof *c)) == NULL)
        return c;
    if ((c->name = strdup(name)) == NULL) {
        free(c);
        return NULL;
    }
    HASH_ADD_KEYPTR(hh, n->names, c->name, strlen(c->name), c);
    return c;
}

static struct counted_name *created_at(struct opened_record *v, uint32_t stack)
{
    struct creating frames;
    struct creation *c;
    char name[2 * PYTHON_NAME];
    HASH_FIND(hh, v->python->creations, &stack, sizeof stack, c);
    if (c != NULL)
        return c->name;
    read_frames(v, stack, &frames);
    if (frames.count == 0 || (c = calloc(1, sizeof *c)) == NULL)
        return NULL;
    c->stack = stack;
    c->name = find_name(v, &frames, name) ? counted(v->python, name) : NULL;
    HASH_ADD(hh, v->python->creations, stack, sizeof c->stack, c);
    return c->name;
}

/* --- all locks --- */

static const char *sealed_name(struct opened_record *v, uint32_t lock, const struct counted_name *c)
{
    static const char group[] = "python_names";
    if (v->sealed.all != NULL && !v->sealed.filling)
        return sealed_text(&v->sealed, group, lock);
    if (v->sealed.all != NULL && c != NULL)
        sealed_add_text(&v->sealed, group, lock, c->name);
    return NULL;
}

static void find_all(struct opened_record *v, struct python_names *n)
{
    bool sealed = v->sealed.all != NULL && !v->sealed.filling;
    for (uint32_t id = 1; n->lock != NULL && id < n->locks; id++) {
        const struct lock *l = record_lock(v->record, id);
        struct counted_name *c = sealed || l->created == 0 ? NULL : created_at(v, l->created);
        const char *known = sealed_name(v, id, c);
        n->lock[id] = c = known != NULL ? counted(n, known) : c;
        if (c != NULL)
            c->locks++;
    }
}

static const struct counted_name *name_of(struct opened_record *v, uint32_t lock)
{
    if (v->python == NULL) {
        struct python_names *n = v->python = calloc(1, sizeof *n);
        if (n == NULL)
            return NULL;
        n->sources = sources_open();
        n->locks = record_used(v->record, TABLE_LOCKS);
        n->lock = calloc(n->locks + 1, sizeof(struct counted_name *));
        find_all(v, n);
    }
    return v->python->lock == NULL || lock >= v->python->locks ? NULL : v->python->lock[lock];
}

const char *python_name(struct opened_record *v, uint32_t lock)
{
    const struct counted_name *c = name_of(v, lock);
    return c == NULL ? NULL : c->name;
}

void python_name_give(struct opened_record *v, uint32_t lock, const char *name)
{
    struct counted_name *c =
        name_of(v, lock) == NULL && v->python != NULL && lock < v->python->locks ? counted(v->python, name) : NULL;
    if (c == NULL || v->python->lock == NULL)
        return;
    c->locks++;
    v->python->lock[lock] = c;
}

const char *python_own_name(struct opened_record *v, uint32_t lock)
{
    const struct counted_name *c = name_of(v, lock);
    return c == NULL || c->locks != 1 ? NULL : c->name;
}

void python_names_close(struct python_names *n)
{
    struct counted_name *name = n == NULL ? NULL : n->names, *next_name;
    struct creation *c = n == NULL ? NULL : n->creations, *next;
    if (n == NULL)
        return;
    HASH_CLEAR(hh, n->names);
    HASH_CLEAR(hh, n->creations);
    for (; name != NULL; name = next_name) {
        next_name = name->hh.next;
        free(name->name);
        free(name);
    }
    for (; c != NULL; c = next) {
        next = c->hh.next;
        free(c);
    }
    sources_close(n->sources);
    free((void *)n->lock);
    free(n);
}
