#include "tests/unit/forged.h"

#include "detect/held.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Segments are taken from one piece of memory, so that it is the file, too. */
static void *more(void *context, size_t size, uint64_t *offset)
{
    struct forged *f = context;
    if (f->room - f->size < size)
        return NULL;
    *offset = f->size;
    f->size += size;
    return f->memory + *offset;
}

void forged_begin(struct forged *f, size_t room)
{
    memset(f, 0, sizeof *f);
    f->memory = aligned_alloc(4096, room);
    if (f->memory == NULL)
        abort();
    memset(f->memory, 0, room);
    f->room = room;
    if (!record_begin(&f->record, (struct record_space){.more = more, .context = f}))
        abort();
    f->record.header->started = 1700000000ull * 1000000000;
    f->record.header->executable = forged_text(f, "/x/bin/app");
    f->record.header->arguments = forged_text(f, "./app");
    forged_text(f, "-v");
    f->record.header->argument_count = 2;
}

void forged_end(struct forged *f)
{
    free(f->memory);
}

/* A new item of a table, with what it says. */
static uint32_t add(struct forged *f, enum record_table_id t, const void *item)
{
    uint32_t id = record_reserve(&f->record, t, 1);
    if (id == 0)
        abort();
    record_commit(&f->record, t, id, 1);
    memcpy(record_item(&f->record, t, id), item, record_item_size[t]);
    return id;
}

uint32_t forged_text(struct forged *f, const char *text)
{
    return record_add_text(&f->record, text, strlen(text));
}

uint32_t forged_module(struct forged *f, const char *path, uint64_t start, uint64_t end)
{
    struct module m = {.start = start, .end = end, .bias = start, .path = forged_text(f, path)};
    return add(f, TABLE_MODULES, &m);
}

uint32_t forged_stack(struct forged *f, const uint64_t *frames, uint32_t depth)
{
    uint32_t first = record_reserve(&f->record, TABLE_FRAMES, depth);
    record_commit(&f->record, TABLE_FRAMES, first, depth);
    memcpy(record_item(&f->record, TABLE_FRAMES, first), frames, depth * sizeof *frames);
    struct stack s = {.first = first, .depth = depth};
    return add(f, TABLE_STACKS, &s);
}

uint32_t forged_lock(struct forged *f, uint16_t kind, uint64_t address, const char *name, uint32_t traits)
{
    struct lock l = {.kind = kind, .address = address, .traits = traits};
    l.name = name == NULL ? 0 : forged_text(f, name);
    return add(f, TABLE_LOCKS, &l);
}

uint32_t forged_thread(struct forged *f, const char *name)
{
    uint32_t serial = ++f->serials;
    struct thread t = {.state = THREAD_RUNNING, .serial = serial, .tid = 4000 + serial};
    memcpy(t.name, name, strnlen(name, sizeof t.name));
    return add(f, TABLE_THREADS, &t);
}

void forged_hold(struct forged *f, uint32_t thread, uint32_t lock, uint64_t site, uint32_t how)
{
    struct thread *t = record_thread(&f->record, thread);
    const struct hold *outer = record_hold(&f->record, t->path);
    const struct lock *l = record_lock(&f->record, lock);
    struct hold h = {.address = l->address, .parent = t->path, .lock = lock, .how = how & 0xff};
    h.stack = forged_stack(f, &site, 1);
    h.depth = outer == NULL ? 1 : (outer->depth + 1) & 0xffffff;
    t->path = add(f, TABLE_HOLDS, &h);
}

/* --- as the library writes it (preload/hold/hold.c, preload/hold/epoch.c) --- */

static struct forged_life *life_of(struct forged *f, uint32_t thread)
{
    if (thread >= FORGED_LIVES)
        abort();
    return &f->life[thread];
}

static uint32_t newest_epoch(struct forged *f, uint32_t thread)
{
    const struct thread *t = record_thread(&f->record, thread);
    return t->epoch != 0 ? t->epoch : t->born;
}

static uint32_t epoch_now(struct forged *f, uint32_t thread)
{
    struct forged_life *life = life_of(f, thread);
    struct thread *t = record_thread(&f->record, thread);
    if (life->epoch != 0)
        return life->epoch;
    struct epoch e = {.serial = t->serial, .thread = thread, .before = newest_epoch(f, thread), .tid = t->tid};
    e.phase = t->phase;
    memcpy(e.joined, life->joined, sizeof e.joined);
    memcpy(e.name, t->name, sizeof e.name);
    life->joined[0] = life->joined[1] = 0;
    life->epoch = add(f, TABLE_EPOCHS, &e);
    t->epoch = life->epoch;
    return life->epoch;
}

