#include "detect/order/orders.h"

#include "detect/order/cycles.h"
#include "detect/rotation.h"

#include <string.h>

enum {
    FINDINGS_MOST = 1024,
    ALIKE = 4 * FINDINGS_MOST, /* places for them by what they are alike by */
    SIDES_SEEN = 1 << 14,      /* places for sides that are known from findings */
    REREAD_WORK = 100000000,   /* steps, for locks that are read again */
};

/* A finding in the making. */
struct kept {
    struct finding finding;
    uint64_t alike;      /* cycles are alike when this is the same */
    uint32_t first_side; /* in `side` and `side_mark` */
};

struct work {
    const struct orders_world *w;
    const struct record *r;
    struct order_graph graph;
    struct feasible choice;
    struct pages pages;
    bool complete;

    uint64_t *likeness; /* by lock; 0: not asked yet */
    uint32_t locks;
    uint64_t *mark; /* of the sides of the cycle at hand */
    uint32_t marks_room;

    struct kept *kept;
    uint32_t count;
    struct side *side;
    uint64_t *side_mark;
    uint32_t sides, sides_room;
    uint32_t place[ALIKE];        /* 1 + index of a finding, by `alike` and severity */
    uint64_t seen[2][SIDES_SEEN]; /* marks of sides of warnings, and of all findings */
    uint32_t seen_count[2];
    struct covered {
        uint32_t edge, order; /* of the edges from this one on, the orders before this one are all seen */
    } covered[2];
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
    uint64_t z = (hash ^ value) * 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    return z ^ z >> 27;
}

/* --- what cycles are alike by --- */

static uint64_t likeness_of(const struct work *k, uint32_t lock)
{
    const struct lock *l = record_lock(k->r, lock);
    if (k->w->likeness != NULL)
        return k->w->likeness(k->w->context, lock);
    uint64_t site = l == NULL || l->created == 0 ? 0 : record_site(k->r, l->created);
    return site == 0 ? mix(1, lock) : mix(mix(2, l->kind), site);
}

static uint64_t lock_mark(struct work *k, uint32_t lock)
{
    if (lock >= k->locks)
        return 1;
    if (k->likeness[lock] == 0)
        k->likeness[lock] = likeness_of(k, lock) | 1;
    return k->likeness[lock];
}

static uint64_t site_of(const struct work *k, uint32_t hold)
{
    const struct hold *h = record_hold(k->r, hold);
    return h == NULL ? 0 : record_site(k->r, h->stack);
}

/* One side: by what is held, where it was taken, what is wanted, and where. */
static uint64_t side_mark(struct work *k, uint32_t held, uint32_t hold, uint32_t wanted, uint32_t node)
{
    uint64_t hash = mix(lock_mark(k, held), site_of(k, hold));
    return mix(mix(hash, lock_mark(k, wanted)), site_of(k, node)) | 1;
}

static uint64_t cycle_mark(const uint64_t *mark, uint32_t n)
{
    size_t first = rotation_least(mark, n);
    uint64_t hash = n;
    for (uint32_t i = 0; i < n; i++)
        hash = mix(hash, mark[(first + i) % n]);
    return hash;
}

static bool is_seen(const struct work *k, uint64_t mark, bool any)
{
    uint32_t at = (uint32_t)(mark >> 32) % SIDES_SEEN;
    while (k->seen[any][at] != 0 && k->seen[any][at] != mark)
        at = (at + 1) % SIDES_SEEN;
    return k->seen[any][at] == mark;
}

static void see(struct work *k, uint64_t mark, bool any)
{
    uint32_t at = (uint32_t)(mark >> 32) % SIDES_SEEN;
    if (is_seen(k, mark, any) || k->seen_count[any] > SIDES_SEEN / 2)
        return;
    while (k->seen[any][at] != 0)
        at = (at + 1) % SIDES_SEEN;
    k->seen[any][at] = mark;
    k->seen_count[any]++;
}

/* What is seen stays seen: asked again, it goes on where it stopped. */
static bool is_covered(void *context, uint32_t edge, uint32_t end, bool any)
{
    struct work *k = context;
    const struct order_graph *g = &k->graph;
    struct covered *c = &k->covered[any];
    if (edge == end)
        return true;
    if (c->edge != edge)
        *c = (struct covered){edge, g->edge[edge].first};
    for (; c->order < g->edge[end - 1].first + g->edge[end - 1].count; c->order++) {
        const struct order *o = &g->order[c->order];
        if (!is_seen(k, side_mark(k, g->lock[o->held], o->hold, g->lock[o->wanted], o->node), any))
            return false;
    }
    return true;
}

