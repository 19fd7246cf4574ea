#include "analyzer/attach/filling.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static uint32_t member_thread(const struct filling *f, unsigned member, size_t thread)
{
    return f->family->member[member]->thread[thread].id;
}

static void add_members(struct filling *f)
{
    for (unsigned m = 1; m < f->family->members; m++) {
        struct target *t = f->family->member[m];
        for (size_t i = 0; i < t->threads; i++) {
            struct thread *to = record_writer_add(f->to, TABLE_THREADS, &t->thread[i].id);
            if (to == NULL)
                return;
            atomic_store(&to->state, THREAD_RUNNING);
            atomic_store(&to->tid, t->thread[i].kernel);
            to->serial = ++f->serial;
            snprintf(to->name, sizeof to->name, "process %u", t->pid);
        }
    }
}

/* Whoever has the other end open may read or write there, whichever of its threads it is. */
static void add_pipe(struct filling *f, const struct family_pipe *p, uint32_t lock)
{
    for (unsigned i = 0; i < p->opened; i++)
        for (size_t j = 0; j < f->family->member[p->open[i]]->threads; j++)
            filling_hold(f, member_thread(f, p->open[i], j), lock, 0);
}

static uint32_t pipe_lock(struct filling *f, const struct family_pipe *p)
{
    char name[40];
    int length = snprintf(name, sizeof name, "pipe:[%llu]", (unsigned long long)p->inode);
    const struct wait_words w = {.kind = KIND_PIPE, .address = 1ull << 62 | p->inode << 4 | (p->for_data ? 8 : 0)};
    uint32_t used = record_used(filling_record(f), TABLE_LOCKS), id = filling_lock(f, &w);
    if (id != 0 && id >= used) {
        record_lock(filling_record(f), id)->name = record_add_text(filling_record(f), name, (size_t)length);
        add_pipe(f, p, id);
    }
    return id;
}

/* A child that executes what its parent does has it at the same addresses. */
static bool is_alike(const struct target *a, const struct target *b)
{
    return a->executable != NULL && b->executable != NULL && strcmp(a->executable, b->executable) == 0 &&
           a->mapping[0].start == b->mapping[0].start;
}

static uint32_t add_stack_of(struct filling *f, struct target *member, const struct target_thread *of)
{
    if (!is_alike(f->target, member))
        return 0;
    f->modules->target = member;
    uint32_t id = stacks_add(f->to, f->modules, f->unwinder, NULL, of);
    f->modules->target = f->target;
    return id;
}

void filling_family(struct filling *f)
{
    add_members(f);
    for (size_t i = 0; i < f->family->waits && !f->to->failed; i++) {
        const struct family_wait *w = &f->family->wait[i];
        struct thread *t = record_thread(filling_record(f), member_thread(f, w->member, w->thread));
        if (t == NULL || t->sequence % 2 == 1)
            continue;
        t->want = (struct want){.path = t->path, .held = t->held_end};
        if (w->child >= 0) {
            const struct thread *child = record_thread(filling_record(f), member_thread(f, (unsigned)w->child, 0));
            if (child == NULL)
                continue; /* one that its record does not list */
            t->want.kind = KIND_THREAD;
            t->want.thread = member_thread(f, (unsigned)w->child, 0);
            t->want.thread_serial = child->serial;
        } else {
            const struct family_pipe *p = &f->family->pipe[w->pipe];
            t->want.kind = KIND_PIPE;
            t->want.lock = pipe_lock(f, p);
            t->want.address = t->want.lock == 0 ? 0 : record_lock(filling_record(f), t->want.lock)->address;
            t->want.how = p->for_data ? WANT_SHARED : 0;
        }
        if (w->member != 0) {
            struct target *member = f->family->member[w->member];
            t->want.stack = add_stack_of(f, member, &member->thread[w->thread]);
            t->want.site = record_site(filling_record(f), t->want.stack);
        }
        t->sequence |= 1;
    }
}
