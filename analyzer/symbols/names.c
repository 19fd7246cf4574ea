#include "analyzer/symbols/names.h"

#include "analyzer/symbols/hash.h"
#include "analyzer/symbols/inner_waits.h"
#include "analyzer/symbols/variables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct named_lock {
    bool tried, kind_tried;
    char *name;
    uint32_t first_hold;
    uint32_t waited; /* of a futex or condition: stack of a wait */
    const struct story_kind *kind;
    unsigned further; /* own frames between the call that initialised it and its origin */
    struct names_origin origin;
};

struct names {
    const struct record *record;
    struct symbols *symbols;
    struct named_lock *lock; /* by id */
    uint32_t locks;
    struct variables **variables; /* by module, read when first needed */
    uint32_t modules;
    bool origins; /* were found */
    bool waits;   /* likewise */
    char class[300];
};

struct names *names_open(const struct record *r, struct symbols *symbols)
{
    struct names *n = calloc(1, sizeof *n);
    if (n == NULL)
        return NULL;
    n->record = r;
    n->symbols = symbols;
    n->locks = record_used(r, TABLE_LOCKS);
    n->modules = record_used(r, TABLE_MODULES);
    n->lock = calloc(n->locks + 1, sizeof *n->lock);
    n->variables = calloc(n->modules + 1, sizeof(struct variables *));
    if (n->lock != NULL && n->variables != NULL)
        return n;
    names_close(n);
    return NULL;
}

void names_close(struct names *n)
{
    if (n == NULL)
        return;
    for (uint32_t id = 1; n->lock != NULL && id < n->locks; id++)
        free(n->lock[id].name);
    for (uint32_t id = 1; n->variables != NULL && id < n->modules; id++)
        variables_free(n->variables[id]);
    free(n->lock);
    free((void *)n->variables);
    free(n);
}

/* --- names --- */

static char *variable_name(struct names *n, uint64_t address)
{
    char name[300];
    uint32_t module;
    Dwarf_Addr there;
    Dwarf *dwarf = symbols_dwarf(n->symbols, address, &there, &module);
    if (dwarf == NULL || module >= n->modules)
        return NULL;
    if (n->variables[module] == NULL)
        n->variables[module] = variables_read(dwarf);
    if (n->variables[module] == NULL || !variables_name(n->variables[module], there, name, sizeof name))
        return NULL;
    return strdup(name);
}

static char *symbol_name(struct names *n, uint64_t address)
{
    uint64_t offset;
    char *name = NULL;
    const char *symbol = symbols_data(n->symbols, address, &offset);
    char *plain = symbol == NULL ? NULL : frames_demangle(symbol);
    static const char guard[] = "guard variable for "; /* its name is the variable's */
    if (plain != NULL && strncmp(plain, guard, sizeof guard - 1) == 0)
        memmove(plain, plain + sizeof guard - 1, strlen(plain + sizeof guard - 1) + 1);
    if (plain == NULL || offset == 0)
        return plain;
    if (asprintf(&name, "%s+0x%llx", plain, (unsigned long long)offset) < 0)
        name = NULL;
    free(plain);
    return name;
}

char *names_address(struct names *n, uint64_t address)
{
    struct sealed *sealed = symbols_sealed(n->symbols);
    if (sealed != NULL && !sealed->filling) {
        const char *known = sealed_text(sealed, "names", address);
        return known == NULL ? NULL : strdup(known);
    }
    char *name = variable_name(n, address);
    name = name != NULL ? name : symbol_name(n, address);
    if (sealed != NULL)
        sealed_add_text(sealed, "names", address, name);
    return name;
}

/*
 * A critical section goes by the variable that the compiler makes for its name, or by the runtime's function if it has
 * none (preload/hooks/openmp.c). What a team waits at has no name.
 */
