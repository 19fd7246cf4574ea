#include "analyzer/lock_source.h"

#include "analyzer/source.h"
#include "analyzer/symbols/lock_object.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EVIDENCE_MOST = 48, /* places of a lock that are looked at; of more only what its type is */
    FURTHER_MOST = 4,   /* callers of a function that locks what it was given */
    LINES_MOST = 3,     /* of a call */
    TEXT_SIZE = 100,
};

/* What a place says of a lock. */
struct evidence {
    enum lock_object_is is;
    bool own;             /* a member that goes without its object there */
    char text[TEXT_SIZE]; /* the expression; "": too long */
    char name[160];
};

struct lock_words {
    bool tried;
    char *name, *class;
};

struct lock_sources {
    const struct record *record;
    struct symbols *symbols;
    struct sources *sources;
    struct lock_words *lock;        /* by id */
    uint32_t *first_hold, *further; /* by lock, by hold: the holds of each lock; made when first needed */
    uint32_t locks, holds;
};

struct lock_sources *lock_sources_open(const struct record *r, struct symbols *symbols)
{
    struct lock_sources *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->record = r;
    s->symbols = symbols;
    s->locks = record_used(r, TABLE_LOCKS);
    s->holds = record_used(r, TABLE_HOLDS);
    s->lock = calloc(s->locks + 1, sizeof *s->lock);
    s->sources = sources_open();
    return s;
}

void lock_sources_close(struct lock_sources *s)
{
    if (s == NULL)
        return;
    for (uint32_t i = 0; s->lock != NULL && i < s->locks; i++) {
        free(s->lock[i].name);
        free(s->lock[i].class);
    }
    sources_close(s->sources);
    free(s->lock);
    free(s->first_hold);
    free(s->further);
    free(s);
}

/* --- a place --- */

/* A place whose line is looked at. */
struct place {
    struct lock_sources *from;
    Dwarf_Die function;
    const struct symbols_frame *frame;
    struct lock_object_wanted wanted;
    char callee[80]; /* the function of the program's own that it calls; "": it calls what is not the program's own */
};

static bool is_one_of(const char *name, size_t size, const char *const *all, bool begins)
{
    for (; *all != NULL; all++) {
        size_t length = strlen(*all);
        if (begins ? size > length && memcmp(name, *all, length) == 0
                   : size == length && memcmp(name, *all, length) == 0)
            return true;
    }
    return false;
}

/* Whether a call by this name may be the one of the place: else a macro may stand for something else. */
static bool counts(void *context, const char *name, size_t size, bool method)
{
    static const char *const functions[] = {"pthread_",     "sem_",       "mtx_",    "cnd_", "g_mutex_",
                                            "g_rec_mutex_", "g_rw_lock_", "g_cond_", "omp_", NULL};
    static const char *const methods[] = {
        "lock",     "try_lock",   "try_lock_for", "try_lock_until", "lock_shared", "try_lock_shared", "wait",
        "wait_for", "wait_until", "lockForRead",  "lockForWrite",   "tryLock",     "tryLockForRead",  "tryLockForWrite",
        NULL};
    static const char *const guards[] = {"lock_guard",   "unique_lock", "shared_lock",  "scoped_lock",
                                         "QMutexLocker", "QReadLocker", "QWriteLocker", NULL};
    struct place *p = context;
    const char *const own[] = {p->callee, NULL};
    if (p->callee[0] != 0 &&
        (is_one_of(name, size, own, false) || (!method && lock_object_is_variable(&p->function, name, size, own))))
        return true;
    if (method)
        return is_one_of(name, size, methods, false);
    return (p->callee[0] == 0 && is_one_of(name, size, functions, true)) ||
           lock_object_is_variable(&p->function, name, size, guards);
}

/* Whether nothing of a statement is left at the end of a line. */
static bool ends_statement(const char *line, size_t size)
{
    while (size > 0 && isspace((unsigned char)line[size - 1]))
        size--;
    return size > 0 && strchr(";{}", line[size - 1]) != NULL;
}

