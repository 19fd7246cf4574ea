#include "detect/order/found_cycles.h"

#include "detect/order/fingerprint.h"

enum {
    BUCKETS = sizeof((struct found_cycles *)0)->bucket / sizeof(uint32_t),
    SLOTS = sizeof((struct side_set *)0)->slot / sizeof(uint64_t),
};

struct found_cycle {
    struct finding finding;
    uint64_t fingerprint;
    uint32_t first_side; /* in `side` and `fingerprint` */
    uint32_t length;     /* sides that are lock orders */
};

bool found_cycles_begin(struct found_cycles *c, struct pages *p)
{
    c->pages = p;
    c->cycle = pages_get(p, FOUND_MOST, sizeof *c->cycle);
    return c->cycle != NULL;
}

static bool has_side(const struct side_set *s, uint64_t side, uint32_t *at)
{
    *at = (uint32_t)(side >> 32) % SLOTS;
    while (s->slot[*at] != 0 && s->slot[*at] != side)
        *at = (*at + 1) % SLOTS;
    return s->slot[*at] == side;
}

static void put_side(struct side_set *s, uint64_t side)
{
    uint32_t at;
    if (has_side(s, side, &at) || s->count > SLOTS / 2)
        return;
    s->slot[at] = side;
    s->count++;
}

bool found_cycles_have_side(const struct found_cycles *c, uint64_t side, bool any)
{
    uint32_t at;
    return has_side(any ? &c->any : &c->closing, side, &at);
}

unsigned found_cycles_rank(const struct feasible_verdict *v)
{
    static const unsigned rank[] = {
        [REASON_NONE] = 4, [REASON_GUARDED] = 1, [REASON_SINGLE_THREAD] = 0, [REASON_ORDERED] = 2, [REASON_TIMED] = 3};
    return v->severity == SEVERITY_WARNING ? rank[REASON_NONE] : rank[v->reason];
}

static struct feasible_verdict verdict_of(const struct finding *f)
{
    return (struct feasible_verdict){.severity = f->severity, .reason = f->reason};
}

static struct found_cycle *find_alike(struct found_cycles *c, uint64_t fingerprint, const struct feasible_verdict *v,
                                      uint32_t *bucket)
{
    *bucket = (uint32_t)(fingerprint_mix(fingerprint, v->severity << 8 | v->reason) >> 32) % BUCKETS;
    for (; c->bucket[*bucket] != 0; *bucket = (*bucket + 1) % BUCKETS) {
        struct found_cycle *known = &c->cycle[c->bucket[*bucket] - 1];
        if (known->fingerprint == fingerprint && known->finding.severity == v->severity &&
            known->finding.reason == v->reason)
            return known;
    }
    return NULL;
}

static bool is_side_of(const struct found_cycles *c, uint64_t side, const struct found_cycle *of)
{
    for (uint32_t n = 0; n < of->length; n++)
        if (c->fingerprint[of->first_side + n] == side)
            return true;
    return false;
}

static bool are_sides_of(const struct found_cycles *c, const uint64_t *side, uint32_t sides,
                         const struct found_cycle *of)
{
    for (uint32_t i = 0; i < sides; i++)
        if (!is_side_of(c, side[i], of))
            return false;
    return true;
}

/* A longer cycle of the same sides, of other locks, tells nothing new. */
static struct found_cycle *find_of_same_sides(struct found_cycles *c, const uint64_t *side, uint32_t sides,
                                              const struct feasible_verdict *v)
{
    for (uint32_t i = 0; i < sides; i++)
        if (!found_cycles_have_side(c, side[i], v->severity == SEVERITY_NOTE))
            return NULL;
    for (uint32_t n = 0; n < c->cycles; n++) {
        struct found_cycle *known = &c->cycle[n];
        const struct feasible_verdict verdict = verdict_of(&known->finding);
        if (found_cycles_rank(&verdict) >= found_cycles_rank(v) && known->length <= sides &&
            are_sides_of(c, side, sides, known))
            return known;
    }
    return NULL;
}

