#include "analyzer/identity.h"

#include "analyzer/distinct_site.h"
#include "analyzer/symbols/hash.h"
#include "detect/finding_query.h"
#include "detect/rotation.h"

#include <stdlib.h>

static uint64_t mix_place(uint64_t hash, struct opened_record *v, const struct distinct_site *a, uint32_t stack,
                          uint64_t site)
{
    const struct symbols_place *place;
    const struct symbols_frame *frame = distinct_site_frame(a, stack, site, &place);
    if (frame == NULL || place->module == 0)
        return hash_text(hash, "?");
    hash = hash_text(hash, symbols_module(v->symbols, place->module));
    if (frame->function != NULL)
        hash = hash_text(hash, frame->function);
    if (symbols_telling(frame))
        return hash;
    if (frame->line != 0)
        return hash_bytes(hash, &frame->line, sizeof frame->line);
    return hash_bytes(hash, &place->offset, sizeof place->offset);
}

/* --- locks without a name, by the function that initialised them --- */

/* Whether two locks come from one line, `further` out, and from different ones beyond that. */
static bool are_from_wrapper(struct opened_record *v, uint32_t one, uint32_t other, unsigned further)
{
    struct names_origin a, b;
    return one != other && names_created(v->names, one, further, &a) && names_created(v->names, other, further, &b) &&
           symbols_alike(a.frame, b.frame) && names_created(v->names, one, further + 1, &a) &&
           names_created(v->names, other, further + 1, &b) && !symbols_alike(a.frame, b.frame);
}

static bool has_wrapper(struct opened_record *v, const struct finding *f, unsigned further)
{
    enum { MOST = 16 };
    uint32_t sides = !finding_is_cyclic(f) ? 0 : f->cycle < MOST ? f->cycle : MOST;
    for (uint32_t i = 0; i < sides; i++)
        for (uint32_t k = 0; k < sides; k++)
            if (are_from_wrapper(v, f->side[i].held, f->side[k].held, further) ||
                are_from_wrapper(v, f->side[i].held, f->side[k].want.lock, further))
                return true;
    return false;
}

/* How far out the functions are that distinguish the finding's locks: other locks of the record must not count. */
static unsigned wrappers_of(struct opened_record *v, const struct finding *f)
{
    unsigned further = 0;
    while (further < NAMES_FURTHER && has_wrapper(v, f, further))
        further++;
    return further;
}

static bool origin_of(struct opened_record *v, uint32_t id, unsigned further, struct names_origin *origin)
{
    do
        if (names_created(v->names, id, further, origin))
            return true;
    while (further-- > 0);
    return names_origin(v->names, id, origin);
}

/* --- pieces --- */

struct mixing {
    struct distinct_site apart;
    unsigned further;
};

/* `class`: any instance of that name will do. */
static uint64_t mix_lock(uint64_t hash, struct opened_record *v, const struct mixing *m, uint32_t id, uint16_t kind,
                         bool class)
{
    struct names_origin origin;
    const struct lock *l = record_lock(v->record, id);
    const char *name = names_lock(v->names, id);
    hash = hash_text(hash, finding_lock_word(l == NULL ? kind : l->kind));
    if (name == NULL && origin_of(v, id, m->further, &origin) && origin.place->module != 0) {
        hash = hash_text(hash, symbols_module(v->symbols, origin.place->module));
        return hash_text(hash, origin.frame->function);
    }
    class |= l != NULL && (l->traits & TRAIT_NUMBERED) != 0;
    return hash_text(hash, name != NULL && class ? names_class(v->names, id) : name);
}

static uint64_t side_hash(struct opened_record *v, const struct mixing *m, const struct finding *f, uint32_t i)
{
    bool class = f->kind != FINDING_DEADLOCK;
    const struct side *side = &f->side[i];
    uint64_t hash = mix_lock(HASH_START, v, m, side->want.lock, side->want.kind, class);
    hash = mix_place(hash, v, &m->apart, side->want.stack, side->want.site);
    struct held h = query_hold(v->record, side->path, side->held);
    if (h.address == 0 || !finding_is_cyclic(f))
        return hash_text(hash, "-");
    hash = mix_lock(hash, v, m, side->held, KIND_NONE, class);
    return mix_place(hash, v, &m->apart, h.stack, h.site);
}

/* Of a stall: what is waited for, and where the thread that keeps it acquired it. Who waits differs from run to run. */
static uint64_t stall_hash(struct opened_record *v, const struct mixing *m, const struct finding *f)
{
    const struct side *side = &f->side[0];
    struct held h = query_kept(v->record, f, 1);
    uint64_t hash = mix_lock(HASH_START, v, m, side->want.lock, side->want.kind, true);
    return h.address == 0 ? hash_text(hash, "-") : mix_place(hash, v, &m->apart, h.stack, h.site);
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static struct key key_of(uint64_t id, enum finding_severity severity)
{
    return key_number(key_number(NO_KEY, id), severity);
}

bool identities_has(const struct set *all, uint64_t id, enum finding_severity severity)
{
    for (enum finding_severity s = severity; s <= SEVERITY_ERROR; s++)
        if (set_find(all, key_of(id, s)) != 0)
            return true;
    return false;
}

bool identities_add(struct set *all, uint64_t id, enum finding_severity severity)
{
    bool fresh;
    if (identities_has(all, id, severity))
        return false;
    return set_add(all, key_of(id, severity), &fresh) == 0 || fresh;
}

uint64_t identity_of(struct opened_record *v, const struct finding *f)
{
    uint64_t hash = hash_text(HASH_START, finding_kind_word(f->kind));
    struct mixing m;
    if (f->sides == 0)
        return hash;
    distinct_site_begin(&m.apart, v->symbols, v->record, f);
    m.further = wrappers_of(v, f);
    /* Who else was seen to have a part in these differs from run to run. */
    const bool waits = f->kind == FINDING_WAIT_HOLDING && f->cycle > 2;
    bool all = waits || f->kind == FINDING_DEADLOCK || f->kind == FINDING_LOCK_ORDER ||
               (f->kind == FINDING_STALL && f->cycle == 0);
    if (!all) {
        uint64_t first = f->kind == FINDING_STALL && f->sides > 1 ? stall_hash(v, &m, f) : side_hash(v, &m, f, 0);
        return hash_bytes(hash, &first, sizeof first);
    }
    uint64_t *side = calloc(f->sides + 1, sizeof *side);
    if (side == NULL)
        return hash;
    for (uint32_t i = 0; i < f->sides; i++)
        if (!waits || query_deed(v->record, f, i) != DEED_WOKE)
            side[i] = side_hash(v, &m, f, i);
    size_t first = rotation_least(side, f->cycle);
    for (uint32_t i = 0; i < f->cycle; i++)
        hash = hash_bytes(hash, &side[(first + i) % f->cycle], sizeof *side);
    qsort(side + f->cycle, f->sides - f->cycle, sizeof *side, by_value);
    hash = hash_bytes(hash, side + f->cycle, (f->sides - f->cycle) * sizeof *side);
    free(side);
    return hash;
}