/* The line of a frame, and the next ones until the statement ends. */
static size_t read_lines(const struct place *p, char *text, size_t room)
{
    size_t used = 0, size;
    for (unsigned i = 0; i < LINES_MOST && !ends_statement(text, used); i++) {
        const char *line = sources_line_since(p->from->sources, p->frame->directory, p->frame->file, p->frame->line + i,
                                              p->from->record->header->started, &size);
        if (line == NULL || used + size + 1 > room)
            break;
        memcpy(text + used, line, size);
        used += size;
        text[used++] = '\n';
    }
    return used;
}

static void write_text(struct evidence *e, const struct lvalue *v)
{
    size_t used = 0;
    const char *text = v->text;
    for (size_t i = 0; i < v->size && used + 1 < sizeof e->text; i++)
        if (!isspace((unsigned char)text[i]) || (used > 0 && e->text[used - 1] != ' '))
            e->text[used++] = isspace((unsigned char)text[i]) ? (char)' ' : text[i];
    if (used + 1 == sizeof e->text)
        used = 0;
    e->text[used] = 0;
}

/* What the line of a frame passes on; OBJECT_OTHER where that is not one thing. */
static void read_place(struct place *p, struct lock_object *one, struct evidence *e)
{
    struct lvalue found[LVALUES_MOST];
    struct lock_object object;
    char text[2000];
    const struct lvalue_calls calls = {counts, p};
    unsigned fitting = 0;
    size_t size = read_lines(p, text, sizeof text);
    unsigned count = size == 0 ? 0 : lvalues_in(text, size, p->frame->column, &calls, found);
    *one = (struct lock_object){.is = OBJECT_OTHER};
    for (unsigned i = 0; i < count; i++) {
        lock_object_of(&p->function, p->frame->function, &found[i], &p->wanted, &object);
        if (object.is == OBJECT_OTHER)
            continue;
        fitting++;
        *one = object;
        if (found[i].odd)
            one->is = OBJECT_OTHER;
        write_text(e, &found[i]);
    }
    if (fitting != 1)
        one->is = OBJECT_OTHER;
    e->is = one->is;
    e->own = one->own;
    memcpy(e->name, one->name, sizeof e->name);
}

/* The last part of a function's name, without scopes and template arguments. */
static void base_name(const char *function, char *base, size_t size)
{
    unsigned nest = 0;
    const char *from = function;
    for (const char *at = function; *at != 0; at++) {
        nest += *at == '<';
        nest -= nest > 0 && *at == '>';
        if (nest == 0 && at[0] == ':' && at[1] == ':')
            from = at + 2;
    }
    snprintf(base, size, "%.*s", (int)strcspn(from, "<"), from);
}

/* Whether a method is called like what does nothing but to lock, so that its object counts as the lock. */
static bool only_locks(const char *method)
{
    static const char *const names[] = {"lock",       "trylock",    "lockshared", "trylockshared", "readlock",
                                        "writelock",  "rdlock",     "wrlock",     "lockread",      "lockwrite",
                                        "readerlock", "writerlock", "acquire",    "tryacquire",    "enter",
                                        "tryenter",   "wait",       NULL};
    char plain[24];
    size_t used = 0;
    for (; *method != 0 && used + 1 < sizeof plain; method++)
        if (*method != '_')
            plain[used++] = (char)tolower((unsigned char)*method);
    return *method == 0 && is_one_of(plain, used, names, false);
}

/*
 * What a stack says of the lock that was acquired there. A function that locks what it was given leads to its caller,
 * and so does a method that locks its object. `whole`: not only the innermost frame is certain.
 */
