#include "analyzer/attach/python_variables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OBJECTS_MOST = 4096,
    SEEN = 2 * OBJECTS_MOST, /* a power of two */
    DEPTH_MOST = 3,
    LOCALS_MOST = 1024,
    CODE_NAMES = 96, /* co_localsplusnames, co_localspluskinds */
    CODE_KINDS = 104,
    CELL_VALUE = 16,
};

/* --- paths --- */

struct step {
    uint64_t object;
    unsigned depth;
    char path[PYTHON_PATH];
};

struct walk {
    struct python_objects *objects;
    python_named *named;
    void *context;
    struct step *queue;
    size_t head, tail;
    uint64_t *seen; /* a hash table of twice the room */
    const struct step *from;
};

/* False: it was seen before. */
static bool see(struct walk *w, uint64_t object)
{
    size_t at = (object >> 4) * 0x9e3779b97f4a7c15u >> 51;
    while (w->seen[at % SEEN] != 0)
        if (w->seen[at++ % SEEN] == object)
            return false;
    w->seen[at % SEEN] = object;
    return true;
}

/* A lock within one of these is all that the program has called so. */
static bool is_whole(struct walk *w, const char *part)
{
    static const char *const types[] = {"Condition", "Semaphore", "BoundedSemaphore", "Event", "Barrier"};
    if (strcmp(part, "_lock") != 0 && strcmp(part, "_cond") != 0)
        return false;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (python_is_a(w->objects, w->from->object, types[i]))
            return true;
    return false;
}

/* False: it has no name, or too long a one. */
static bool make_path(struct walk *w, uint64_t key, uint64_t index, char path[PYTHON_PATH])
{
    char part[PYTHON_PATH];
    const char *before = w->from->path;
    int size;
    if (key == 0)
        size = snprintf(path, PYTHON_PATH, "%s[%llu]", before, (unsigned long long)index);
    else if (!python_text(&w->objects->python->memory, key, part, sizeof part))
        return false;
    else if (python_kind(w->objects, w->from->object) == PYTHON_DICT && before[0] != 0)
        size = snprintf(path, PYTHON_PATH, "%s[\"%s\"]", before, part);
    else if (is_whole(w, part))
        size = snprintf(path, PYTHON_PATH, "%s", before);
    else
        size = snprintf(path, PYTHON_PATH, "%s%s%s", before, before[0] != 0 ? "." : "", part);
    return size > 0 && size < PYTHON_PATH;
}

/* The variables of another module, and those of a class, go by what that calls them. */
static bool is_apart(enum python_kind kind)
{
    return kind == PYTHON_MODULE || kind == PYTHON_TYPE;
}

static bool is_container(enum python_kind kind)
{
    return kind >= PYTHON_DICT;
}

static bool visit(void *context, uint64_t key, uint64_t index, uint64_t value)
{
    struct walk *w = context;
    struct step next = {.object = value, .depth = w->from->depth + 1};
    const enum python_kind kind = python_kind(w->objects, value);
    if (kind == PYTHON_LOCK || kind == PYTHON_RLOCK)
        return make_path(w, key, index, next.path) && !w->named(w->context, value, next.path);
    if (!is_container(kind) || w->from->depth >= DEPTH_MOST || w->tail == OBJECTS_MOST)
        return false;
    if ((is_apart(kind) ? w->from->depth > 0 : !make_path(w, key, index, next.path)) || !see(w, value))
        return false;
    if (is_apart(kind))
        next.depth = DEPTH_MOST;
    w->queue[w->tail++] = next;
    return false;
}

static void run(struct walk *w)
{
    while (w->head < w->tail) {
        w->from = &w->queue[w->head++];
        if (python_each(w->objects, w->from->object, visit, w))
            break;
    }
}

static bool begin(struct walk *w, struct python_objects *o, python_named *named, void *context)
{
    *w = (struct walk){.objects = o,
                       .named = named,
                       .context = context,
                       .queue = calloc(OBJECTS_MOST, sizeof *w->queue),
                       .seen = calloc(SEEN, sizeof *w->seen)};
    return w->queue != NULL && w->seen != NULL;
}

