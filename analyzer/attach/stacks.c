#include "analyzer/attach/stacks.h"

#include "record/path.h"

#include <string.h>

enum { FRAMES_MOST = 128, PYTHON_MOST = 32 };

/* Whether an address is in libc. */
static bool is_in_libc(struct modules *all, uint64_t address)
{
    const struct attached_module *m = modules_at(all, address);
    const char *name = m == NULL ? "" : path_base(m->path);
    return strncmp(name, "libc.so", 7) == 0 || strncmp(name, "libc-2", 6) == 0 || strncmp(name, "libpthread", 10) == 0;
}

/* Drops what is no address of any code: a guess where the frame of a function was not known. */
static unsigned drop_strays(struct modules *m, uint64_t *frame, unsigned all)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < all; i++) {
        const struct target_mapping *in = target_mapping(m->target, frame[i]);
        if (!m->target->runs || (in != NULL && in->executable))
            frame[kept++] = frame[i];
    }
    return kept;
}

/* Before the first frame of the interpreter's own behind the call. */
static unsigned put_in_python(uint64_t *frame, unsigned depth, const struct interpreter *python, uint32_t tid,
                              struct record *r)
{
    uint64_t text[PYTHON_MOST];
    unsigned count = depth == 0 || python == NULL ? 0 : interpreter_frames(python, tid, r, text, PYTHON_MOST), at = 1;
    while (count > 0 && at < depth && !interpreter_has(python, frame[at]))
        at++;
    if (count == 0)
        return depth;
    memmove(frame + at + count, frame + at, (depth - at) * sizeof *frame);
    memcpy(frame + at, text, count * sizeof *frame);
    return depth + count;
}

uint32_t stacks_keep(struct record_writer *w, const uint64_t *frame, unsigned depth)
{
    uint32_t first, id;
    uint64_t *to = depth == 0 ? NULL : record_writer_add_items(w, TABLE_FRAMES, depth, &first);
    struct stack *s = to == NULL ? NULL : record_writer_add(w, TABLE_STACKS, &id);
    if (s == NULL)
        return 0;
    memcpy(record_item(&w->record, TABLE_FRAMES, first), frame, depth * sizeof *frame);
    *s = (struct stack){.first = first, .depth = depth};
    return id;
}

/*
 * A record's stacks begin with the return address of the call that waits: what is inside of libc is left out, unless
 * there is nothing else. The program counter stands behind the instruction of the system call, like a return address.
 */
uint32_t stacks_add(struct record_writer *w, struct modules *m, struct unwinder *u, const struct interpreter *python,
                    const struct target_thread *t)
{
    uint64_t frame[FRAMES_MOST + PYTHON_MOST];
    unsigned all = drop_strays(m, frame, unwinder_stack(u, t, frame, FRAMES_MOST)), inside = 0;
    while (inside < all && is_in_libc(m, frame[inside]))
        inside++;
    inside = inside == all ? 0 : inside;
    unsigned depth = put_in_python(frame + inside, all - inside, python, t->tid, &w->record);
    return stacks_keep(w, frame + inside, depth);
}