uint32_t forged_start(struct forged *f, uint32_t creator, const char *name)
{
    struct forged_life *life = life_of(f, creator);
    if (life->epoch == 0 && life->joined[0] != 0)
        epoch_now(f, creator);
    uint32_t born = newest_epoch(f, creator);
    uint32_t id = forged_thread(f, name);
    record_thread(&f->record, id)->born = born;
    struct thread *by = record_thread(&f->record, creator);
    record_thread(&f->record, id)->creator = by->serial;
    record_thread(&f->record, id)->phase = by->phase | PHASE_CREATED | (by->serial == 1 ? 0 : PHASE_OUTLIVES);
    by->phase += by->serial == 1 ? PHASE_STEP : 0;
    f->unjoined += by->serial == 1;
    life->epoch = 0;
    return id;
}

void forged_joined(struct forged *f, uint32_t thread, uint32_t target)
{
    struct forged_life *life = life_of(f, thread);
    if (life_of(f, target)->epoch == 0 && life_of(f, target)->joined[0] != 0)
        epoch_now(f, target);
    uint32_t last = newest_epoch(f, target), serial = record_thread(&f->record, thread)->serial;
    struct thread *by = record_thread(&f->record, thread);
    record_thread(&f->record, target)->state = THREAD_ENDED;
    if (serial == 1 && record_thread(&f->record, target)->creator == 1 && --f->unjoined == 0)
        by->phase = (by->phase / PHASE_ALL_JOINED + 1) * PHASE_ALL_JOINED;
    if (last == 0 || last == newest_epoch(f, thread) ||
        ((struct epoch *)record_item(&f->record, TABLE_EPOCHS, last))->serial == serial)
        return;
    life->epoch = 0;
    if (life->joined[1] != 0) {
        epoch_now(f, thread);
        life->epoch = 0;
    }
    life->joined[life->joined[0] != 0] = last;
}

/* The node below `parent`, which may be there. */
static uint32_t child_of(struct forged *f, uint32_t parent, uint32_t lock, uint64_t site, uint32_t how)
{
    const struct hold *outer = record_hold(&f->record, parent);
    uint32_t depth = outer == NULL ? 0 : outer->depth;
    for (uint32_t id = 1; id < record_used(&f->record, TABLE_HOLDS); id++) {
        const struct hold *h = record_hold(&f->record, id);
        if (h->parent == parent && h->lock == lock && h->how == how && record_site(&f->record, h->stack) == site)
            return id;
    }
    struct hold h = {.address = record_lock(&f->record, lock)->address, .parent = parent, .lock = lock};
    h.how = how & 0xff;
    h.depth = (depth + 1) & 0xffffff;
    h.stack = site == 0 ? 0 : forged_stack(f, &site, 1);
    return add(f, TABLE_HOLDS, &h);
}

static void note_acquisition(struct forged *f, uint32_t thread, uint32_t node)
{
    struct hold *h = record_hold(&f->record, node);
    uint32_t all = 0, own = 0;
    h->count++;
    const struct lock *l = record_lock(&f->record, h->lock);
    bool comes_first = (l->traits & TRAIT_PREFER_WRITER) != 0 && (h->how & HOW_SHARED) == 0;
    if ((h->parent == 0 && !comes_first) || (h->how & (HOW_TRIED | HOW_REBUILT)) != 0)
        return;
    for (uint32_t id = h->first_acquisition; id != 0; all++) {
        const struct acquisition *t = record_item(&f->record, TABLE_ACQUISITIONS, id);
        const struct epoch *e = record_item(&f->record, TABLE_EPOCHS, t->epoch);
        if (t->epoch == life_of(f, thread)->epoch)
            return;
        own += e->serial == record_thread(&f->record, thread)->serial;
        id = t->next;
    }
    if (all >= ACQUISITIONS_MOST || own >= ACQUISITIONS_THREAD) {
        f->full = true;
        return;
    }
    struct acquisition t = {epoch_now(f, thread), h->first_acquisition};
    h->first_acquisition = add(f, TABLE_ACQUISITIONS, &t);
}

