#include "analyzer/attach/python_locks.h"

#include "analyzer/attach/python_blocks.h"
#include "analyzer/attach/python_variables.h"
#include "analyzer/python_acquired.h"
#include "analyzer/source.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What has the same place in CPython 3.11 to 3.14, in bytes. */
enum {
    OBJECT_TYPE = 8,
    TYPE_SIZE = 32,
    FUNCTION_METHOD = 16, /* PyCFunctionObject: m_ml, whose first word is its name; m_self */
    FUNCTION_SELF = 24,
    METHOD_FUNCTION = 16, /* PyMethodObject: im_func, im_self; PyFunctionObject: func_name */
    METHOD_SELF = 24,
    FUNCTION_NAME = 32,
    UNBOUND_METHOD = 40, /* PyMethodDescrObject: d_method, whose first word is its name */
    LOCK_SEMAPHORE = 16, /* lockobject and rlockobject: lock_lock; rlock_owner, rlock_count; locked */
    BYTE_SIZE = 24,      /* of a lock that is a byte of its object */
    RLOCK_OWNER = 24,
    RLOCK_COUNT = 32,
    LOCK_LOCKED = 32,
};

enum {
    LOCKS_MOST = 4096,
    DICTS_MOST = 512,
    OWN_MOST = 512,
    FRAMES_MOST = 1000, /* of a thread */
    VALUES_MOST = 1024,
    BEFORE_WITH = 53, /* the instruction that opens a block */
    BEFORE_WITH_3_13 = 2,
    LOAD_SPECIAL = 95, /* since 3.14: it fetches __enter__, which the next one calls; that takes four places */
    CALL_SIZE = 4,
};

/* A frame of the program's code. */
struct own_frame {
    struct python_frame frame;
    uint64_t address;
};

struct search {
    struct python_objects objects;
    struct python_locks *all;
    struct sources *sources;
    uint64_t dict[DICTS_MOST]; /* of global variables */
    size_t dicts;
    struct own_frame own[OWN_MOST];
    size_t owns;
    size_t unnamed; /* of the locks that frames have */
};

static bool is_lock(enum python_kind kind)
{
    return kind == PYTHON_LOCK || kind == PYTHON_RLOCK;
}

/* NULL: there is no room. */
static struct python_lock *lock_at(struct search *s, uint64_t object, enum python_kind kind)
{
    struct python_locks *all = s->all;
    for (size_t i = 0; i < all->count; i++)
        if (all->lock[i].object == object)
            return &all->lock[i];
    if (all->count == LOCKS_MOST)
        return NULL;
    struct python_lock *lock = &all->lock[all->count++];
    const bool byte = s->objects.python->layout.version >= 0x030e ||
                      python_word(&s->objects, python_word(&s->objects, object + OBJECT_TYPE) + TYPE_SIZE) == BYTE_SIZE;
    *lock = (struct python_lock){.object = object,
                                 .semaphore =
                                     byte ? object + LOCK_SEMAPHORE : python_word(&s->objects, object + LOCK_SEMAPHORE),
                                 .recursive = kind == PYTHON_RLOCK,
                                 .byte = byte};
    if (kind == PYTHON_RLOCK && (byte || python_word(&s->objects, object + RLOCK_COUNT) != 0))
        lock->owner = target_pthread(s->objects.target, python_word(&s->objects, object + RLOCK_OWNER));
    return lock;
}

/* The lock that an object is, or a Condition has; NULL: none. */
static struct python_lock *lock_within(struct search *s, uint64_t object)
{
    enum python_kind kind = python_kind(&s->objects, object);
    if (kind == PYTHON_INSTANCE && python_is_a(&s->objects, object, "Condition")) {
        object = python_look_up(&s->objects, object, "_lock");
        kind = python_kind(&s->objects, object);
    }
    return is_lock(kind) ? lock_at(s, object, kind) : NULL;
}