static char *openmp_name(struct names *n, const struct lock *l)
{
    static const char prefix[] = ".gomp_critical_user_", suffix[] = ".var"; /* of clang */
    uint64_t offset;
    if (l->kind != KIND_OMP_CRITICAL)
        return NULL;
    const char *symbol = symbols_data(n->symbols, l->address, &offset);
    if (symbol == NULL || strncmp(symbol, prefix, sizeof prefix - 1) != 0) {
        symbol = symbols_unique(n->symbols, l->address, false, &offset);
        return strdup(symbol != NULL && strstr(symbol, "atomic") != NULL ? "(atomic)" : "(unnamed)");
    }
    symbol += sizeof prefix - 1;
    size_t size = strlen(symbol);
    if (size >= sizeof suffix - 1 && strcmp(symbol + size - (sizeof suffix - 1), suffix) == 0)
        size -= sizeof suffix - 1;
    return size == 0 ? strdup("(unnamed)") : strndup(symbol, size);
}

/* The word in a toolkit's lock at which threads wait is a member of it, which the program does not name. */
static void cut_member(struct names *n, uint32_t id)
{
    static const char *const members[] = {".d", ".u", ".mutex", ".d_ptr"};
    const struct story_kind *kind = names_kind(n, id);
    const uint16_t own = record_lock(n->record, id)->kind;
    bool toolkit = own == KIND_QMUTEX || own == KIND_QREADWRITELOCK || (kind != NULL && kind->word[0] == 'Q');
    char *dot = n->lock[id].name != NULL ? strrchr(n->lock[id].name, '.') : NULL;
    for (size_t i = 0; dot != NULL && toolkit && i < sizeof members / sizeof *members; i++)
        if (strcmp(dot, members[i]) == 0)
            *dot = 0;
}

const char *names_lock(struct names *n, uint32_t id)
{
    const struct lock *l = record_lock(n->record, id);
    if (l == NULL || id >= n->locks)
        return NULL;
    struct named_lock *k = &n->lock[id];
    const char *given = record_text(n->record, l->name);
    if (given[0] != 0)
        return given;
    if (!k->tried) {
        k->tried = true;
        const bool openmp = l->kind >= KIND_OMP_CRITICAL && l->kind <= KIND_OMP_TASKWAIT;
        k->name = openmp ? openmp_name(n, l) : names_address(n, l->address);
        cut_member(n, id);
    }
    return k->name;
}

/* --- origins --- */

/* --- futexes and conditions: what they are part of --- */

static void note_wait(struct names *n, const struct want *want)
{
    if ((want->kind == KIND_FUTEX || kind_like(want->kind) == KIND_CONDITION) && want->lock < n->locks &&
        want->stack != 0)
        n->lock[want->lock].waited = want->stack;
}

static void find_waits(struct names *n)
{
    uint32_t threads = record_used(n->record, TABLE_THREADS), sides = record_used(n->record, TABLE_SIDES);
    for (uint32_t id = 1; id < sides && !n->waits; id++)
        note_wait(n, &((const struct side *)record_item(n->record, TABLE_SIDES, id))->want);
    for (uint32_t id = 1; id < threads && !n->waits; id++)
        note_wait(n, &record_thread(n->record, id)->want);
    n->waits = true;
}

/* By the function of the toolkit that the program has called: the last one before a frame of its own. */
static const struct story_kind *toolkit_kind(struct names *n, const uint64_t *frames, uint32_t depth)
{
    const char *called = NULL, *innermost = NULL, *module = NULL;
    for (uint32_t i = 0; i < depth; i++) {
        const struct symbols_place *place = symbols_place(n->symbols, frames[i], true);
        if (!symbols_toolkit(n->symbols, place) && !symbols_watcher(n->symbols, place))
            break;
        const char *function = place->frame[place->count - 1].function;
        if (symbols_watcher(n->symbols, place)) { /* our function for the toolkit's, which may have none on the stack */
            static const char ours[] = "toolkit_";
            bool named = function != NULL && strncmp(function, ours, sizeof ours - 1) == 0;
            called = named ? function + sizeof ours - 1 : called;
            continue;
        }
        innermost = module != NULL ? innermost : function;
        called = function != NULL ? function : called;
        module = symbols_module(n->symbols, place->module);
    }
    return module != NULL ? inner_waits_toolkit(module, called, innermost) : NULL;
}

