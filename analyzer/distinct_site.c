#include "analyzer/distinct_site.h"

#include "detect/finding_query.h"

enum { SIDES_MAX = 32 };

/* Where a lock was acquired, or is wanted. */
struct lock_site {
    uint32_t stack, lock;
    bool want;
};

struct places {
    struct lock_site place[2 * SIDES_MAX];
    unsigned count;
};

static bool is_alike(const struct symbols_frame *a, const struct symbols_frame *b)
{
    return a != NULL && b != NULL && symbols_alike(a, b);
}

static bool is_skipped(const struct distinct_site *a, const struct symbols_frame *frame)
{
    for (unsigned i = 0; i < a->count; i++)
        if (is_alike(a->wrapper[i], frame))
            return true;
    return false;
}

const struct symbols_frame *distinct_site_frame(const struct distinct_site *a, uint32_t stack, uint64_t site,
                                                const struct symbols_place **place)
{
    const struct symbols_frame *frame = symbols_own(a->symbols, stack, site, place), *next;
    const struct symbols_place *there;
    for (unsigned further = 1; frame != NULL && is_skipped(a, frame); further++) {
        next = symbols_own_further(a->symbols, stack, site, further, &there);
        if (next == NULL)
            break;
        frame = next;
        *place = there;
    }
    return frame;
}

static void add_site(struct places *p, uint32_t stack, uint32_t lock, bool want)
{
    if (stack != 0 && lock != 0)
        p->place[p->count++] = (struct lock_site){stack, lock, want};
}

static void gather(struct places *p, const struct record *r, const struct finding *f)
{
    p->count = 0;
    for (uint32_t i = 0; i < f->sides && i < SIDES_MAX; i++) {
        const struct side *side = &f->side[i];
        struct held h = query_hold(r, side->path, side->held);
        add_site(p, side->want.stack, side->want.lock, true);
        add_site(p, h.stack, side->held, false);
    }
}

/* NULL: the program has no frame there. */
static const struct symbols_frame *frame_of(const struct distinct_site *a, const struct lock_site *p)
{
    const struct symbols_place *place;
    return distinct_site_frame(a, p->stack, 0, &place);
}

/* Skips a line, and the callers that the acquisitions there share, until the callers differ. */
static bool skip_line(struct distinct_site *a, const struct places *p, const struct symbols_frame *line)
{
    const struct symbols_frame *of[2 * SIDES_MAX] = {NULL};
    unsigned before = a->count, members = 0;
    struct lock_site member[2 * SIDES_MAX];
    for (unsigned i = 0; i < p->count; i++)
        if (is_alike(frame_of(a, &p->place[i]), line))
            member[members++] = p->place[i];
    while (a->count < APART_MAX) {
        a->wrapper[a->count++] = line;
        for (unsigned i = 0; i < members; i++)
            of[i] = frame_of(a, &member[i]);
        for (unsigned i = 1; i < members; i++)
            if (!is_alike(of[0], of[i]))
                return true;
        if (is_skipped(a, of[0]))
            break; /* it has no caller */
        line = of[0];
    }
    a->count = before;
    return false;
}

static bool skip_one(struct distinct_site *a, const struct places *p, bool alone)
{
    for (unsigned i = 0; i < p->count; i++)
        for (unsigned k = 0; k < p->count; k++) {
            const struct lock_site *want = &p->place[i], *hold = &p->place[k];
            const struct symbols_frame *line = frame_of(a, want);
            if (!want->want || hold->want || (want->lock == hold->lock && !alone) || line == NULL ||
                !symbols_telling(line) || is_skipped(a, line) || !is_alike(line, frame_of(a, hold)))
                continue;
            if (skip_line(a, p, line))
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
    while (a->count < APART_MAX && skip_one(a, &p, f->sides == 1))
        ;
}