static void set_path(struct forged *f, uint32_t thread, uint32_t path)
{
    struct thread *t = record_thread(&f->record, thread);
    t->path = path;
}

void forged_take(struct forged *f, uint32_t thread, uint32_t lock, uint64_t site, uint32_t how)
{
    set_path(f, thread, child_of(f, record_thread(&f->record, thread)->path, lock, site, how));
    note_acquisition(f, thread, record_thread(&f->record, thread)->path);
}

void forged_await(struct forged *f, uint32_t thread, uint32_t lock, uint64_t site, uint32_t how)
{
    note_acquisition(f, thread, child_of(f, record_thread(&f->record, thread)->path, lock, site, how | HOW_WAIT));
}

uint32_t forged_wake(struct forged *f, uint32_t thread, uint32_t lock, uint64_t site, uint32_t held, uint16_t how)
{
    struct lock *l = record_lock(&f->record, lock);
    uint32_t epoch = epoch_now(f, thread), id = l->first_wake;
    struct wake *at;
    while ((at = record_item(&f->record, TABLE_WAKES, id)) != NULL && at->epoch != epoch)
        id = at->next;
    if (at == NULL) {
        const struct wake w = {.lock = lock, .next = l->first_wake, .epoch = epoch};
        l->first_wake = id = add(f, TABLE_WAKES, &w);
        at = record_item(&f->record, TABLE_WAKES, id);
        at->path = record_thread(&f->record, thread)->path;
        at->stack = forged_stack(f, &site, 1);
    }
    at->times++;
    if (held != 0) {
        unsigned i = 0;
        while (at->held[i].lock != 0)
            i++;
        at->held[i].lock = held;
        at->held[i].generation = (uint16_t)record_lock(&f->record, held)->generation;
        at->held[i].how = how;
    }
    return id;
}

void forged_give(struct forged *f, uint32_t thread, uint32_t lock)
{
    enum { MOST = 64 };
    uint32_t path = record_thread(&f->record, thread)->path, node[MOST], count = 0, to = 0;
    uint64_t address = record_lock(&f->record, lock)->address;
    struct held_walk holding;
    bool left_out = false;
    if (record_hold(&f->record, path)->address == address) {
        set_path(f, thread, record_hold(&f->record, path)->parent);
        return;
    }
    held_begin(&holding, &f->record, path);
    for (const struct held *h; (h = held_next(&holding)) != NULL && count < MOST;)
        if (h->address == address && !left_out)
            left_out = true;
        else
            node[count++] = h->hold;
    while (count-- > 0) {
        const struct hold *h = record_hold(&f->record, node[count]);
        uint64_t site = record_site(&f->record, h->stack);
        to = h->parent == to ? node[count] : child_of(f, to, h->lock, site, h->how | HOW_REBUILT);
    }
    set_path(f, thread, to);
}

void forged_want(struct forged *f, uint32_t thread, uint32_t lock, uint64_t site, uint16_t how)
{
    struct thread *t = record_thread(&f->record, thread);
    const struct lock *l = record_lock(&f->record, lock);
    t->want = (struct want){.address = l->address, .site = site, .lock = lock, .kind = l->kind, .how = how};
    t->want.since = f->record.header->started + 1000000000;
    t->want.stack = forged_stack(f, &site, 1);
    t->sequence |= 1;
}

void forged_join(struct forged *f, uint32_t thread, uint32_t target, uint64_t site)
{
    struct thread *t = record_thread(&f->record, thread);
    t->want = (struct want){.site = site, .thread = target, .kind = KIND_THREAD};
    t->want.thread_serial = record_thread(&f->record, target)->serial;
    t->want.stack = forged_stack(f, &site, 1);
    t->sequence |= 1;
}

void forged_post(struct forged *f, uint32_t thread, uint32_t lock)
{
    struct lock *l = record_lock(&f->record, lock);
    struct post p = {.lock = lock, .thread = thread, .next = l->first_post};
    p.serial = record_thread(&f->record, thread)->serial;
    l->first_post = add(f, TABLE_POSTS, &p);
}

