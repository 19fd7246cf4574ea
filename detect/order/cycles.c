#include "detect/order/cycles.h"

enum {
    WORK_MOST = 300000000,    /* steps in all … */
    WORK_CLOSING = 100000000, /* … in a component, for cycles that can close … */
    WORK_OTHER = 20000000,    /* … and for those that cannot */
    HURRIED = 4,              /* a part of these, in a hurry */
    PART_WAITS = 4,           /* a part of these, for cycles with orders by way of a wait */
    WORK_CHECK = 4000000,     /* between looks at whether all there is has been found */
    NOTED_LONGEST = 64,       /* of more sides than there are threads, which is a note: longer ones are not searched */
    KEPT_MOST = 1 << 20,      /* cycles of three and more that are remembered */
    FAR = UINT32_MAX,
};

/* Marks of edges: one of two locks that are acquired in both orders, which can or cannot close. */
enum { PAIR_CLOSING = 1, PAIR_OTHER = 2 };

/* A cycle of three or more that was found. */
struct known_cycle {
    uint32_t first, length; /* in `member` */
    bool closing;
};

/* An entry in a vertex's list of cycles that it is on. */
struct membership {
    uint32_t cycle, next;
};

struct cycle_search {
    const struct cycles_world *w;
    struct order_graph *g;
    struct feasible *f;
    bool notes; /* what is searched: cycles that cannot close, too */
    bool enough, complete;
    uint64_t work, last_check;
    uint32_t part;      /* of the work that may be done */
    uint64_t most;      /* of it, in all */
    uint32_t edge, end; /* edges of the component */

    uint32_t *shortest; /* by vertex: cycles with it as their least are at least so long */
    uint32_t *distance; /* by vertex: edges to the root, plus 1; 0: not known */
    uint32_t *queue;    /* vertices whose distance is known */
    uint32_t queued;
    bool exhausted; /* there are no others */

    uint32_t *path, *at; /* vertices, and the next edge of each to try */
    uint8_t *on_path;

    struct known_cycle *known;
    uint32_t cycles, cycles_room;
    uint32_t *member;
    struct membership *membership; /* beside member[] */
    uint32_t members, members_room;
    uint32_t *list; /* by vertex: 1 + its newest membership */
};

static uint64_t work_of(const struct cycle_search *s)
{
    return s->work + feasible_work(s->f);
}

/* --- cycles that were found --- */

static bool has_room_for(struct cycle_search *s, uint32_t length)
{
    if (s->cycles == KEPT_MOST)
        return false;
    if (s->cycles == s->cycles_room) {
        uint32_t room = s->cycles_room == 0 ? 1024 : s->cycles_room * 2;
        struct known_cycle *cycle = pages_more(s->w->pages, s->known, room, sizeof *cycle);
        if (cycle == NULL)
            return false;
        s->known = cycle;
        s->cycles_room = room;
    }
    while (s->members_room - s->members < length) {
        uint32_t room = s->members_room == 0 ? 4096 : s->members_room * 2;
        uint32_t *member = pages_more(s->w->pages, s->member, room, sizeof *member);
        if (member != NULL)
            s->member = member;
        struct membership *more = pages_more(s->w->pages, s->membership, room, sizeof *more);
        if (more != NULL)
            s->membership = more;
        if (member == NULL || more == NULL)
            return false;
        s->members_room = room;
    }
    return true;
}

/* The path is a cycle. */
static void keep_cycle(struct cycle_search *s, uint32_t length, bool closing)
{
    if (!has_room_for(s, length)) {
        s->complete = false;
        return;
    }
    s->known[s->cycles] = (struct known_cycle){s->members, length, closing};
    for (uint32_t i = 0; i < length; i++) {
        uint32_t v = s->path[i];
        s->member[s->members] = v;
        s->membership[s->members] = (struct membership){s->cycles, s->list[v]};
        s->list[v] = ++s->members;
    }
    s->cycles++;
}

/* Whether the path, with one vertex more, contains a cycle that makes longer ones superfluous. */
static bool is_superfluous(struct cycle_search *s, uint32_t last, uint32_t vertex)
{
    const uint32_t pair = s->notes ? PAIR_CLOSING | PAIR_OTHER : PAIR_CLOSING;
    for (uint32_t i = 0; i <= last; i++) {
        uint32_t e = order_graph_edge(s->g, vertex, s->path[i]);
        if (e != UINT32_MAX && (s->g->edge[e].marks & pair) != 0)
            return true;
    }
    s->work += 2 * (uint64_t)last;
    for (uint32_t m = s->list[vertex]; m != 0; m = s->membership[m - 1].next) {
        const struct known_cycle *r = &s->known[s->membership[m - 1].cycle];
        uint32_t missing = s->notes || r->closing ? r->length : UINT32_MAX;
        for (uint32_t i = 0; i < r->length && missing != UINT32_MAX; i++)
            missing -= s->on_path[s->member[r->first + i]];
        s->work += 1 + r->length;
        if (missing == 1)
            return true;
    }
    return false;
}