static void read_stack(struct lock_sources *s, uint32_t stack, uint64_t site, uint32_t kind, bool whole,
                       struct evidence *e)
{
    struct place p = {.from = s, .wanted = {.kind = kind}};
    struct lock_object object;
    struct evidence here = {.is = OBJECT_OTHER};
    const struct symbols_place *at, *first;
    char class[80];
    uint32_t depth;
    const uint64_t *frames = record_frames(s->record, stack, &depth);
    if (frames != NULL ? depth == 0 : site == 0)
        return;
    first = symbols_place(s->symbols, frames != NULL ? frames[0] : site, true);
    for (unsigned further = 0; further < FURTHER_MOST; further++) {
        p.frame = symbols_own_further(s->symbols, stack, site, further, &at);
        if (p.frame == NULL || p.frame->line == 0 || p.frame->file == NULL || p.frame->function == NULL ||
            (at != first && !whole) || !symbols_function(s->symbols, at, p.frame, &p.function))
            return;
        read_place(&p, &object, &here);
        base_name(p.frame->function, p.callee, sizeof p.callee);
        if (object.own && only_locks(p.callee)) {
            base_name(object.owner, class, sizeof class);
            p.wanted.class = class;
        } else if (object.is != OBJECT_POINTED || !object.parameter) {
            *e = here.is > OBJECT_POINTED ? here : *e;
            return;
        }
    }
}

/* --- a lock --- */

struct collection {
    struct lock_sources *from;
    uint32_t kind;
    struct evidence *all;
    unsigned count;
    bool partial; /* there is more, or something uncertain */
};

static void add(struct collection *c, uint32_t stack, uint64_t site, bool whole)
{
    struct evidence *e = &c->all[c->count];
    if (c->count == EVIDENCE_MOST) {
        c->partial = true;
        return;
    }
    *e = (struct evidence){.is = OBJECT_OTHER};
    read_stack(c->from, stack, site, c->kind, whole, e);
    c->partial |= e->is == OBJECT_OTHER;
    c->count += e->is != OBJECT_OTHER;
}

static void add_want(struct collection *c, const struct want *want, uint32_t lock)
{
    if (want->lock == lock && want->kind == c->kind)
        add(c, want->stack, want->site, true);
}

static bool list_holds(struct lock_sources *s)
{
    if (s->first_hold != NULL)
        return s->further != NULL;
    s->first_hold = calloc(s->locks + 1, sizeof *s->first_hold);
    s->further = calloc(s->holds + 1, sizeof *s->further);
    if (s->first_hold == NULL || s->further == NULL)
        return false;
    for (uint32_t id = s->holds; id-- > 1;) {
        const struct hold *h = record_hold(s->record, id);
        if (h->lock < s->locks && (h->how & (HOW_REBUILT | HOW_DECLARED)) == 0 && h->stack != 0) {
            s->further[id] = s->first_hold[h->lock];
            s->first_hold[h->lock] = id;
        }
    }
    return true;
}

static void collect(struct collection *c, uint32_t id)
{
    const struct record *r = c->from->record;
    const struct lock *l = record_lock(r, id);
    uint32_t sides = record_used(r, TABLE_SIDES), threads = record_used(r, TABLE_THREADS), hold;
    if (l->created != 0)
        add(c, l->created, 0, true);
    for (uint32_t i = 1; i < sides; i++)
        add_want(c, &((const struct side *)record_item(r, TABLE_SIDES, i))->want, id);
    for (uint32_t i = 1; i < threads; i++)
        if (record_thread(r, i)->sequence % 2 == 1)
            add_want(c, &record_thread(r, i)->want, id);
    hold = list_holds(c->from) ? c->from->first_hold[id] : 0;
    for (unsigned i = 0; hold != 0; hold = c->from->further[hold], i++) {
        if (i == EVIDENCE_MOST) {
            c->partial = true;
            break;
        }
        add(c, record_hold(r, hold)->stack, 0, record_hold(r, hold)->parent != 0);
    }
}

/* Without what stands in brackets, if that is no number, or `all`; to be freed. */
static char *without_indices(const char *text, bool all, bool *any)
{
    char *copy = strdup(text);
    size_t used = 0, i = 0;
    *any = false;
    while (copy != NULL && text[i] != 0) {
        size_t size = text[i] == '[' ? strcspn(text + i + 1, "]") : 0;
        bool number = strspn(text + i + 1, "0123456789") == size;
        copy[used++] = text[i++];
        if (size != 0 && (all || !number)) {
            i += size;
            *any |= !number;
        }
    }
    if (copy != NULL)
        copy[used] = 0;
    return copy;
}

