#include "analyzer/joint_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *joint_record_key(const struct record *r, const struct lock *l)
{
    const char *key = l == NULL ? "" : record_text(r, l->shared_as);
    if (l == NULL || (l->traits & (TRAIT_SHARED | TRAIT_ENDED)) != TRAIT_SHARED || strcmp(key, SHARED_NOT) == 0)
        return NULL;
    return key[0] == 0 ? NULL : key;
}

/* A process whose record is written behind the others. */
struct joining {
    struct record_writer *to;
    const struct record *from;
    uint64_t moved;             /* added to its addresses */
    uint32_t base[TABLE_COUNT]; /* added to its ids */
    uint32_t serial;            /* added to its serials */
    uint32_t pid;
    uint32_t *lock; /* by id: the id of the lock */
};

/* --- the first process --- */

static bool copy_table(struct record_writer *w, const struct record *from, enum record_table_id t)
{
    uint32_t used = record_used(from, t), to;
    for (uint32_t id = 1, count; id < used; id += count) {
        count = record_consecutive(from, t, id);
        count = count > used - id ? used - id : count;
        void *item = count == 0 ? NULL : record_writer_add_items(w, t, count, &to);
        if (item == NULL || to != id)
            return false;
        memcpy(item, record_item(from, t, id), (size_t)count * record_item_size[t]);
    }
    return true;
}

static bool copy_first(struct record_writer *w, const struct record *from)
{
    struct record_table own[TABLE_COUNT];
    struct record_header *h = w->record.header;
    memcpy(own, h->tables, sizeof own);
    *h = *from->header;
    memcpy(h->tables, own, sizeof own);
    for (enum record_table_id t = 0; t < TABLE_COUNT; t++)
        if (!copy_table(w, from, t))
            return false;
    return true;
}

/* --- the others --- */

static uint32_t moved_id(const struct joining *j, enum record_table_id t, uint32_t id)
{
    return id == 0 || id >= record_used(j->from, t) ? 0 : id + j->base[t];
}

static uint32_t moved_lock(const struct joining *j, uint32_t id)
{
    return id == 0 || id >= record_used(j->from, TABLE_LOCKS) ? 0 : j->lock[id];
}

static uint32_t moved_serial(const struct joining *j, uint32_t serial)
{
    return serial == 0 ? 0 : serial + j->serial;
}

/* Not one that is made of a file's numbers, which is the same in all processes. */
static uint64_t moved_address(const struct joining *j, uint64_t address)
{
    return address <= HELD_RELEASED || address >> 48 != 0 ? address : address + j->moved;
}

static uint64_t lock_address(const struct joining *j, uint32_t id, uint64_t address)
{
    const struct lock *l = record_lock(&j->to->record, moved_lock(j, id));
    return l != NULL && l->address != 0 ? l->address : moved_address(j, address);
}

/* Of what is held by an address alone. */
static uint64_t held_address(const struct joining *j, uint64_t address)
{
    uint32_t used = record_used(j->from, TABLE_LOCKS);
    for (uint32_t id = 1; id < used; id++) {
        const struct lock *l = record_lock(j->from, id);
        if (l->address == address && joint_record_key(j->from, l) != NULL)
            return lock_address(j, id, address);
    }
    return moved_address(j, address);
}

static uint32_t moved_text(const struct joining *j, uint32_t id)
{
    const char *text = record_text(j->from, id);
    return text[0] == 0 ? 0 : record_add_text(&j->to->record, text, strlen(text));
}

static bool each_module(struct joining *j, const void *item, void *new)
{
    const struct module *m = item;
    struct module *to = new;
    *to = *m;
    to->start += j->moved;
    to->end += j->moved;
    to->bias += j->moved;
    to->path = moved_text(j, m->path);
    return true;
}

static bool each_stack(struct joining *j, const void *item, void *new)
{
    const struct stack *s = item;
    struct stack *to = new;
    uint32_t room = record_consecutive(j->from, TABLE_FRAMES, s->first), first;
    *to = (struct stack){.hash = s->hash};
    if (s->depth == 0 || s->depth > room)
        return true;
    uint64_t *frame = record_writer_add_items(j->to, TABLE_FRAMES, s->depth, &first);
    if (frame == NULL)
        return false;
    for (uint32_t i = 0; i < s->depth; i++)
        frame[i] = moved_address(j, ((const uint64_t *)record_item(j->from, TABLE_FRAMES, s->first))[i]);
    to->first = first;
    to->depth = s->depth;
    return true;
}