/* --- the search --- */

/* Whether the search goes on; looks now and then whether there can be anything new. */
static bool goes_on(struct cycle_search *s, uint64_t most)
{
    uint64_t work = work_of(s);
    if (s->enough)
        return false;
    if (work < most && work - s->last_check < WORK_CHECK)
        return true;
    s->last_check = work;
    s->work += s->end - s->edge;
    if (s->w->covered(s->w->context, s->edge, s->end, s->notes))
        return false;
    if (work < most)
        return true;
    return s->complete = false;
}

/* The sides as a cycle; true when it is one that is searched. */
static bool judge_cycle(struct cycle_search *s, bool *closing)
{
    struct feasible_verdict v = feasible_judge(s->f, s->notes);
    *closing = v.severity == SEVERITY_WARNING;
    if (v.severity == 0)
        return false;
    s->enough = s->enough || !s->w->found(s->w->context, &v);
    return true;
}

/* Whether some of the edges have orders by way of a wait. */
static bool have_waits(struct cycle_search *s, uint32_t edge, uint32_t end)
{
    for (; edge < end; edge++)
        for (uint32_t o = s->g->edge[edge].first; o < s->g->edge[edge].first + s->g->edge[edge].count; o++) {
            s->work++;
            if (s->g->order[o].via != 0)
                return true;
        }
    return false;
}

/* Two locks that are acquired in both orders. Those that can close and those that cannot are found at once. */
static void find_pairs(struct cycle_search *s)
{
    bool closing;
    for (uint32_t e = 0; e < s->g->edges && !s->enough; e++) {
        struct order_edge *edge = &s->g->edge[e];
        uint32_t back = edge->from < edge->to ? order_graph_edge(s->g, edge->to, edge->from) : UINT32_MAX;
        s->work += 2;
        if (back == UINT32_MAX || (s->f->waits && ((edge->marks & PAIR_CLOSING) != 0 ||
                                                   (!have_waits(s, e, e + 1) && !have_waits(s, back, back + 1)))))
            continue;
        s->notes = !s->f->waits || edge->marks == 0;
        if (work_of(s) > s->most) {
            s->complete = false;
            break;
        }
        if (feasible_push(s->f, e) == 0)
            continue;
        if (feasible_push(s->f, back) != 0) {
            if (judge_cycle(s, &closing))
                edge->marks = s->g->edge[back].marks = closing ? PAIR_CLOSING : PAIR_OTHER;
            feasible_pop(s->f);
        }
        feasible_pop(s->f);
    }
}

/* How far vertices behind the root are from it, as far as `most` edges. */
static void measure_distances(struct cycle_search *s, uint32_t root, uint32_t most)
{
    uint32_t head = 0;
    s->queue[s->queued++] = root;
    s->distance[root] = 1;
    s->exhausted = true;
    for (; head < s->queued; head++) {
        uint32_t v = s->queue[head], d = s->distance[v];
        if (d > most) {
            s->exhausted = false;
            break;
        }
        for (uint32_t i = s->g->in[v]; i < s->g->in[v + 1]; i++) {
            uint32_t from = s->g->edge[s->g->into[i]].from;
            if (from <= root || s->distance[from] != 0)
                continue;
            s->distance[from] = d + 1;
            s->queue[s->queued++] = from;
        }
        s->work += 1 + s->g->in[v + 1] - s->g->in[v];
    }
}

static void forget_distances(struct cycle_search *s)
{
    while (s->queued > 0)
        s->distance[s->queue[--s->queued]] = 0;
}

/* Follow edge e, the one after `last` others; false: nothing that is searched can come of that. */
static bool follow_edge(struct cycle_search *s, uint32_t last, uint32_t e)
{
    if (feasible_push(s->f, e) == 0)
        return false;
    for (uint32_t i = 0; i < last && !s->notes; i++)
        if (!feasible_fits(s->f, i, i + 1 == last)) {
            feasible_pop(s->f);
            return false;
        }
    return true;
}

/* What edge e, the `last` one after the root, leads to: on, back to the root, or nowhere. */
enum step { STEP_NONE, STEP_ON, STEP_CLOSES };

static enum step choose_step(struct cycle_search *s, uint32_t last, uint32_t e, uint32_t length, uint32_t *next)
{
    uint32_t root = s->path[0], to = s->g->edge[e].to, d = s->distance[to], left = length - last - 1;
    if (to == root)
        return left == 0 ? STEP_CLOSES : STEP_NONE;
    if (to < root || s->on_path[to])
        return STEP_NONE;
    if (d != 0 ? d - 1 > left : last > 0 || s->exhausted) {
        uint32_t longer = d != 0 ? last + d : s->exhausted ? FAR : length + 1;
        if (longer > length && longer < *next)
            *next = longer;
        return STEP_NONE;
    }
    if (left == 0 || is_superfluous(s, last, to))
        return STEP_NONE;
    return STEP_ON;
}

