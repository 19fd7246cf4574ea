#include "analyzer/merge/pool.h"

#include <stdlib.h>

void pool_begin(struct pool *p)
{
    *p = (struct pool){
        .texts = SET_OF(struct pool_text),
        .runs = SET_OF(struct pool_run),
        .modules = SET_OF(struct pool_module),
        .stacks = SET_OF(struct pool_stack),
        .locks = SET_OF(struct pool_lock),
        .nodes = SET_OF(struct pool_hold),
        .paths = SET_OF(struct pool_hold),
        .threads = SET_OF(struct pool_thread),
        .concurrent = SET_OF(struct pool_concurrent),
        .epochs = SET_OF(struct pool_epoch),
        .acquisitions = SET_OF(struct pool_acquisition),
        .wakes = SET_OF(struct pool_wake),
        .posts = SET_OF(struct pool_post),
        .findings = SET_OF(struct pool_finding),
        .frame = NULL,
    };
}

void pool_free(struct pool *p)
{
    for (uint32_t id = 1; id <= p->texts.count; id++)
        free(((struct pool_text *)set_at(&p->texts, id))->text);
    for (uint32_t id = 1; id <= p->findings.count; id++)
        free(pool_finding(p, id)->side);
    struct set *const sets[] = {&p->texts,        &p->runs,  &p->modules, &p->stacks,     &p->locks,
                                &p->nodes,        &p->paths, &p->threads, &p->concurrent, &p->epochs,
                                &p->acquisitions, &p->wakes, &p->posts,   &p->findings,   NULL};
    for (struct set *const *s = sets; *s != NULL; s++)
        set_free(*s);
    free(p->frame);
}

uint32_t pool_add(struct pool *p, struct set *s, struct key key, bool *fresh)
{
    uint32_t id = set_add(s, key, fresh);
    p->failed |= id == 0;
    return id;
}

uint32_t pool_text(struct pool *p, const char *text)
{
    bool fresh;
    if (text[0] == 0)
        return 0;
    uint32_t id = pool_add(p, &p->texts, key_text(key_begin("text"), text), &fresh);
    if (fresh && (((struct pool_text *)set_at(&p->texts, id))->text = strdup(text)) == NULL)
        p->failed = true;
    return id;
}

const char *pool_words(const struct pool *p, uint32_t text)
{
    const char *words = text == 0 ? NULL : ((struct pool_text *)set_at(&p->texts, text))->text;
    return words == NULL ? "" : words;
}

struct key pool_key(const struct set *s, uint32_t id)
{
    return id == 0 ? NO_KEY : *(struct key *)set_at(s, id);
}

int pool_compare_texts(const struct pool *p, uint32_t a, uint32_t b)
{
    return a == b ? 0 : strcmp(pool_words(p, a), pool_words(p, b));
}

int pool_compare_runs(const struct pool *p, uint32_t a, uint32_t b)
{
    if (a == 0 || b == 0)
        return (a == 0) - (b == 0);
    const struct merged_run *x = &pool_run(p, a)->run, *y = &pool_run(p, b)->run;
    if (x->started != y->started)
        return x->started < y->started ? -1 : 1;
    if (x->pid != y->pid)
        return x->pid < y->pid ? -1 : 1;
    return key_compare(pool_key(&p->runs, a), pool_key(&p->runs, b));
}

struct key pool_place_key(const struct pool *p, struct pool_place place)
{
    if (place.module == 0 && (place.offset & FRAME_TEXT) != 0)
        return key_text(key_begin("frame"), pool_words(p, (uint32_t)place.offset));
    return key_number(key_join(key_begin("place"), pool_key(&p->modules, place.module)), place.offset);
}

uint32_t pool_stack(struct pool *p, const struct pool_place *frame, uint32_t depth, uint64_t place_key)
{
    struct key key = key_begin("stack");
    bool fresh;
    for (uint32_t i = 0; i < depth; i++)
        key = key_join(key, pool_place_key(p, frame[i]));
    if (depth == 0)
        return 0;
    while (p->frames + depth > p->frame_room) {
        size_t room = p->frame_room == 0 ? 1024 : p->frame_room * 2;
        struct pool_place *more = realloc(p->frame, room * sizeof *more);
        if (more == NULL) {
            p->failed = true;
            return 0;
        }
        p->frame = more;
        p->frame_room = room;
    }
    uint32_t id = pool_add(p, &p->stacks, key, &fresh);
    if (!fresh)
        return id;
    struct pool_stack *s = pool_stack_at(p, id);
    s->first = p->frames;
    s->depth = depth;
    s->place_key = place_key;
    memcpy(p->frame + p->frames, frame, depth * sizeof *frame);
    p->frames += depth;
    return id;
}

void pool_lesser(const struct set *s, uint32_t *id, uint32_t other)
{
    if (*id == 0 || (other != 0 && key_compare(pool_key(s, other), pool_key(s, *id)) < 0))
        *id = other;
}

void pool_lesser_text(const struct pool *p, uint32_t *id, uint32_t other)
{
    if (*id == 0 || (other != 0 && pool_compare_texts(p, other, *id) < 0))
        *id = other;
}

void pool_lesser_place(const struct pool *p, struct pool_place *place, struct pool_place other)
{
    bool none = place->module == 0 && place->offset == 0, nothing = other.module == 0 && other.offset == 0;
    if (none || (!nothing && key_compare(pool_place_key(p, other), pool_place_key(p, *place)) < 0))
        *place = other;
}