/* --- findings --- */

static bool room_for(struct work *k, uint32_t sides)
{
    while (k->sides_room - k->sides < sides) {
        uint32_t room = k->sides_room == 0 ? 256 : k->sides_room * 2;
        struct side *side = pages_more(&k->pages, k->side, room, sizeof *side);
        if (side != NULL)
            k->side = side;
        uint64_t *mark = pages_more(&k->pages, k->side_mark, room, sizeof *mark);
        if (mark != NULL)
            k->side_mark = mark;
        if (side == NULL || mark == NULL)
            return false;
        k->sides_room = room;
    }
    return k->count < FINDINGS_MOST;
}

static struct side side_of(const struct work *k, const struct way *w, uint32_t held, uint32_t times)
{
    const struct hold *h = record_hold(k->r, w->node);
    const struct epoch *e = record_item(k->r, TABLE_EPOCHS, w->epoch);
    struct side s = {.serial = w->serial, .held = held, .times = times};
    if (h == NULL || e == NULL)
        return s;
    const struct lock *l = record_lock(k->r, h->lock);
    s.thread = e->thread;
    s.path = h->parent;
    const struct thread *t = record_thread(k->r, e->thread); /* it may have been given a name since */
    bool named = t != NULL && t->serial == e->serial && t->name[0] != 0;
    memcpy(s.name, named ? t->name : e->name, sizeof s.name);
    s.want = (struct want){.address = h->address,
                           .site = record_site(k->r, h->stack),
                           .lock = h->lock,
                           .stack = h->stack,
                           .kind = l == NULL ? KIND_NONE : l->kind,
                           .path = h->parent};
    s.want.how = ((w->want & HOW_SHARED) != 0 ? WANT_SHARED : 0) | ((w->want & HOW_TIMED) != 0 ? WANT_TIMED : 0);
    return s;
}

/* How near a cycle comes to closing: all conditions met, or all but the last, and so on. */
static unsigned rank_of(uint32_t severity, enum finding_reason reason)
{
    static const unsigned rank[] = {
        [REASON_NONE] = 4, [REASON_GUARDED] = 1, [REASON_SINGLE_THREAD] = 0, [REASON_ORDERED] = 2, [REASON_TIMED] = 3};
    return severity == SEVERITY_WARNING ? rank[REASON_NONE] : rank[reason];
}

static uint32_t place_of(uint64_t alike, const struct feasible_verdict *v)
{
    return (uint32_t)(mix(alike, v->severity << 8 | v->reason) >> 32) % ALIKE;
}

static struct kept *find_alike(struct work *k, uint64_t alike, const struct feasible_verdict *v, uint32_t *place)
{
    for (*place = place_of(alike, v); k->place[*place] != 0; *place = (*place + 1) % ALIKE) {
        struct kept *f = &k->kept[k->place[*place] - 1];
        if (f->alike == alike && f->finding.severity == v->severity && f->finding.reason == v->reason)
            return f;
    }
    return NULL;
}

/* Whether all the sides of a cycle are like some of a finding. */
static bool is_part(const struct work *k, uint32_t sides, const struct kept *f)
{
    for (uint32_t i = 0; i < sides; i++) {
        bool has = false;
        for (uint32_t n = 0; n < f->finding.cycle && !has; n++)
            has = k->side_mark[f->first_side + n] == k->mark[i];
        if (!has)
            return false;
    }
    return true;
}

/* A longer cycle of the same sides, of other locks, tells nothing new. */
static struct kept *find_same_sides(struct work *k, uint32_t sides, const struct feasible_verdict *v)
{
    for (uint32_t i = 0; i < sides; i++)
        if (!is_seen(k, k->mark[i], v->severity == SEVERITY_NOTE))
            return NULL;
    for (uint32_t n = 0; n < k->count; n++) {
        struct kept *f = &k->kept[n];
        unsigned rank = rank_of(f->finding.severity, f->finding.reason);
        if (rank >= rank_of(v->severity, v->reason) && f->finding.cycle <= sides && is_part(k, sides, f))
            return f;
    }
    return NULL;
}