/* The lock of an earlier process with that key; 0: none. */
static uint32_t same_lock(const struct joining *j, const char *key, uint16_t kind)
{
    for (uint32_t id = 1; key != NULL && id <= j->base[TABLE_LOCKS]; id++) {
        const struct lock *l = record_lock(&j->to->record, id);
        const char *other = joint_record_key(&j->to->record, l);
        if (l->kind == kind && other != NULL && strcmp(other, key) == 0)
            return id;
    }
    return 0;
}

/* A file is known by its address, which is no address. */
static uint32_t same_file(const struct joining *j, const struct lock *like)
{
    for (uint32_t id = 1; like->kind == KIND_FILELOCK && id <= j->base[TABLE_LOCKS]; id++) {
        const struct lock *l = record_lock(&j->to->record, id);
        if (l->kind == like->kind && l->address == like->address)
            return id;
    }
    return 0;
}

static bool each_lock(struct joining *j, const void *item, void *new)
{
    const struct lock *l = item;
    struct lock *to = new;
    *to = *l;
    to->address = moved_address(j, l->address);
    to->site = moved_address(j, l->site);
    to->created = moved_id(j, TABLE_STACKS, l->created);
    to->first_wake = moved_id(j, TABLE_WAKES, l->first_wake);
    to->first_post = moved_id(j, TABLE_POSTS, l->first_post);
    to->name = moved_text(j, l->name);
    to->shared_as = moved_text(j, l->shared_as);
    to->chain = 0;
    if (l->kind == KIND_CONDITION)
        to->value = moved_lock(j, l->value);
    return true;
}

static bool each_post(struct joining *j, const void *item, void *new)
{
    const struct post *p = item;
    struct post *to = new;
    *to = *p;
    to->lock = moved_lock(j, p->lock);
    to->next = moved_id(j, TABLE_POSTS, p->next);
    to->thread = moved_id(j, TABLE_THREADS, p->thread);
    to->serial = moved_serial(j, p->serial);
    to->creator_id = moved_id(j, TABLE_THREADS, p->creator_id);
    to->creator = moved_serial(j, p->creator);
    to->routine = moved_address(j, p->routine);
    return true;
}

static bool each_wake(struct joining *j, const void *item, void *new)
{
    const struct wake *k = item;
    struct wake *to = new;
    *to = *k;
    to->lock = moved_lock(j, k->lock);
    to->next = moved_id(j, TABLE_WAKES, k->next);
    to->epoch = moved_id(j, TABLE_EPOCHS, k->epoch);
    to->path = moved_id(j, TABLE_HOLDS, k->path);
    to->stack = moved_id(j, TABLE_STACKS, k->stack);
    for (int i = 0; i < WAKE_HELD; i++)
        to->held[i].lock = moved_lock(j, k->held[i].lock);
    return true;
}

static bool each_hold(struct joining *j, const void *item, void *new)
{
    const struct hold *h = item;
    struct hold *to = new;
    *to = *h;
    to->address = lock_address(j, h->lock, h->address);
    to->parent = moved_id(j, TABLE_HOLDS, h->parent);
    to->lock = moved_lock(j, h->lock);
    to->stack = moved_id(j, TABLE_STACKS, h->stack);
    to->first_acquisition = moved_id(j, TABLE_ACQUISITIONS, h->first_acquisition);
    return true;
}

static bool each_acquisition(struct joining *j, const void *item, void *new)
{
    const struct acquisition *a = item;
    struct acquisition *to = new;
    to->epoch = moved_id(j, TABLE_EPOCHS, a->epoch);
    to->next = moved_id(j, TABLE_ACQUISITIONS, a->next);
    return true;
}