/* Whether all of the evidence uses the same words, once their indices are left out. */
static bool alike(const struct collection *c, char **words)
{
    bool same = true, any;
    *words = without_indices(c->all[0].text, true, &any);
    for (unsigned i = 0; i < c->count && same && *words != NULL; i++) {
        char *other = without_indices(c->all[i].text, true, &any);
        same = other != NULL && other[0] != 0 && !c->all[i].own && strcmp(other, *words) == 0;
        free(other);
    }
    return same && *words != NULL;
}

/* An expression that is true wherever the lock is used: with the numbers that some of them have, where these agree. */
static char *common_text(const struct collection *c)
{
    char *words, *numbered = NULL, *text;
    bool agree = true, equal = true, any;
    if (c->partial || !alike(c, &words))
        return NULL;
    for (unsigned i = 0; i < c->count; i++) {
        equal &= strcmp(c->all[i].text, c->all[0].text) == 0;
        text = without_indices(c->all[i].text, false, &any);
        if (any || text == NULL) {
            free(text);
            continue;
        }
        agree &= numbered == NULL || strcmp(numbered, text) == 0;
        free(numbered);
        numbered = text;
    }
    text = equal ? strdup(c->all[0].text) : numbered != NULL && agree ? strdup(numbered) : strdup(words);
    free(words);
    free(numbered);
    return text;
}

/* What is certain comes before what only a pointer led to. */
static void keep_best(struct collection *c)
{
    enum lock_object_is best = OBJECT_OTHER;
    unsigned kept = 0;
    for (unsigned i = 0; i < c->count; i++)
        best = c->all[i].is > best ? c->all[i].is : best;
    for (unsigned i = 0; i < c->count; i++)
        if (c->all[i].is == best)
            c->all[kept++] = c->all[i];
    c->count = kept;
}

static void name_lock(struct lock_sources *s, uint32_t id, struct lock_words *words)
{
    struct collection c = {.from = s, .kind = record_lock(s->record, id)->kind};
    bool same = true;
    c.all = calloc(EVIDENCE_MOST + 1, sizeof *c.all);
    if (c.all == NULL)
        return;
    collect(&c, id);
    /* Where it was acquired is not known, and each waiter has its own words for it. */
    c.partial |= (s->record->header->incomplete & INCOMPLETE_OUTSIDE) != 0;
    keep_best(&c);
    for (unsigned i = 1; i < c.count; i++)
        same &= strcmp(c.all[i].name, c.all[0].name) == 0;
    if (c.count != 0 && same) {
        words->class = strdup(c.all[0].name);
        words->name = common_text(&c);
        if (words->name == NULL)
            words->name = strdup(c.all[0].name);
    }
    free(c.all);
}

static const struct lock_words *words_of(struct lock_sources *s, uint32_t id)
{
    const struct lock *l = s == NULL ? NULL : record_lock(s->record, id);
    if (l == NULL || id >= s->locks || s->lock == NULL)
        return NULL;
    struct lock_words *words = &s->lock[id];
    struct sealed *sealed = symbols_sealed(s->symbols);
    if (words->tried)
        return words;
    words->tried = true;
    if (sealed != NULL && !sealed->filling) {
        const char *name = sealed_text(sealed, "expressions", id), *class = sealed_text(sealed, "members", id);
        words->name = name == NULL ? NULL : strdup(name);
        words->class = class == NULL ? NULL : strdup(class);
        return words;
    }
    if (record_module_of(s->record, l->address) == 0)
        name_lock(s, id, words);
    if (sealed != NULL) {
        sealed_add_text(sealed, "expressions", id, words->name);
        sealed_add_text(sealed, "members", id, words->class);
    }
    return words;
}

const char *lock_source_name(struct lock_sources *s, uint32_t lock)
{
    const struct lock_words *words = words_of(s, lock);
    return words == NULL ? NULL : words->name;
}

const char *lock_source_class(struct lock_sources *s, uint32_t lock)
{
    const struct lock_words *words = words_of(s, lock);
    return words == NULL ? NULL : words->class;
}
