#include "analyzer/merge/reader.h"

#include "detect/finding.h"

#include <stdio.h>
#include <stdlib.h>

/* A lock that may be known by a name, of the run that is read. */
struct candidate {
    char *text;
    uint64_t address;
    uint32_t lock, module; /* module: of a static one, else 0 */
};

/*
 * --- what a lock is known by ---
 *
 * A text, the same in every record that has the lock: "=PROGRAM|KIND|NAME" of a lock with a name,
 * "#CLASS.RUN.ID.GENERATION|PROGRAM|KIND" of an anonymous one.
 */

/* A lock that processes share is the same in all programs. */
static const char *program_of(const struct reader *r, const struct lock *l)
{
    return (l->traits & TRAIT_SHARED) != 0 ? "" : r->program;
}

/* By the name that it was given, or that of a variable if its file has no other of that name; NULL: by neither. */
static char *describe_name(struct reader *r, uint32_t id, const struct lock *l, uint32_t module)
{
    struct symbols *symbols = r->view->symbols;
    const char *given = record_text(r->record, l->name);
    const char *kind = finding_lock_word(l->kind);
    uint64_t offset;
    char *text = NULL;
    int size = -1;
    if ((l->traits & TRAIT_NUMBERED) != 0)
        return NULL;
    if (given[0] != 0) {
        size = asprintf(&text, "=%s|%s|%s", program_of(r, l), kind, given);
    } else {
        const char *symbol = module == 0 ? NULL : symbols_unique(symbols, l->address, true, &offset);
        const char *name = symbol == NULL ? NULL : names_lock(r->view->names, id);
        if (name == NULL)
            return NULL;
        size =
            asprintf(&text, "=%s|%s|%s!%s|%s", program_of(r, l), kind, symbols_module(symbols, module), symbol, name);
    }
    r->pool->failed |= size < 0;
    return size < 0 ? NULL : text;
}

/* A static lock by its place in this very build. */
static char *describe_place(struct reader *r, const struct lock *l, uint32_t module)
{
    const struct module *m = record_item(r->record, TABLE_MODULES, module);
    const char *build = symbols_build_id(r->view->symbols, module);
    char *text;
    int size = asprintf(&text, "=%s|%s|%s@%s+0x%llx", program_of(r, l), finding_lock_word(l->kind),
                        symbols_module(r->view->symbols, module), build == NULL ? "" : build,
                        (unsigned long long)(l->address - m->bias));
    r->pool->failed |= size < 0;
    return size < 0 ? NULL : text;
}

/* By its origin, and which lock of its run it is. */
static char *describe_anonymous(struct reader *r, uint32_t id, const struct lock *l)
{
    uint32_t created = reader_stack(r, l->created != 0 ? l->created : r->first_use[id]);
    uint64_t origin = created != 0 ? pool_stack_at(r->pool, created)->place_key : reader_place_key(r, l->site, true);
    struct key class = key_number(key_number(key_begin("class"), l->kind), origin);
    struct key run = pool_key(&r->pool->runs, r->run);
    char *text;
    int size = asprintf(&text, "#%016llx%016llx.%016llx%016llx.%010u.%u|%s|%s", (unsigned long long)class.a,
                        (unsigned long long)class.b, (unsigned long long)run.a, (unsigned long long)run.b, id,
                        l->generation, r->program, finding_lock_word(l->kind));
    r->pool->failed |= size < 0;
    return size < 0 ? NULL : text;
}

/* Whether a lock is anonymous; then *class is what others of its origin share. */
static bool read_class(const char *known_as, struct key *class)
{
    unsigned long long a, b;
    if (sscanf(known_as, "#%16llx%16llx.", &a, &b) != 2)
        return false;
    *class = (struct key){a, b};
    return true;
}

/* --- joining what records say of a lock --- */

static uint32_t add_lock(struct reader *r, uint32_t number, const char *known_as)
{
    const struct lock *l = record_lock(r->record, number);
    struct pool *p = r->pool;
    bool fresh;
    uint32_t text = pool_text(p, known_as), name = pool_text(p, record_text(r->record, l->name));
    uint32_t created = reader_stack(r, l->created), first_use = reader_stack(r, r->first_use[number]);
    struct pool_place site = reader_place(r, l->site), address = reader_place(r, l->address);
    uint32_t id = pool_add(p, &p->locks, key_text(key_begin("lock"), known_as), &fresh);
    if (id == 0)
        return 0;
    struct pool_lock *to = pool_lock(p, id);
    if (fresh) {
        to->known_as = text;
        to->kind = l->kind < KIND_COUNT ? l->kind : KIND_NONE;
        to->class = to->key;
        to->anonymous = read_class(known_as, &to->class);
    }
    uint32_t value = kind_like(l->kind) == KIND_CONDITION ? 0 : l->value; /* there it is the id of a lock */
    to->alive |= (l->traits & TRAIT_ENDED) == 0;
    to->traits |= l->traits & ~(uint32_t)(TRAIT_ENDED | TRAIT_PLACEHOLDER | TRAIT_DETACHED);
    pool_greater(&to->value, value);
    pool_lesser_text(p, &to->name, name);
    pool_lesser(&p->stacks, &to->created, created);
    pool_lesser(&p->stacks, &to->first_use, first_use);
    pool_lesser_place(p, &to->site, site);
    if (address.module != 0)
        pool_lesser_place(p, &to->address, address);
    return id;
}

