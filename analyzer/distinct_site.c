#include "analyzer/distinct_site.h"

#include "detect/finding_query.h"

enum { SIDES_MAX = 32 };

/* An acquisition, or the wish for one. */
struct place_of {
    uint32_t stack, lock;
    bool want;
};

struct places {
    struct place_of place[2 * SIDES_MAX];
    unsigned count;
};

static bool passed_over(const struct distinct_site *a, const struct symbols_frame *frame)
{
    for (unsigned i = 0; i < a->count; i++)
        if (symbols_alike(a->wrapper[i], frame))
            return true;
    return false;
}

const struct symbols_frame *distinct_site_frame(const struct distinct_site *a, uint32_t stack, uint64_t site,
                                                const struct symbols_place **place)
{
    const struct symbols_frame *frame = symbols_own(a->symbols, stack, site, place), *next;
    const struct symbols_place *there;
    for (unsigned further = 1; frame != NULL && passed_over(a, frame); further++) {
        next = symbols_own_further(a->symbols, stack, site, further, &there);
        if (next == NULL)
            break;
        frame = next;
        *place = there;
    }
    return frame;
}

static void add(struct places *p, uint32_t stack, uint32_t lock, bool want)
{
    if (stack != 0 && lock != 0)
        p->place[p->count++] = (struct place_of){stack, lock, want};
}

static void gather(struct places *p, const struct record *r, const struct finding *f)
{
    p->count = 0;
    for (uint32_t i = 0; i < f->sides && i < SIDES_MAX; i++) {
        const struct side *side = &f->side[i];
        struct held h = query_hold(r, side->path, side->held);
        add(p, side->want.stack, side->want.lock, true);
        add(p, h.stack, side->held, false);
    }
}

static const struct symbols_frame *frame_of(const struct distinct_site *a, const struct place_of *p)
{
    const struct symbols_place *place;
    return distinct_site_frame(a, p->stack, 0, &place);
}

/* Pass over a line, and those around it that the same acquisitions share, until their callers differ. */
static bool pass_over(struct distinct_site *a, const struct places *p, const struct symbols_frame *line)
{
    const struct symbols_frame *of[2 * SIDES_MAX] = {NULL};
    unsigned before = a->count, members = 0;
    struct place_of member[2 * SIDES_MAX];
    for (unsigned i = 0; i < p->count; i++)
        if (symbols_alike(frame_of(a, &p->place[i]), line))
            member[members++] = p->place[i];
    while (a->count < APART_MAX) {
        a->wrapper[a->count++] = line;
        for (unsigned i = 0; i < members; i++)
            of[i] = frame_of(a, &member[i]);
        for (unsigned i = 1; i < members; i++)
            if (!symbols_alike(of[0], of[i]))
                return true;
        if (passed_over(a, of[0]))
            break; /* nobody is around it */
        line = of[0];
    }
    a->count = before;
    return false;
}

static bool find_one(struct distinct_site *a, const struct places *p, bool alone)
{
    for (unsigned i = 0; i < p->count; i++)
        for (unsigned k = 0; k < p->count; k++) {
            const struct place_of *want = &p->place[i], *hold = &p->place[k];
            const struct symbols_frame *line = frame_of(a, want);
            if (!want->want || hold->want || (want->lock == hold->lock && !alone) || line == NULL ||
                !symbols_telling(line) || passed_over(a, line) || !symbols_alike(line, frame_of(a, hold)))
                continue;
            if (pass_over(a, p, line))
                return true;
        }
    return false;
}

void distinct_site_begin(struct distinct_site *a, struct symbols *s, const struct record *r, const struct finding *f)
{
    struct places p;
    *a = (struct distinct_site){.symbols = s};
    if (f == NULL || !finding_is_cyclic(f))
        return;
    gather(&p, r, f);
    while (a->count < APART_MAX && find_one(a, &p, f->sides == 1))
        ;
}