/* Whether a function of C, whose definition is at `at`, or one of Python's, is an __exit__. */
static bool defines_exit(struct search *s, uint64_t at)
{
    return python_is_text(&s->objects, python_word(&s->objects, python_word(&s->objects, at)), "__exit__");
}

static bool is_exit(struct search *s, uint64_t function)
{
    char name[32];
    return python_text(&s->objects.python->memory, python_word(&s->objects, function + FUNCTION_NAME), name,
                       sizeof name) &&
           strcmp(name, "__exit__") == 0;
}

/*
 * The lock that a value is, or whose method it is; NULL: none. `leaves`: that is its __exit__, which since 3.14 is the
 * value before that lock.
 */
static struct python_lock *lock_of(struct search *s, uint64_t value, uint64_t before, bool *leaves)
{
    struct python_objects *o = &s->objects;
    *leaves = false;
    if (python_kind(o, value) == PYTHON_FUNCTION) {
        *leaves = defines_exit(s, value + FUNCTION_METHOD);
        value = python_word(o, value + FUNCTION_SELF);
    } else if (python_kind(o, value) == PYTHON_METHOD) {
        *leaves = is_exit(s, python_word(o, value + METHOD_FUNCTION));
        value = python_word(o, value + METHOD_SELF);
    } else if (python_kind(o, before) == PYTHON_UNBOUND) {
        *leaves = defines_exit(s, before + UNBOUND_METHOD);
    } else if (python_kind(o, before) == PYTHON_CODE) {
        *leaves = is_exit(s, before);
    }
    return lock_within(s, value);
}

/* --- frames --- */

static void note_dict(struct search *s, uint64_t dict)
{
    size_t i = 0;
    while (i < s->dicts && s->dict[i] != dict)
        i++;
    if (dict != 0 && i == s->dicts && i < DICTS_MOST)
        s->dict[s->dicts++] = dict;
}

/* Where it stands that opens the block whose __exit__ is that value; the code is 0 if that cannot be said. */
static struct python_frame opened_at(struct search *s, const struct python_blocks *b, const struct python_frame *f,
                                     unsigned value)
{
    const struct python_layout *l = s->objects.python->memory.layout;
    const int instruction = python_blocks_opened(b, value);
    struct python_frame at = {.code = f->code, .previous = f->previous};
    const bool called = l->version >= 0x030e;
    const int due = called ? LOAD_SPECIAL : l->version == 0x030d ? BEFORE_WITH_3_13 : BEFORE_WITH;
    unsigned char operation;
    at.at = f->code + l->code_bytes + 2 * (uint64_t)instruction;
    if (instruction < 0 || !target_read(s->objects.target, at.at - (called ? 2 * CALL_SIZE : 0), &operation, 1) ||
        operation != due)
        at.code = 0;
    return at;
}

static void hold(struct python_lock *lock, uint32_t tid, struct python_frame at)
{
    if (!lock->recursive) {
        lock->disputed |= lock->owner != 0 && lock->owner != tid;
        lock->owner = tid;
    }
    if (lock->owner == tid)
        lock->acquired = at; /* further out than what was seen of it before */
}

/* `holds`: no further frame releases locks for a while. */
static void read_values(struct search *s, const struct python_frame *f, uint64_t frame, uint32_t tid, bool holds)
{
    uint64_t value[VALUES_MOST];
    struct python_blocks blocks;
    const struct python_layout *l = s->objects.python->memory.layout;
    const bool early = l->version == 0x030b;
    const unsigned locals = python_number(&s->objects, f->code + (early ? 76 : 72)),
                   stack = python_number(&s->objects, f->code + (early ? 68 : 64));
    python_blocks_read(&blocks, &s->objects.python->memory, f);
    unsigned used = python_blocks_values(&blocks), all = locals + stack;
    if (locals > VALUES_MOST || stack > VALUES_MOST || all > VALUES_MOST || used > stack)
        return;
    if (!target_read(s->objects.target, frame + l->frame_values, value, all * sizeof *value)) {
        all = locals + used; /* what lies behind that may be beyond the memory of its thread */
        if (!target_read(s->objects.target, frame + l->frame_values, value, all * sizeof *value))
            return;
    }
    for (unsigned i = all; i-- > 0;) { /* what was acquired first, last */
        bool leaves;
        const uint64_t before = i > locals ? python_reference(value[i - 1]) : 0;
        struct python_lock *lock = lock_of(s, python_reference(value[i]), before, &leaves);
        if (lock != NULL && leaves && holds && i >= locals && i < locals + used)
            hold(lock, tid, opened_at(s, &blocks, f, i - locals));
    }
    note_dict(s, python_globals(&s->objects, frame));
}