static void end(struct walk *w)
{
    free(w->queue);
    free(w->seen);
}

void python_walk(struct python_objects *o, const uint64_t *dict, size_t dicts, python_named *named, void *context)
{
    struct walk w;
    if (begin(&w, o, named, context)) {
        for (size_t i = 0; i < dicts && w.tail < OBJECTS_MOST; i++)
            if (see(&w, dict[i]))
                w.queue[w.tail++].object = dict[i];
        run(&w);
    }
    end(&w);
}

void python_walk_from(struct python_objects *o, const char *name, uint64_t value, python_named *named, void *context)
{
    struct walk w;
    const enum python_kind kind = python_kind(o, value);
    if (kind == PYTHON_LOCK || kind == PYTHON_RLOCK) {
        named(context, value, name);
        return;
    }
    if (!is_container(kind) || is_apart(kind) || strlen(name) >= PYTHON_PATH)
        return;
    if (begin(&w, o, named, context)) {
        w.queue[w.tail++] = (struct step){.object = value, .depth = 1};
        memcpy(w.queue[0].path, name, strlen(name) + 1);
        run(&w);
    }
    end(&w);
}

/* --- names in a frame --- */

bool python_locals(struct python_objects *o, const struct python_frame *f, uint64_t frame, python_each_local *each,
                   void *context)
{
    enum { BYTES_AT = 32, CELL = 0x40, FREE = 0x80 }; /* kinds of variables that are in an object of their own */
    const struct python_layout *l = o->python->memory.layout;
    const bool early = l->version == 0x030b;
    const unsigned count = python_number(o, f->code + (early ? 76 : 72)),
                   parameters = python_number(o, f->code + (early ? 56 : 52)) + /* and those by keyword only */
                                python_number(o, f->code + (early ? 64 : 60));
    const uint64_t names = python_word(o, f->code + CODE_NAMES), kinds = python_word(o, f->code + CODE_KINDS);
    char name[PYTHON_PATH];
    for (unsigned i = 0; i < count && i < LOCALS_MOST; i++) {
        unsigned char kind = 0;
        struct python_local local = {name, python_reference(python_word(o, frame + l->frame_values + 8ull * i)),
                                     i < parameters};
        if (!target_read(o->target, kinds + BYTES_AT + i, &kind, 1) || local.value == 0 ||
            !python_text(&o->python->memory, python_word(o, names + l->tuple_items + 8ull * i), name, sizeof name))
            continue;
        if ((kind & (CELL | FREE)) != 0 && python_is_a(o, local.value, "cell"))
            local.value = python_word(o, local.value + CELL_VALUE);
        if (each(context, &local))
            return true;
    }
    return false;
}

uint64_t python_globals(const struct python_objects *o, uint64_t frame)
{
    return python_word(o, frame + (o->python->memory.layout->version == 0x030b ? 8 : 24));
}

struct sought_local {
    const char *name;
    uint64_t value;
};

static bool is_sought(void *context, const struct python_local *local)
{
    struct sought_local *s = context;
    if (strcmp(local->name, s->name) == 0)
        s->value = local->value;
    return s->value != 0;
}

uint64_t python_resolve(struct python_objects *o, const struct python_frame *f, uint64_t frame, const char *expression)
{
    char words[PYTHON_PATH], *rest = words, *part;
    uint64_t value = 0;
    if (strlen(expression) >= sizeof words)
        return 0;
    memcpy(words, expression, strlen(expression) + 1);
    part = strsep(&rest, ".");
    struct sought_local s = {.name = part};
    value = python_locals(o, f, frame, is_sought, &s) ? s.value : python_look_up(o, python_globals(o, frame), part);
    while (value != 0 && (part = strsep(&rest, ".")) != NULL)
        value = python_look_up(o, value, part);
    return value;
}