static bool each_epoch(struct joining *j, const void *item, void *new)
{
    const struct epoch *e = item;
    struct epoch *to = new;
    bool point = e->serial == 0;
    *to = *e;
    to->serial = moved_serial(j, e->serial);
    to->thread = moved_id(j, point ? TABLE_EPOCHS : TABLE_THREADS, e->thread);
    to->before = moved_id(j, TABLE_EPOCHS, e->before);
    to->joined[0] = moved_id(j, TABLE_EPOCHS, e->joined[0]);
    to->joined[1] = moved_id(j, TABLE_EPOCHS, e->joined[1]);
    to->routine = moved_address(j, e->routine);
    to->spanned_by = moved_lock(j, e->spanned_by);
    to->spanned_creator = moved_serial(j, e->spanned_creator);
    if (!point)
        snprintf(to->name, sizeof to->name, "process %u", j->pid);
    return true;
}

/* Where it was acquired is a stack, as its call has no room for what an address is moved by. */
static struct held_lock moved_held(struct joining *j, const struct held_lock *l)
{
    struct held_lock to = {.address = held_address(j, l->address), .frame = l->frame};
    uint64_t flags = l->call & ~HELD_SITE;
    uint32_t stack = 0, first;
    if (held_by_stack(l->call)) {
        stack = moved_id(j, TABLE_STACKS, (uint32_t)l->call);
    } else if ((l->call & HELD_SITE) != 0) {
        uint64_t *frame = record_writer_add(j->to, TABLE_FRAMES, &first);
        struct stack *s = frame == NULL ? NULL : record_writer_add(j->to, TABLE_STACKS, &stack);
        if (s != NULL) {
            *frame = (l->call & HELD_SITE) + j->moved;
            *s = (struct stack){.first = first, .depth = 1};
        }
    }
    to.call = flags | HELD_BY_STACK | stack;
    return to;
}

static struct want moved_want(struct joining *j, const struct want *want)
{
    struct want to = *want;
    to.lock = moved_lock(j, want->lock);
    to.address = lock_address(j, want->lock, want->address);
    to.site = moved_address(j, want->site);
    to.stack = moved_id(j, TABLE_STACKS, want->stack);
    to.cond_mutex = moved_lock(j, want->cond_mutex);
    to.path = moved_id(j, TABLE_HOLDS, want->path);
    if (want->kind == KIND_THREAD) {
        to.thread = moved_id(j, TABLE_THREADS, want->thread);
        to.thread_serial = moved_serial(j, want->thread_serial);
    }
    return to;
}

static bool each_thread(struct joining *j, const void *item, void *new)
{
    const struct thread *t = item;
    struct thread *to = new;
    *to = *t;
    to->path = moved_id(j, TABLE_HOLDS, t->path);
    to->serial = moved_serial(j, t->serial);
    to->more = to->more_held = 0;
    for (int i = 1; i < 1 + HELD_SLOTS + 2; i++)
        if (t->held[i].address != 0)
            to->held[i] = moved_held(j, &t->held[i]);
    to->want = moved_want(j, &t->want);
    to->handle = 0;
    to->routine = moved_address(j, t->routine);
    to->creator = moved_serial(j, t->creator);
    to->creator_id = moved_id(j, TABLE_THREADS, t->creator_id);
    to->created_at = moved_address(j, t->created_at);
    to->born = moved_id(j, TABLE_EPOCHS, t->born);
    to->epoch = moved_id(j, TABLE_EPOCHS, t->epoch);
    to->tid_chain = to->handle_chain = 0;
    snprintf(to->name, sizeof to->name, "process %u", j->pid);
    return true;
}

static bool add_table(struct joining *j, enum record_table_id t,
                      bool (*each)(struct joining *j, const void *item, void *new))
{
    uint32_t used = record_used(j->from, t), id;
    for (uint32_t i = 1; i < used; i++) {
        void *new = record_writer_add(j->to, t, &id);
        if (new == NULL || !each(j, record_item(j->from, t, i), new))
            return false;
    }
    return true;
}

/* Behind the newest of a list its older ones: the list of another process. */
static void append(struct joining *j, enum record_table_id t, _Atomic uint32_t *first, uint32_t more)
{
    uint32_t id = *first, steps = 0, used = record_used(&j->to->record, t);
    if (more == 0)
        return;
    if (id == 0) {
        *first = more;
        return;
    }
    for (uint32_t next; steps++ < used; id = next) {
        void *item = record_item(&j->to->record, t, id);
        uint32_t *link = t == TABLE_POSTS ? &((struct post *)item)->next : &((struct wake *)item)->next;
        next = *link;
        if (next == 0) {
            *link = more;
            return;
        }
    }
}