static bool add_finding(struct work *k, uint64_t alike, const struct feasible_verdict *v, uint32_t place)
{
    uint32_t cycle = k->choice.sides, sides = cycle + k->choice.writers;
    if (!room_for(k, sides))
        return k->complete = false;
    struct kept *f = &k->kept[k->count++];
    *f = (struct kept){.alike = alike, .first_side = k->sides};
    f->finding = (struct finding){.kind = FINDING_LOCK_ORDER,
                                  .severity = v->severity,
                                  .reason = v->reason,
                                  .sides = sides,
                                  .cycle = cycle,
                                  .count = 1,
                                  .gate_lock = v->gate_lock};
    for (uint32_t i = 0; i < cycle; i++) {
        k->side_mark[k->sides + i] = k->mark[i];
        see(k, k->mark[i], true);
        if (v->severity == SEVERITY_WARNING)
            see(k, k->mark[i], false);
    }
    k->sides += sides;
    k->place[place] = k->count;
    return true;
}

/* A cycle whose sides' marks are at hand; true when it became a finding, whose sides are to be filled in. */
static bool take_in(struct work *k, const struct feasible_verdict *v)
{
    uint32_t place, cycle = k->choice.sides;
    uint64_t alike = cycle_mark(k->mark, cycle);
    struct kept *f = find_alike(k, alike, v, &place);
    if (f == NULL)
        f = find_same_sides(k, cycle, v);
    if (f != NULL) {
        bool same = f->finding.severity == v->severity && f->finding.reason == v->reason;
        f->finding.count += same && f->finding.count < UINT32_MAX;
        return false;
    }
    return add_finding(k, alike, v, place);
}

static bool room_for_marks(struct work *k, uint32_t cycle)
{
    if (cycle <= k->marks_room)
        return true;
    uint64_t *mark = pages_more(&k->pages, k->mark, (size_t)cycle * 2, sizeof *mark);
    if (mark == NULL)
        return false;
    k->mark = mark;
    k->marks_room = cycle * 2;
    return true;
}

/* The cycle that was chosen; `again`: how often a lock was read again, in a cycle of one. */
static bool take_cycle(struct work *k, const struct feasible_verdict *v, uint32_t again)
{
    const struct feasible *c = &k->choice;
    if (!room_for_marks(k, c->sides))
        return k->complete = false;
    for (uint32_t i = 0; i < c->sides; i++) {
        const struct way *w = &c->way[c->side[i].pick], *before = &c->way[c->side[i > 0 ? i - 1 : c->sides - 1].pick];
        k->mark[i] = side_mark(k, before->lock, w->hold, w->lock, w->node);
    }
    if (!take_in(k, v))
        return k->complete;
    struct side *side = &k->side[k->sides - c->sides - c->writers];
    for (uint32_t i = 0; i < c->sides + c->writers; i++) {
        const struct feasible_side *s = &c->side[i];
        const struct hold *hold = record_hold(k->r, c->way[s->pick].hold);
        uint32_t times = i < c->sides ? again : 0;
        if (s->edge != UINT32_MAX)
            times = order_graph_times(&k->graph, &k->graph.edge[s->edge]);
        side[i] = side_of(k, &c->way[s->pick], hold == NULL ? 0 : hold->lock, times);
    }
    return true;
}

static bool found_cycle(void *context, const struct feasible_verdict *v)
{
    return take_cycle(context, v, 0);
}

static struct feasible_verdict judge_reread(struct work *k, const struct order *o)
{
    struct feasible_verdict v = {0, REASON_NONE, 0};
    if (feasible_push_reread(&k->choice, o) != 0)
        v = feasible_judge(&k->choice, true);
    return v;
}

