#include "analyzer/merge/reader.h"

#include "record/path.h"

struct place_key {
    struct key key; /* of the address, and whether it is a call's */
    uint64_t value;
};

/* --- modules --- */

/* The addresses of a file; a damaged record may have any. */
static bool is_sound(const struct module *m)
{
    const uint64_t most = 1ull << 36;
    return m->start < m->end && m->end - m->start < most && m->start - m->bias < most;
}

static uint32_t add_module(struct reader *r, const struct module *m)
{
    struct pool *p = r->pool;
    const char *path = record_text(r->record, m->path), *name = path_base(path);
    uint8_t size = m->build_id_size <= sizeof m->build_id ? m->build_id_size : 0;
    uint64_t low = m->start - m->bias, high = low + (m->end - m->start);
    bool fresh;
    struct key key = key_text(key_begin("module"), name);
    key = key_bytes(key, m->build_id, size);
    if (size == 0)
        key = key_number(key_number(key, low), high);
    uint32_t id = pool_add(p, &p->modules, key, &fresh);
    uint32_t name_text = pool_text(p, name), path_text = pool_text(p, path);
    struct pool_module *to = id == 0 ? NULL : pool_module(p, id);
    if (to == NULL)
        return 0;
    if (fresh)
        *to = (struct pool_module){.key = key, .name = name_text, .low = low, .high = high, .build_id_size = size};
    memcpy(to->build_id, m->build_id, size);
    to->low = low < to->low ? low : to->low;
    to->high = high > to->high ? high : to->high;
    pool_lesser_text(p, &to->path, path_text);
    return id;
}

void reader_modules(struct reader *r)
{
    r->place_keys = SET_OF(struct place_key);
    uint32_t used = record_used(r->record, TABLE_MODULES);
    for (uint32_t id = 1; id < used; id++) {
        const struct module *m = record_item(r->record, TABLE_MODULES, id);
        r->map[TABLE_MODULES][id] = is_sound(m) ? add_module(r, m) : 0;
    }
}

struct pool_place reader_place(struct reader *r, uint64_t address)
{
    if ((address & FRAME_TEXT) != 0) {
        uint32_t text = pool_text(r->pool, record_frame_text(r->record, address));
        return (struct pool_place){0, text == 0 ? 0 : FRAME_TEXT | text};
    }
    uint32_t id = address == 0 ? 0 : record_module_of(r->record, address);
    if (id == 0 || r->map[TABLE_MODULES][id] == 0)
        return (struct pool_place){0, address};
    const struct module *m = record_item(r->record, TABLE_MODULES, id);
    return (struct pool_place){r->map[TABLE_MODULES][id], address - m->bias};
}

/* --- places that every build has --- */

static uint64_t find_place_key(struct reader *r, uint64_t address, bool call)
{
    uint64_t at = call && address != 0 ? address - 1 : address, offset;
    const char *symbol = symbols_unique(r->view->symbols, at, false, &offset);
    struct key key;
    if (symbol != NULL) {
        key = key_text(key_begin("code"), symbols_module(r->view->symbols, record_module_of(r->record, at)));
        key = key_number(key_text(key, symbol), offset);
    } else {
        key = pool_place_key(r->pool, reader_place(r, at));
    }
    return key.a == 0 ? 1 : key.a;
}

uint64_t reader_place_key(struct reader *r, uint64_t address, bool call)
{
    bool fresh;
    if (address == 0)
        return 0;
    uint32_t id = pool_add(r->pool, &r->place_keys, key_number(key_number(NO_KEY, address), call), &fresh);
    if (id == 0)
        return 0;
    struct place_key *found = set_at(&r->place_keys, id);
    if (fresh)
        found->value = find_place_key(r, address, call);
    return found->value;
}

/* --- stacks --- */

/* Of a call in Python code also where that is: up to the program's own. */
static uint64_t key_of_stack(struct reader *r, const uint64_t *frames, uint32_t depth)
{
    struct key key = key_number(NO_KEY, reader_place_key(r, frames[0], true));
    bool text = false, own = false;
    for (uint32_t i = 1; i < depth && !own; i++) {
        const char *words = record_frame_text(r->record, frames[i]);
        if (words[0] == 0)
            continue;
        key = key_text(key, words);
        own = !symbols_wrapper(symbols_place(r->view->symbols, frames[i], true)->frame);
        text = true;
    }
    return !text ? reader_place_key(r, frames[0], true) : key.a == 0 ? 1 : key.a;
}

static uint32_t add_stack(struct reader *r, uint32_t id)
{
    enum { FRAMES = 1024 }; /* what is further out is left off */
    const struct stack *s = record_item(r->record, TABLE_STACKS, id);
    struct pool_place frame[FRAMES];
    uint32_t depth;
    const uint64_t *frames = record_frames(r->record, id, &depth);
    if (frames == NULL)
        return READER_NONE;
    depth = depth < FRAMES ? depth : FRAMES;
    for (uint32_t i = 0; i < depth; i++)
        frame[i] = reader_place(r, frames[i]);
    uint64_t key = r->merged && s->place_key != 0 ? s->place_key : key_of_stack(r, frames, depth);
    uint32_t stack = pool_stack(r->pool, frame, depth, key);
    return stack == 0 ? READER_NONE : stack;
}

uint32_t reader_stack(struct reader *r, uint32_t id)
{
    uint32_t *known = reader_map(r, TABLE_STACKS, id);
    if (known == NULL)
        return 0;
    if (*known == 0)
        *known = add_stack(r, id);
    return *known == READER_NONE ? 0 : *known;
}