/* All cycles of this length whose least vertex is `root`; the least length that longer ones may have. */
static uint32_t search_from(struct cycle_search *s, uint32_t root, uint32_t length, uint64_t most)
{
    uint32_t last = 0, next = FAR;
    bool closing;
    s->path[0] = root;
    s->at[0] = s->g->out[root];
    s->on_path[root] = 1;
    for (;;) {
        uint32_t v = s->path[last];
        if (s->at[last] == s->g->out[v + 1] || !goes_on(s, most)) {
            s->on_path[v] = 0;
            if (last-- == 0)
                break;
            feasible_pop(s->f);
            continue;
        }
        uint32_t e = s->at[last]++;
        s->work++;
        enum step step = choose_step(s, last, e, length, &next);
        if (step == STEP_NONE || !follow_edge(s, last, e))
            continue;
        if (step == STEP_CLOSES) {
            if (judge_cycle(s, &closing))
                keep_cycle(s, length, closing);
            feasible_pop(s->f);
            continue;
        }
        s->path[++last] = s->g->edge[e].to;
        s->at[last] = s->g->out[s->path[last]];
        s->on_path[s->path[last]] = 1;
    }
    return next;
}

/* The cycles of three and more in a component, up to a length; the shortest ones first. */
static void search_component(struct cycle_search *s, uint32_t first, uint32_t end, uint32_t longest, uint64_t most)
{
    uint32_t length = 3;
    for (uint32_t v = first; v < end; v++)
        s->shortest[v] = 3;
    while (length <= longest && length <= end - first) {
        uint32_t next = FAR;
        for (uint32_t v = first; v < end; v++) {
            if (s->shortest[v] == length) {
                measure_distances(s, v, length - 2);
                s->shortest[v] = search_from(s, v, length, most);
                forget_distances(s);
            }
            if (!goes_on(s, most))
                return;
            next = s->shortest[v] < next ? s->shortest[v] : next;
        }
        s->work += end - first;
        length = next;
    }
}

static bool get_memory(struct cycle_search *s)
{
    struct pages *p = s->w->pages;
    size_t vertices = s->g->vertices;
    s->shortest = pages_get(p, vertices, sizeof *s->shortest);
    s->distance = pages_get(p, vertices, sizeof *s->distance);
    s->queue = pages_get(p, vertices, sizeof *s->queue);
    s->path = pages_get(p, vertices, sizeof *s->path);
    s->at = pages_get(p, vertices, sizeof *s->at);
    s->on_path = pages_get(p, vertices, 1);
    s->list = pages_get(p, vertices, sizeof *s->list);
    return s->shortest != NULL && s->distance != NULL && s->queue != NULL && s->path != NULL && s->at != NULL &&
           s->on_path != NULL && s->list != NULL;
}

/* In every component, for what can close or for the rest. */
static void search_all(struct cycle_search *s, bool notes)
{
    const struct order_graph *g = s->g;
    const uint64_t here = (notes ? WORK_OTHER : WORK_CLOSING) / s->part;
    s->notes = notes;
    for (uint32_t i = 0; i < g->components && !s->enough; i++) {
        uint32_t first = g->component[i], end = g->component[i + 1];
        uint64_t most = work_of(s) + here;
        if (end - first < 3 || (s->f->waits && !have_waits(s, g->out[first], g->out[end])))
            continue;
        s->edge = g->out[first];
        s->end = g->out[end];
        s->last_check = work_of(s);
        if (s->end - s->edge > 4096 && s->w->covered(s->w->context, s->edge, s->end, notes))
            continue;
        uint32_t longest = feasible_threads(s->f, s->edge, s->end);
        if (notes && longest < NOTED_LONGEST)
            longest = NOTED_LONGEST;
        search_component(s, first, end, longest, most < s->most ? most : s->most);
    }
}

/* Orders by way of a wait come last, so that they neither hide a cycle without them nor are reported beside it. */
bool cycles_find(const struct cycles_world *w)
{
    struct cycle_search s = {
        .w = w, .g = w->graph, .f = w->feasible, .part = w->hurried ? HURRIED : 1, .complete = true};
    if (!get_memory(&s))
        return false;
    s.most = WORK_MOST / s.part;
    find_pairs(&s);
    search_all(&s, false);
    if (!w->no_notes)
        search_all(&s, true);
    if (s.g->waits->orders > 0) {
        feasible_turn_to_waits(s.f);
        s.part *= PART_WAITS;
        s.most = work_of(&s) + WORK_MOST / s.part;
        find_pairs(&s);
        search_all(&s, false);
    }
    return s.complete && feasible_is_complete(s.f);
}