/* What a frame is, of its text. */
struct place {
    unsigned line;
    const char *function, *file; /* within the text */
};

static bool read_place(struct search *s, const struct python_frame *f, char text[PYTHON_TEXT], struct place *to)
{
    char *rest = text;
    if (!python_frame_text(&s->objects.python->memory, f, text))
        return false;
    to->line = (unsigned)strtoul(strsep(&rest, " "), NULL, 10);
    to->function = strsep(&rest, " ");
    to->file = rest;
    return rest != NULL;
}

static bool is_condition_wait(const struct place *p)
{
    static const char file[] = "/threading.py";
    const size_t size = strlen(p->file);
    return strcmp(p->function, "Condition.wait") == 0 && size >= sizeof file &&
           strcmp(p->file + size - (sizeof file - 1), file) == 0;
}

/* Of none of Python's own modules. */
static bool is_own(const struct place *p)
{
    return strncmp(p->file, "<frozen ", 8) != 0 &&
           (strstr(p->file, "/lib/python3") == NULL || strstr(p->file, "-packages/") != NULL);
}

/* What it has acquired by calls of acquire(). */
static void read_calls(struct search *s, const struct python_frame *f, uint64_t frame, const struct place *p,
                       uint32_t tid)
{
    struct python_acquired a = {.count = 0};
    char path[PATH_MAX];
    size_t size = 0;
    const struct target *t = s->objects.target;
    const char *text = NULL;
    if (t->runs && snprintf(path, sizeof path, "/proc/%u/root%s", t->pid, p->file) < (int)sizeof path)
        text = sources_text_since(s->sources, NULL, path, t->started, &size);
    if (text == NULL)
        text = sources_text_since(s->sources, NULL, p->file, t->started, &size);
    if (text == NULL || p->line == 0)
        return;
    const unsigned first = python_number(&s->objects, f->code + s->objects.python->memory.layout->code_first_line);
    python_source_acquired(text, size, strcmp(p->function, "<module>") == 0 ? 0 : first, p->line, &a);
    for (unsigned i = a.count; i-- > 0;) {
        struct python_lock *lock = lock_within(s, python_resolve(&s->objects, f, frame, a.item[i].lock));
        if (lock == NULL)
            continue;
        lock->called = true;
        hold(lock, tid, (struct python_frame){.code = f->code, .previous = f->previous, .line = a.item[i].line});
    }
}

static bool read_thread(void *context, uint64_t state, uint32_t tid)
{
    struct search *s = context;
    struct python_frame f;
    struct place place;
    char text[PYTHON_TEXT];
    bool holds = true;
    uint64_t frame = python_top(&s->objects.python->memory, state);
    for (unsigned n = 0; frame != 0 && n < FRAMES_MOST; n++, frame = f.previous) {
        if (!python_frame_read(&s->objects.python->memory, frame, &f))
            break;
        if (f.code == 0 || python_word(&s->objects, f.code + OBJECT_TYPE) != s->objects.python->memory.code_type)
            continue;
        const bool known = read_place(s, &f, text, &place), own = known && is_own(&place);
        holds &= !known || !is_condition_wait(&place);
        read_values(s, &f, frame, tid, holds);
        if (own && holds)
            read_calls(s, &f, frame, &place, tid);
        if (own && s->owns < OWN_MOST)
            s->own[s->owns++] = (struct own_frame){f, frame};
    }
    return false;
}