/* GIO waits at a GCond of its own. */
static const struct story_kind *gio_kind(struct names *n, const uint64_t *frames, uint32_t depth)
{
    for (uint32_t i = 0; i < depth; i++) {
        const struct symbols_place *place = symbols_place(n->symbols, frames[i], true);
        if (!symbols_watcher(n->symbols, place))
            return inner_waits_gio(place->frame[place->count - 1].function);
    }
    return NULL;
}

static const struct story_kind *rust_kind(struct names *n, const uint64_t *frames, uint32_t depth)
{
    enum { FRAMES = 6 };
    const struct story_kind *kind = NULL;
    for (uint32_t i = 0; kind == NULL && i < depth && i < FRAMES; i++) {
        const struct symbols_place *place = symbols_place(n->symbols, frames[i], true);
        for (unsigned level = 0; level < place->count && kind == NULL; level++)
            if (place->frame[level].function != NULL)
                kind = inner_waits_rust(place->frame[level].function);
    }
    return kind;
}

const struct story_kind *names_kind(struct names *n, uint32_t lock)
{
    uint32_t depth;
    const struct lock *l = record_lock(n->record, lock);
    if (l == NULL || (l->kind != KIND_FUTEX && kind_like(l->kind) != KIND_CONDITION) || lock >= n->locks)
        return NULL;
    find_waits(n);
    struct named_lock *k = &n->lock[lock];
    const uint64_t *frames = record_frames(n->record, k->waited, &depth);
    if (!k->kind_tried && frames != NULL) {
        k->kind = l->kind == KIND_GCOND ? gio_kind(n, frames, depth) : rust_kind(n, frames, depth);
        if (k->kind == NULL && l->kind != KIND_GCOND)
            k->kind = toolkit_kind(n, frames, depth);
    }
    k->kind_tried = true;
    return k->kind;
}

/* --- origins --- */

static void find_origin(struct names *n, uint32_t id)
{
    const struct lock *l = record_lock(n->record, id);
    struct names_origin *o = &n->lock[id].origin;
    const struct hold *first = record_hold(n->record, n->lock[id].first_hold);
    o->created = l->created != 0;
    if (o->created)
        o->frame = symbols_own(n->symbols, l->created, l->site, &o->place);
    else if (n->record->header->end == END_MERGED && l->first_use != 0)
        o->frame = symbols_own(n->symbols, l->first_use, l->site, &o->place);
    else if (l->kind == KIND_FUTEX && n->lock[id].waited != 0)
        o->frame = symbols_own(n->symbols, n->lock[id].waited, l->site, &o->place);
    else if (first != NULL)
        o->frame = symbols_own(n->symbols, first->stack, 0, &o->place);
    else
        o->frame = symbols_own(n->symbols, 0, l->site, &o->place);
}

/* --- locks that one function initialises for others --- */

struct made {
    uint64_t function, place; /* hashes: of the name, and with the line */
    uint32_t lock;
};

static int by_place(const void *a, const void *b)
{
    const struct made *x = a, *y = b;
    if (x->function != y->function)
        return x->function < y->function ? -1 : 1;
    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    return (x->lock > y->lock) - (x->lock < y->lock);
}

static const struct symbols_frame *created_in(struct names *n, uint32_t lock, unsigned further,
                                              const struct symbols_place **place)
{
    const struct lock *l = record_lock(n->record, lock);
    const struct symbols_frame *f = symbols_own_further(n->symbols, l->created, l->site, further, place);
    return f == NULL || f->function == NULL ? NULL : f;
}

/* Locks that come from one place are distinguished by their callers, where these are known and differ. */
static bool pass_on(struct names *n, const struct made *made, size_t count)
{
    const struct symbols_frame *first = NULL, *f;
    const struct symbols_place *place;
    bool differ = false;
    for (size_t i = 0; i < count; i++) {
        f = created_in(n, made[i].lock, n->lock[made[i].lock].further + 1, &place);
        first = first == NULL ? f : first;
        differ |= f != NULL && !symbols_alike(first, f);
    }
    for (size_t i = 0; i < count && differ; i++) {
        struct named_lock *k = &n->lock[made[i].lock];
        f = created_in(n, made[i].lock, k->further + 1, &place);
        if (f == NULL)
            continue;
        k->further++;
        k->origin.frame = f;
        k->origin.place = place;
    }
    return differ;
}