static void add_known(struct reader *r, uint32_t id, char *known_as)
{
    if (known_as == NULL)
        return;
    uint32_t lock = add_lock(r, id, known_as);
    r->map[TABLE_LOCKS][id] = lock == 0 ? READER_NONE : lock;
    free(known_as);
}

/* --- all of a run --- */

static int by_name(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    int d = strcmp(x->text, y->text);
    if (d != 0)
        return d;
    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    return (x->lock > y->lock) - (x->lock < y->lock);
}

/*
 * Locks that share a name. If they followed each other at one address, the first one has it. If they existed side by
 * side the name is ambiguous: static ones are known by their place, the others are anonymous.
 */
static void add_namesakes(struct reader *r, const struct candidate *c, size_t count)
{
    bool one_place = c[0].address == c[count - 1].address;
    for (size_t i = 0; i < count; i++) {
        bool first = i == 0 || c[i].address != c[i - 1].address;
        const struct lock *l = record_lock(r->record, c[i].lock);
        if (first && one_place)
            add_known(r, c[i].lock, strdup(c[i].text));
        else if (first && c[i].module != 0)
            add_known(r, c[i].lock, describe_place(r, l, c[i].module));
    }
}

/* A slot that is free: nothing in the record names the lock that it was of. */
static bool is_free_slot(const struct lock *l)
{
    return l->kind == KIND_NONE || (l->traits & (TRAIT_ENDED | TRAIT_REFERENCED)) == TRAIT_ENDED;
}

static size_t find_candidates(struct reader *r, struct candidate *c)
{
    uint32_t used = record_used(r->record, TABLE_LOCKS);
    size_t count = 0;
    for (uint32_t id = 1; id < used && !r->pool->failed; id++) {
        const struct lock *l = record_lock(r->record, id);
        uint32_t module = record_module_of(r->record, l->address);
        if (is_free_slot(l) || l->kind == KIND_THREAD)
            continue;
        module = module != 0 && r->map[TABLE_MODULES][module] != 0 ? module : 0;
        char *text = describe_name(r, id, l, module);
        if (text == NULL && module != 0)
            text = describe_place(r, l, module);
        if (text != NULL)
            c[count++] = (struct candidate){text, l->address, id, module};
    }
    return count;
}

static bool read_run(struct reader *r)
{
    struct candidate *c = calloc(record_used(r->record, TABLE_LOCKS) + 1, sizeof *c);
    size_t count = c == NULL ? 0 : find_candidates(r, c);
    if (c == NULL)
        return false;
    if (count > 1)
        qsort(c, count, sizeof *c, by_name);
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && strcmp(c[i].text, c[end].text) == 0;)
            end++;
        add_namesakes(r, c + i, end - i);
    }
    for (size_t i = 0; i < count; i++)
        free(c[i].text);
    free(c);
    return !r->pool->failed;
}

/* The stack of the oldest hold of each lock, as in analyzer/symbols/names.c. */
static void find_first_uses(struct reader *r)
{
    uint32_t locks = record_used(r->record, TABLE_LOCKS);
    for (uint32_t id = record_used(r->record, TABLE_HOLDS); id-- > 1;) {
        const struct hold *h = record_hold(r->record, id);
        if (h->lock < locks && (h->how & HOW_REBUILT) == 0 && h->stack != 0)
            r->first_use[h->lock] = h->stack;
    }
    for (uint32_t id = 1; id < locks; id++)
        if (r->merged)
            r->first_use[id] = record_lock(r->record, id)->first_use;
}

bool reader_locks(struct reader *r)
{
    uint32_t used = record_used(r->record, TABLE_LOCKS);
    find_first_uses(r);
    if (!r->merged)
        return read_run(r);
    for (uint32_t id = 1; id < used; id++) {
        const struct lock *l = record_lock(r->record, id);
        const char *known_as = record_text(r->record, l->known_as);
        if (known_as[0] == '=' || known_as[0] == '#')
            add_known(r, id, strdup(known_as));
    }
    return !r->pool->failed;
}

/* Anonymous locks, of which a run may have very many, are added only when something names them. */
uint32_t reader_lock(struct reader *r, uint32_t id)
{
    uint32_t *known = reader_map(r, TABLE_LOCKS, id);
    if (known == NULL)
        return 0;
    if (*known == 0)
        *known = READER_NONE;
    else
        return *known == READER_NONE ? 0 : *known;
    if (!r->merged && !is_free_slot(record_lock(r->record, id)))
        add_known(r, id, describe_anonymous(r, id, record_lock(r->record, id)));
    return *known == READER_NONE ? 0 : *known;
}