/* Reading a lock again at all the places where that was done: which one comes nearest to closing a cycle. */
static bool find_reread(struct work *k, uint32_t first)
{
    struct feasible_verdict verdict = {0, REASON_NONE, 0};
    const struct order *all = k->graph.reread, *worst = NULL;
    uint64_t times = 0;
    for (uint32_t i = first; i < k->graph.again; i++) {
        const struct hold *h = record_hold(k->r, all[i].node);
        if (all[i].held != all[first].held || h == NULL)
            continue;
        struct feasible_verdict v = judge_reread(k, &all[i]);
        k->choice.sides = 0;
        times += h->count;
        if (v.severity == 0 ||
            (worst != NULL && rank_of(v.severity, v.reason) <= rank_of(verdict.severity, verdict.reason)))
            continue;
        verdict = v;
        worst = &all[i];
    }
    if (worst == NULL)
        return true;
    verdict = judge_reread(k, worst);
    bool more = take_cycle(k, &verdict, times > UINT32_MAX ? UINT32_MAX : (uint32_t)times);
    feasible_pop(&k->choice);
    return more;
}

/* Locks that are read again by who reads them; each lock once. */
static void find_rereads(struct work *k)
{
    bool more = true;
    for (uint32_t i = 0; i < k->graph.again && more; i++) {
        if (k->choice.steps > (k->w->hurried ? REREAD_WORK / 4 : REREAD_WORK)) {
            k->complete = false;
            return;
        }
        uint32_t earlier = 0;
        while (k->graph.reread[earlier].held != k->graph.reread[i].held)
            earlier++;
        more = earlier < i || find_reread(k, i);
    }
}

/* Whether a cycle like this one came nearer to closing. */
static bool is_outdone(struct work *k, const struct kept *f)
{
    static const enum finding_reason nearer[] = {REASON_NONE, REASON_TIMED, REASON_ORDERED, REASON_GUARDED};
    uint32_t place;
    for (unsigned i = 0; i < 4 && f->finding.severity == SEVERITY_NOTE && f->finding.reason != nearer[i]; i++) {
        const struct feasible_verdict v = {i == 0 ? SEVERITY_WARNING : SEVERITY_NOTE, nearer[i], 0};
        if (find_alike(k, f->alike, &v, &place) != NULL)
            return true;
    }
    return false;
}

/* The shortest first, and what can close before what cannot. */
static unsigned tell(struct work *k, orders_found *found, void *context)
{
    unsigned told = 0;
    for (uint32_t length = 1; length != 0;) {
        uint32_t next = 0;
        for (enum finding_severity severity = SEVERITY_WARNING; severity >= SEVERITY_NOTE; severity--)
            for (uint32_t n = 0; n < k->count; n++) {
                struct finding *f = &k->kept[n].finding;
                if (f->cycle > length && (next == 0 || f->cycle < next))
                    next = f->cycle;
                if (f->cycle != length || f->severity != severity || is_outdone(k, &k->kept[n]))
                    continue;
                f->side = &k->side[k->kept[n].first_side];
                told++;
                if (!found(context, f))
                    return told;
            }
        length = next;
    }
    return told;
}

static bool judge(struct work *k)
{
    if (!order_graph_build(&k->graph, k->r, k->w->hurried, &k->pages))
        return false;
    if (k->graph.components == 0 && k->graph.again == 0)
        return k->graph.complete;
    k->kept = pages_get(&k->pages, FINDINGS_MOST, sizeof *k->kept);
    k->locks = record_used(k->r, TABLE_LOCKS);
    k->likeness = pages_get(&k->pages, k->locks, sizeof *k->likeness);
    k->marks_room = 16;
    k->mark = pages_get(&k->pages, k->marks_room, sizeof *k->mark);
    if (k->kept == NULL || k->likeness == NULL || k->mark == NULL || !feasible_begin(&k->choice, &k->graph, &k->pages))
        return false;
    const struct cycles_world world = {.graph = &k->graph,
                                       .choice = &k->choice,
                                       .pages = &k->pages,
                                       .hurried = k->w->hurried,
                                       .no_notes = k->w->no_notes,
                                       .found = found_cycle,
                                       .covered = is_covered,
                                       .context = k};
    k->complete = true;
    find_rereads(k);
    return cycles_find(&world) && k->complete && k->graph.complete;
}

struct orders_result orders_judge(const struct orders_world *w, orders_found *found, void *context)
{
    struct pages pages = {0};
    struct orders_result result = {0, false};
    struct work *k = pages_get(&pages, 1, sizeof *k);
    if (k != NULL) {
        k->w = w;
        k->r = w->record;
        result.complete = judge(k);
        result.found = k->kept == NULL ? 0 : tell(k, found, context);
        pages_free(&k->pages);
    }
    pages_free(&pages);
    return result;
}