static bool has_room_for(struct found_cycles *c, uint32_t sides)
{
    while (c->sides_room - c->sides < sides) {
        uint32_t room = c->sides_room == 0 ? 256 : c->sides_room * 2;
        struct side *side = pages_more(c->pages, c->side, room, sizeof *side);
        if (side != NULL)
            c->side = side;
        uint64_t *fingerprint = pages_more(c->pages, c->fingerprint, room, sizeof *fingerprint);
        if (fingerprint != NULL)
            c->fingerprint = fingerprint;
        if (side == NULL || fingerprint == NULL)
            return false;
        c->sides_room = room;
    }
    return c->cycles < FOUND_MOST;
}

enum found found_cycles_add(struct found_cycles *c, const uint64_t *side, uint32_t sides, uint32_t between, bool waits,
                            const struct feasible_verdict *v)
{
    uint32_t bucket;
    uint64_t fingerprint = fingerprint_cycle(side, sides);
    struct found_cycle *known = find_alike(c, fingerprint, v, &bucket);
    if (known == NULL)
        known = find_of_same_sides(c, side, sides, v);
    if (known != NULL) {
        bool same = known->finding.severity == v->severity && known->finding.reason == v->reason;
        known->finding.count += same && known->finding.count < UINT32_MAX;
        return FOUND_KNOWN;
    }
    if (!has_room_for(c, sides + between))
        return FOUND_NO_ROOM;
    c->cycle[c->cycles] = (struct found_cycle){.fingerprint = fingerprint,
                                               .first_side = c->sides,
                                               .length = sides,
                                               .finding = {.kind = waits ? FINDING_WAIT_HOLDING : FINDING_LOCK_ORDER,
                                                           .severity = v->severity,
                                                           .reason = v->reason,
                                                           .sides = sides + between,
                                                           .cycle = waits ? sides + between : sides,
                                                           .count = 1,
                                                           .gate_lock = v->gate_lock}};
    c->bucket[bucket] = ++c->cycles;
    for (uint32_t i = 0; i < sides; i++) {
        c->fingerprint[c->sides + i] = side[i];
        put_side(&c->any, side[i]);
        if (v->severity == SEVERITY_WARNING)
            put_side(&c->closing, side[i]);
    }
    c->sides += sides + between;
    return FOUND_NEW;
}

struct side *found_cycles_newest(struct found_cycles *c)
{
    return &c->side[c->cycle[c->cycles - 1].first_side];
}

/* Whether a cycle like this one came nearer to closing. */
static bool has_nearer(struct found_cycles *c, const struct found_cycle *of)
{
    static const enum finding_reason nearer[] = {REASON_NONE, REASON_TIMED, REASON_ORDERED, REASON_GUARDED};
    uint32_t bucket;
    for (unsigned i = 0; i < 4 && of->finding.severity == SEVERITY_NOTE && of->finding.reason != nearer[i]; i++) {
        const struct feasible_verdict v = {i == 0 ? SEVERITY_WARNING : SEVERITY_NOTE, nearer[i], 0};
        if (find_alike(c, of->fingerprint, &v, &bucket) != NULL)
            return true;
    }
    return false;
}

/* The next length of a cycle after this one; 0: there is none. */
static uint32_t next_length(const struct found_cycles *c, uint32_t length)
{
    uint32_t next = 0;
    for (uint32_t n = 0; n < c->cycles; n++) {
        uint32_t its = c->cycle[n].length;
        if (its > length && (next == 0 || its < next))
            next = its;
    }
    return next;
}

unsigned found_cycles_report(struct found_cycles *c, orders_found *found, void *context)
{
    unsigned reported = 0;
    for (uint32_t length = next_length(c, 0); length != 0; length = next_length(c, length))
        for (enum finding_severity severity = SEVERITY_WARNING; severity >= SEVERITY_NOTE; severity--)
            for (uint32_t n = 0; n < c->cycles; n++) {
                struct finding *f = &c->cycle[n].finding;
                if (c->cycle[n].length != length || f->severity != severity || has_nearer(c, &c->cycle[n]))
                    continue;
                f->side = &c->side[c->cycle[n].first_side];
                reported++;
                if (!found(context, f))
                    return reported;
            }
    return reported;
}
