#include "analyzer/attach/interpreter.h"

#include "analyzer/attach/exported.h"

#include <string.h>

static bool read_target(void *context, uint64_t address, void *to, size_t size)
{
    return target_read(context, address, to, size);
}

static bool take(struct interpreter *i, const struct attached_module *m)
{
    uint64_t at = exported(i->target, m, "Py_Version");
    unsigned long version;
    if (at == 0 || !target_read(i->target, at, &version, sizeof version))
        return false;
    i->memory = (struct python_memory){.read = read_target,
                                       .context = i->target,
                                       .layout = &i->layout,
                                       .code_type = exported(i->target, m, "PyCode_Type"),
                                       .text_type = exported(i->target, m, "PyUnicode_Type"),
                                       .bytes_type = exported(i->target, m, "PyBytes_Type")};
    i->runtime = exported(i->target, m, "_PyRuntime");
    return i->memory.code_type != 0 && i->memory.text_type != 0 && i->memory.bytes_type != 0 && i->runtime != 0 &&
           python_layout_read(&i->layout, version, read_target, i->target, i->runtime);
}

void interpreter_find(struct interpreter *i, struct modules *m)
{
    *i = (struct interpreter){.target = m->target};
    for (size_t n = 0; n < m->count && i->module == NULL; n++)
        if (take(i, &m->item[n]))
            i->module = &m->item[n];
}

bool interpreter_has(const struct interpreter *i, uint64_t address)
{
    return i->module != NULL && address >= i->module->start && address < i->module->end;
}

static uint64_t word(const struct interpreter *i, uint64_t address)
{
    uint64_t w;
    return target_read(i->target, address, &w, sizeof w) ? w : 0;
}

bool interpreter_threads(const struct interpreter *i, interpreter_thread *each, void *context)
{
    enum { THREADS_MOST = 100000 };
    if (i->module == NULL)
        return false;
    const struct python_layout *l = i->memory.layout;
    uint64_t main = word(i, i->runtime + l->runtime_main), state = main == 0 ? 0 : word(i, main + l->main_threads);
    for (unsigned n = 0; state != 0 && n < THREADS_MOST; n++, state = word(i, state + l->thread_next))
        if (each(context, state, target_pthread(i->target, word(i, state + l->thread_handle))))
            return true;
    return false;
}

struct sought_thread {
    uint32_t tid;
    uint64_t state;
};

static bool is_sought(void *context, uint64_t state, uint32_t tid)
{
    struct sought_thread *sought = context;
    sought->state = state;
    return tid == sought->tid;
}

/* Its PyThreadState; 0: it has none. */
static uint64_t state_of(const struct interpreter *i, uint32_t tid)
{
    struct sought_thread sought = {.tid = tid};
    return interpreter_threads(i, is_sought, &sought) ? sought.state : 0;
}

unsigned interpreter_outward(const struct interpreter *i, struct python_frame f, struct record *r, uint64_t *to,
                             unsigned room)
{
    enum { STEPS_MOST = 1000 };
    char text[PYTHON_TEXT];
    unsigned count = 0;
    for (unsigned n = 0; count < room && n < STEPS_MOST; n++) {
        uint32_t id = python_frame_text(&i->memory, &f, text) ? record_add_text(r, text, strlen(text)) : 0;
        if (id != 0)
            to[count++] = FRAME_TEXT | id;
        if (f.previous == 0 || !python_frame_read(&i->memory, f.previous, &f))
            break;
    }
    return count;
}

unsigned interpreter_frames(const struct interpreter *i, uint32_t tid, struct record *r, uint64_t *to, unsigned room)
{
    struct python_frame f;
    uint64_t state = state_of(i, tid), frame = state == 0 ? 0 : python_top(&i->memory, state);
    return frame != 0 && python_frame_read(&i->memory, frame, &f) ? interpreter_outward(i, f, r, to, room) : 0;
}

/* --- its lock --- */

uint64_t interpreter_gil(const struct interpreter *i)
{
    return i->module == NULL ? 0 : python_gil(&i->memory, i->runtime);
}

uint64_t interpreter_gil_condition(const struct interpreter *i)
{
    uint64_t gil = interpreter_gil(i);
    return gil == 0 ? 0 : gil + i->memory.layout->gil_condition;
}

uint32_t interpreter_gil_owner(const struct interpreter *i)
{
    uint32_t locked;
    uint64_t gil = interpreter_gil(i);
    if (gil == 0 || !target_read(i->target, gil + i->memory.layout->gil_locked, &locked, sizeof locked) || locked != 1)
        return 0;
    uint64_t state = word(i, gil + i->memory.layout->gil_holder);
    return state == 0 ? 0 : target_pthread(i->target, word(i, state + i->memory.layout->thread_handle));
}