/*
 * If a function initialises all locks of a program in one line, their callers distinguish them. If it initialises
 * several, in several lines, it is where they come from.
 */
static bool pass_wrappers(struct names *n, struct made *made)
{
    size_t count = 0, end;
    bool any = false;
    for (uint32_t id = 1; id < n->locks; id++) {
        const struct names_origin *o = &n->lock[id].origin;
        if (!o->created || o->frame == NULL || o->frame->function == NULL || names_lock(n, id) != NULL)
            continue;
        uint64_t function = hash_text(HASH_START, o->frame->function);
        made[count++] = (struct made){function, hash_bytes(function, &o->frame->line, sizeof o->frame->line), id};
    }
    if (count > 1)
        qsort(made, count, sizeof *made, by_place);
    for (size_t i = 0; i < count; i = end) {
        bool single = true;
        for (end = i + 1; end < count && made[end].function == made[i].function; end++)
            single &= made[end].place == made[i].place;
        any |= single && pass_on(n, &made[i], end - i);
    }
    return any;
}

static void find_origins(struct names *n)
{
    uint32_t holds = record_used(n->record, TABLE_HOLDS);
    find_waits(n);
    for (uint32_t id = holds; id-- > 1;) {
        const struct hold *h = record_hold(n->record, id);
        if (h->lock < n->locks && (h->how & HOW_REBUILT) == 0)
            n->lock[h->lock].first_hold = id;
    }
    for (uint32_t id = 1; id < n->locks; id++)
        find_origin(n, id);
    struct made *made = calloc(n->locks + 1, sizeof *made);
    for (unsigned round = 0; made != NULL && round < NAMES_FURTHER && pass_wrappers(n, made); round++)
        ;
    free(made);
}

bool names_origin(struct names *n, uint32_t lock, struct names_origin *origin)
{
    if (lock == 0 || lock >= n->locks)
        return false;
    if (!n->origins)
        find_origins(n);
    n->origins = true;
    *origin = n->lock[lock].origin;
    return origin->frame != NULL;
}

bool names_created(struct names *n, uint32_t lock, unsigned further, struct names_origin *origin)
{
    const struct lock *l = record_lock(n->record, lock);
    *origin = (struct names_origin){.created = true};
    if (l == NULL || l->created == 0 || lock >= n->locks || names_lock(n, lock) != NULL)
        return false;
    origin->frame = created_in(n, lock, further, &origin->place);
    return origin->frame != NULL;
}

/* --- likeness --- */

const char *names_class(struct names *n, uint32_t lock)
{
    const char *name = names_lock(n, lock);
    size_t size = 0;
    bool inside = false;
    for (const char *at = name == NULL ? "" : name; *at != 0 && size + 1 < sizeof n->class; at++) {
        if (strncmp(at, "+0x", 3) == 0)
            break;
        inside &= *at != ']';
        if (!inside)
            n->class[size++] = *at;
        inside |= *at == '[';
    }
    n->class[size] = 0;
    return n->class;
}

uint64_t names_likeness(struct names *n, uint32_t lock)
{
    struct names_origin origin;
    const struct lock *l = record_lock(n->record, lock);
    uint16_t kind = l == NULL ? KIND_NONE : l->kind;
    uint64_t hash = hash_bytes(HASH_START, &kind, sizeof kind);
    const char *class = names_class(n, lock);
    if (class[0] != 0)
        return hash_text(hash, class);
    if (!names_origin(n, lock, &origin))
        return hash_bytes(hash, &lock, sizeof lock);
    hash = hash_bytes(hash, &origin.place->module, sizeof origin.place->module);
    hash = hash_text(hash, origin.frame->function);
    if (origin.frame->line == 0)
        return hash_bytes(hash, &origin.place->offset, sizeof origin.place->offset);
    return hash_bytes(hash, &origin.frame->line, sizeof origin.frame->line);
}