/* --- names --- */

static bool name(void *context, uint64_t object, const char *path)
{
    struct search *s = context;
    const size_t known = s->all->count;
    struct python_lock *lock = lock_at(s, object, python_kind(&s->objects, object));
    if (lock != NULL && lock->name[0] == 0) {
        snprintf(lock->name, sizeof lock->name, "%s", path);
        s->unnamed -= s->all->count == known && s->unnamed > 0;
    }
    return s->unnamed != 0;
}

static bool name_by_local(void *context, const struct python_local *local)
{
    struct search *s = context;
    if (!local->parameter)
        python_walk_from(&s->objects, local->name, local->value, name, s);
    return s->unnamed == 0;
}

static bool name_by_self(void *context, const struct python_local *local)
{
    struct search *s = context;
    if (strcmp(local->name, "self") == 0 || strcmp(local->name, "cls") == 0)
        python_walk_from(&s->objects, local->name, local->value, name, s);
    return s->unnamed == 0;
}

/* As what global variables lead to it, else those of functions, the outermost first. */
static void find_names(struct search *s)
{
    s->unnamed = s->all->count;
    if (s->unnamed != 0)
        python_walk(&s->objects, s->dict, s->dicts, name, s);
    for (size_t i = s->owns; i-- > 0 && s->unnamed != 0;)
        python_locals(&s->objects, &s->own[i].frame, s->own[i].address, name_by_local, s);
    for (size_t i = s->owns; i-- > 0 && s->unnamed != 0;)
        python_locals(&s->objects, &s->own[i].frame, s->own[i].address, name_by_self, s);
}

/* --- all of it --- */

bool python_lock_is_locked(const struct python_lock *lock, struct target *t)
{
    unsigned char locked;
    return target_read(t, lock->byte ? lock->semaphore : lock->object + LOCK_LOCKED, &locked, 1) && (locked & 1) != 0;
}

void python_locks_read(struct python_locks *all, const struct interpreter *i)
{
    struct search *s = i->module == NULL ? NULL : calloc(1, sizeof *s);
    *all = (struct python_locks){.lock = s == NULL ? NULL : calloc(LOCKS_MOST, sizeof *all->lock)};
    if (s != NULL && all->lock != NULL) {
        python_objects_open(&s->objects, i);
        s->all = all;
        s->sources = sources_open();
        interpreter_threads(i, read_thread, s);
        find_names(s);
        sources_close(s->sources);
        for (size_t n = 0; n < all->count; n++)
            if (!all->lock[n].recursive && (all->lock[n].disputed || !python_lock_is_locked(&all->lock[n], i->target)))
                all->lock[n].owner = 0;
    }
    free(s);
}

void python_locks_free(struct python_locks *all)
{
    free(all->lock);
    *all = (struct python_locks){.count = 0};
}

const struct python_lock *python_locks_find(const struct python_locks *all, uint64_t semaphore)
{
    const struct python_lock *found = NULL;
    for (size_t i = 0; i < all->count; i++) {
        if (all->lock[i].semaphore != semaphore)
            continue;
        if (found != NULL)
            return NULL; /* one of them was freed */
        found = &all->lock[i];
    }
    return found;
}

/* Python/parking_lot.c, struct wait_entry: before the semaphore of a waiter stands what it waits for. */
const struct python_lock *python_locks_awaited(const struct python_locks *all, struct target *t, uint64_t semaphore)
{
    uint64_t at;
    const struct python_lock *lock = python_locks_find(all, semaphore);
    if (lock == NULL && target_read(t, semaphore - sizeof at, &at, sizeof at) && at != 0)
        lock = python_locks_find(all, at);
    return lock;
}

unsigned python_locks_frames(const struct python_lock *lock, const struct interpreter *i, struct record *r,
                             uint64_t *to, unsigned room)
{
    return lock->acquired.code == 0 ? 0 : interpreter_outward(i, lock->acquired, r, to, room);
}