uint32_t forged_finding(struct forged *f, enum finding_confidence confidence, uint32_t cycle, uint32_t sides,
                        const uint32_t *thread, const uint32_t *held)
{
    uint32_t first = record_reserve(&f->record, TABLE_SIDES, sides);
    record_commit(&f->record, TABLE_SIDES, first, sides);
    struct side *side = record_item(&f->record, TABLE_SIDES, first);
    for (uint32_t i = 0; i < sides; i++) {
        const struct thread *t = record_thread(&f->record, thread[i]);
        side[i] = (struct side){.thread = thread[i], .serial = t->serial, .path = t->path, .held = held[i]};
        side[i].sequence = t->sequence;
        side[i].want = t->want;
        memcpy(side[i].name, t->name, sizeof side[i].name);
    }
    struct record_finding finding = {.kind = FINDING_DEADLOCK, .confidence = confidence};
    finding.severity = confidence == CONFIDENCE_CERTAIN ? SEVERITY_ERROR : SEVERITY_WARNING;
    finding.when = f->record.header->started + 2000000000;
    finding.first_side = first;
    finding.sides = sides;
    finding.cycle = cycle;
    return add(f, TABLE_FINDINGS, &finding);
}

uint32_t forged_philosophers(struct forged *f, uint32_t n)
{
    uint32_t fork[32] = {0}, seat[32] = {0};
    char name[24];
    uint32_t main_thread = forged_thread(f, "");
    for (uint32_t i = 0; i < n; i++) {
        snprintf(name, sizeof name, "forks[%u]", i);
        fork[i] = forged_lock(f, KIND_MUTEX, 0x7000 + 40 * i, name, 0);
    }
    for (uint32_t i = 0; i < n; i++) {
        snprintf(name, sizeof name, "phil-%u", i);
        seat[i] = forged_thread(f, name);
        forged_hold(f, seat[i], fork[i], 0x1100, 0);
        forged_want(f, seat[i], fork[(i + 1) % n], 0x1200, 0);
    }
    forged_join(f, main_thread, seat[0], 0x1300);
    return forged_finding(f, CONFIDENCE_CERTAIN, n, n, seat, fork);
}

uint32_t forged_consumer(struct forged *f)
{
    forged_thread(f, "");
    uint32_t consumer = forged_thread(f, "consumer"), producer = forged_thread(f, "producer");
    uint32_t mutex = forged_lock(f, KIND_MUTEX, 0x8000, "mutex", 0);
    uint32_t full = forged_lock(f, KIND_SEMAPHORE, 0x8100, "full", TRAIT_EVENT);
    forged_hold(f, consumer, mutex, 0x2100, 0);
    forged_want(f, consumer, full, 0x2200, 0);
    forged_want(f, producer, mutex, 0x2300, 0);
    forged_post(f, producer, full);
    forged_post(f, producer, full); /* twice, and recorded once */
    return forged_finding(f, CONFIDENCE_LIKELY, 2, 2, (uint32_t[]){consumer, producer}, (uint32_t[]){mutex, 0});
}

struct side forged_side(struct forged *f, uint32_t thread, uint32_t held, uint32_t want, uint64_t site, uint32_t times)
{
    const struct thread *t = record_thread(&f->record, thread);
    const struct lock *l = record_lock(&f->record, want);
    struct side side = {.thread = thread, .serial = t->serial, .path = t->path, .held = held, .times = times};
    side.want = (struct want){.address = l->address, .site = site, .lock = want, .kind = l->kind};
    side.want.stack = forged_stack(f, &site, 1);
    memcpy(side.name, t->name, sizeof side.name);
    return side;
}

uint32_t forged_store(struct forged *f, const struct finding *finding)
{
    uint32_t first = record_reserve(&f->record, TABLE_SIDES, finding->sides);
    record_commit(&f->record, TABLE_SIDES, first, finding->sides);
    memcpy(record_item(&f->record, TABLE_SIDES, first), finding->side, finding->sides * sizeof *finding->side);
    struct record_finding stored = {.when = f->record.header->started + 2000000000,
                                    .lasted = finding->lasted,
                                    .kind = finding->kind,
                                    .severity = finding->severity,
                                    .confidence = finding->confidence,
                                    .reason = finding->reason,
                                    .first_side = first,
                                    .sides = finding->sides,
                                    .cycle = finding->cycle,
                                    .behind = finding->behind,
                                    .count = finding->count};
    return add(f, TABLE_FINDINGS, &stored);
}