static void unite(struct joining *j, uint32_t id, uint32_t own)
{
    const uint32_t of_each = TRAIT_ENDED | TRAIT_PLACEHOLDER | TRAIT_DETACHED | TRAIT_PRUNED | TRAIT_PRUNED_ALONE;
    struct lock *to = record_lock(&j->to->record, id), *from = record_lock(&j->to->record, own);
    if ((to->traits & TRAIT_VALUE_KNOWN) == 0 && (from->traits & TRAIT_VALUE_KNOWN) != 0)
        to->value = from->value;
    to->traits |= from->traits & ~of_each;
    append(j, TABLE_POSTS, &to->first_post, from->first_post);
    append(j, TABLE_WAKES, &to->first_wake, from->first_wake);
    *from = (struct lock){.traits = TRAIT_ENDED};
}

/* Which lock each one is, before anything names them. */
static bool map_locks(struct joining *j)
{
    uint32_t used = record_used(j->from, TABLE_LOCKS);
    j->lock = calloc(used + 1, sizeof *j->lock);
    for (uint32_t id = 1; j->lock != NULL && id < used; id++) {
        const struct lock *l = record_lock(j->from, id);
        uint32_t same = same_lock(j, joint_record_key(j->from, l), l->kind);
        same = same != 0 ? same : same_file(j, l);
        j->lock[id] = same != 0 ? same : id + j->base[TABLE_LOCKS];
    }
    return j->lock != NULL;
}

static bool add_process(struct joining *j, struct joint_process *p)
{
    for (enum record_table_id t = 0; t < TABLE_COUNT; t++)
        j->base[t] = record_used(&j->to->record, t) - 1;
    p->first_thread = j->base[TABLE_THREADS] + 1;
    if (!map_locks(j) || !add_table(j, TABLE_MODULES, each_module) || !add_table(j, TABLE_STACKS, each_stack) ||
        !add_table(j, TABLE_LOCKS, each_lock) || !add_table(j, TABLE_POSTS, each_post) ||
        !add_table(j, TABLE_WAKES, each_wake) || !add_table(j, TABLE_HOLDS, each_hold) ||
        !add_table(j, TABLE_ACQUISITIONS, each_acquisition) || !add_table(j, TABLE_EPOCHS, each_epoch) ||
        !add_table(j, TABLE_THREADS, each_thread))
        return false;
    uint32_t locks = record_used(j->from, TABLE_LOCKS), threads = record_used(j->from, TABLE_THREADS);
    for (uint32_t id = 1; id < locks; id++)
        if (j->lock[id] <= j->base[TABLE_LOCKS])
            unite(j, j->lock[id], id + j->base[TABLE_LOCKS]);
    for (uint32_t id = 1; id < threads && p->gone; id++) {
        struct thread *t = record_thread(&j->to->record, id + j->base[TABLE_THREADS]);
        /* One that waited when its process ended does so still, as far as others are concerned. */
        if ((t->state == THREAD_RUNNING || t->state == THREAD_STARTING) && t->sequence % 2 == 0)
            t->state = THREAD_ENDED;
    }
    j->to->record.header->other_wakers |= j->from->header->other_wakers;
    return true;
}

static uint32_t greatest_serial(const struct record *r)
{
    uint32_t used = record_used(r, TABLE_THREADS), epochs = record_used(r, TABLE_EPOCHS), most = 0;
    for (uint32_t id = 1; id < used; id++)
        most = record_thread(r, id)->serial > most ? record_thread(r, id)->serial : most;
    for (uint32_t id = 1; id < epochs; id++) {
        const struct epoch *e = record_item(r, TABLE_EPOCHS, id);
        most = e->serial > most ? e->serial : most;
    }
    return most;
}

bool joint_record_write(struct record_writer *w, struct joint_process *process, unsigned count)
{
    bool good = record_writer_begin(w) && copy_first(w, process[0].record);
    process[0].first_thread = 1;
    for (unsigned i = 1; i < count && good; i++) {
        struct joining j = {.to = w,
                            .from = process[i].record,
                            .moved = (uint64_t)i << 48,
                            .serial = greatest_serial(&w->record),
                            .pid = process[i].record->header->pid};
        good = add_process(&j, &process[i]);
        free(j.lock);
    }
    return good && !w->failed;
}
