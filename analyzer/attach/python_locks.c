#include "analyzer/attach/python_locks.h"

#include "analyzer/attach/exported.h"
#include "analyzer/attach/python_blocks.h"

#include <stdlib.h>
#include <string.h>

/* What has the same place in CPython 3.11 to 3.13, in bytes. */
enum {
    OBJECT_TYPE = 8,
    TYPE_NAME = 24,       /* tp_name */
    FUNCTION_METHOD = 16, /* PyCFunctionObject: m_ml, whose first word is its name; m_self */
    FUNCTION_SELF = 24,
    LOCK_SEMAPHORE = 16, /* lockobject and rlockobject: lock_lock; rlock_owner, rlock_count; locked */
    RLOCK_OWNER = 24,
    RLOCK_COUNT = 32,
    LOCK_LOCKED = 32,
    FRAME_VALUES = 72, /* localsplus */
    DICT_KEYS = 32,
    KEYS_INDEX_SIZE = 9, /* dk_log2_index_bytes, dk_kind, dk_nentries, dk_indices */
    KEYS_KIND = 10,
    KEYS_ENTRIES = 24,
    KEYS_INDEX = 32,
};

enum {
    LOCKS_MOST = 4096,
    DICTS_MOST = 512,
    FRAMES_MOST = 1000, /* of a thread */
    VALUES_MOST = 1024,
    ENTRIES_MOST = 1 << 16,
    TYPES = 256,
    BEFORE_WITH = 53, /* the instruction that opens a block */
    BEFORE_WITH_3_13 = 2,
};

enum type_kind { TYPE_OTHER, TYPE_LOCK, TYPE_RLOCK, TYPE_FUNCTION };

struct search {
    const struct interpreter *python;
    struct target *target;
    struct python_locks *all;
    uint64_t function_type;
    uint64_t dict[DICTS_MOST]; /* of global variables */
    size_t dicts;
    struct {
        uint64_t address;
        enum type_kind kind;
    } type[TYPES];
};

static uint64_t word(const struct search *s, uint64_t address)
{
    uint64_t w;
    return target_read(s->target, address, &w, sizeof w) ? w : 0;
}

static uint32_t number(const struct search *s, uint64_t address)
{
    uint32_t n;
    return target_read(s->target, address, &n, sizeof n) ? n : 0;
}

static bool is_text(const struct search *s, uint64_t address, const char *text)
{
    char there[32];
    size_t size = strlen(text) + 1;
    return address != 0 && target_read(s->target, address, there, size) && memcmp(there, text, size) == 0;
}

/* --- objects --- */

static enum type_kind kind_of_type(struct search *s, uint64_t type)
{
    const size_t at = type >> 4 & (TYPES - 1);
    if (s->type[at].address == type)
        return s->type[at].kind;
    const uint64_t name = word(s, type + TYPE_NAME);
    s->type[at].address = type;
    s->type[at].kind = type == s->function_type            ? TYPE_FUNCTION
                       : is_text(s, name, "_thread.lock")  ? TYPE_LOCK
                       : is_text(s, name, "_thread.RLock") ? TYPE_RLOCK
                                                           : TYPE_OTHER;
    return s->type[at].kind;
}

/* What was freed has an address, or nothing, where an object has the number of its references. */
static enum type_kind kind_of(struct search *s, uint64_t object)
{
    enum { REFERENCES_MOST = 1 << 24 };
    uint64_t head[2];
    if (object == 0 || object % 8 != 0 || !target_read(s->target, object, head, sizeof head) || head[0] == 0 ||
        head[0] > REFERENCES_MOST || head[1] % 8 != 0)
        return TYPE_OTHER;
    return kind_of_type(s, head[1]);
}

/* NULL: there is no room. */
static struct python_lock *lock_at(struct search *s, uint64_t object, enum type_kind kind)
{
    struct python_locks *all = s->all;
    for (size_t i = 0; i < all->count; i++)
        if (all->lock[i].object == object)
            return &all->lock[i];
    if (all->count == LOCKS_MOST)
        return NULL;
    struct python_lock *lock = &all->lock[all->count++];
    *lock = (struct python_lock){
        .object = object, .semaphore = word(s, object + LOCK_SEMAPHORE), .recursive = kind == TYPE_RLOCK};
    if (kind == TYPE_RLOCK && word(s, object + RLOCK_COUNT) != 0)
        lock->owner = target_pthread(s->target, word(s, object + RLOCK_OWNER));
    return lock;
}

/* The lock that a value is, or whose method it is; NULL: none. */
static struct python_lock *lock_of(struct search *s, uint64_t value, bool *leaves)
{
    enum type_kind kind = kind_of(s, value);
    *leaves = false;
    if (kind == TYPE_FUNCTION) {
        *leaves = is_text(s, word(s, word(s, value + FUNCTION_METHOD)), "__exit__");
        value = word(s, value + FUNCTION_SELF);
        kind = kind_of(s, value);
    }
    return kind == TYPE_LOCK || kind == TYPE_RLOCK ? lock_at(s, value, kind) : NULL;
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
    const struct python_layout *l = s->python->memory.layout;
    const int instruction = python_blocks_opened(b, value);
    struct python_frame at = {.code = f->code, .previous = f->previous};
    unsigned char operation;
    at.at = f->code + l->code_bytes + 2 * (uint64_t)instruction;
    if (instruction < 0 || !target_read(s->target, at.at, &operation, 1) ||
        operation != (l->version == 0x030d ? BEFORE_WITH_3_13 : BEFORE_WITH))
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
    const bool early = s->python->memory.layout->version == 0x030b;
    const unsigned locals = number(s, f->code + (early ? 76 : 72)), stack = number(s, f->code + (early ? 68 : 64));
    python_blocks_read(&blocks, &s->python->memory, f);
    unsigned used = python_blocks_values(&blocks), all = locals + stack;
    if (locals > VALUES_MOST || stack > VALUES_MOST || all > VALUES_MOST || used > stack)
        return;
    if (!target_read(s->target, frame + FRAME_VALUES, value, all * sizeof *value)) {
        all = locals + used; /* what lies behind that may be beyond the memory of its thread */
        if (!target_read(s->target, frame + FRAME_VALUES, value, all * sizeof *value))
            return;
    }
    for (unsigned i = all; i-- > 0;) { /* what was acquired first, last */
        bool leaves;
        struct python_lock *lock = lock_of(s, value[i], &leaves);
        if (lock != NULL && leaves && holds && i >= locals && i < locals + used)
            hold(lock, tid, opened_at(s, &blocks, f, i - locals));
    }
    note_dict(s, word(s, frame + (early ? 8 : 24)));
}

static bool is_condition_wait(struct search *s, const struct python_frame *f)
{
    static const char function[] = " Condition.wait ", file[] = "/threading.py";
    char text[PYTHON_TEXT];
    if (!python_frame_text(&s->python->memory, f, text))
        return false;
    size_t size = strlen(text);
    return strstr(text, function) != NULL && size > sizeof file && strcmp(text + size - (sizeof file - 1), file) == 0;
}

static bool read_thread(void *context, uint64_t state, uint32_t tid)
{
    struct search *s = context;
    struct python_frame f;
    bool holds = true;
    uint64_t frame = python_top(&s->python->memory, state);
    for (unsigned n = 0; frame != 0 && n < FRAMES_MOST; n++, frame = f.previous) {
        if (!python_frame_read(&s->python->memory, frame, &f))
            break;
        if (f.code == 0 || word(s, f.code + OBJECT_TYPE) != s->python->memory.code_type)
            continue;
        holds &= !is_condition_wait(s, &f);
        read_values(s, &f, frame, tid, holds);
    }
    return false;
}

/* --- names --- */

/* The global variables of a module that are locks. */
static void read_names(struct search *s, uint64_t dict)
{
    enum { GENERAL, NAMES };
    uint64_t keys = word(s, dict + DICT_KEYS), entries = word(s, keys + KEYS_ENTRIES), entry[2];
    unsigned char log2, kind;
    if (keys == 0 || !target_read(s->target, keys + KEYS_INDEX_SIZE, &log2, 1) ||
        !target_read(s->target, keys + KEYS_KIND, &kind, 1) || kind != NAMES || log2 > 24 || entries > ENTRIES_MOST)
        return;
    uint64_t at = keys + KEYS_INDEX + (1ull << log2);
    for (uint64_t i = 0; i < entries && target_read(s->target, at, entry, sizeof entry); i++, at += sizeof entry) {
        enum type_kind type = kind_of(s, entry[1]);
        struct python_lock *lock = type == TYPE_LOCK || type == TYPE_RLOCK ? lock_at(s, entry[1], type) : NULL;
        if (lock != NULL && lock->name[0] == 0 &&
            !python_text(&s->python->memory, entry[0], lock->name, sizeof lock->name))
            lock->name[0] = 0;
    }
}

/* --- all of it --- */

static bool is_locked(const struct search *s, const struct python_lock *lock)
{
    unsigned char locked;
    return target_read(s->target, lock->object + LOCK_LOCKED, &locked, 1) && locked == 1;
}

void python_locks_read(struct python_locks *all, const struct interpreter *i)
{
    struct search *s = i->module == NULL ? NULL : calloc(1, sizeof *s);
    *all = (struct python_locks){.lock = s == NULL ? NULL : calloc(LOCKS_MOST, sizeof *all->lock)};
    if (all->lock != NULL) {
        *s = (struct search){.python = i,
                             .target = i->target,
                             .all = all,
                             .function_type = exported(i->target, i->module, "PyCFunction_Type")};
        interpreter_threads(i, read_thread, s);
        for (size_t n = 0; n < s->dicts; n++)
            read_names(s, s->dict[n]);
        for (size_t n = 0; n < all->count; n++)
            if (!all->lock[n].recursive && (all->lock[n].disputed || !is_locked(s, &all->lock[n])))
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

unsigned python_locks_frames(const struct python_lock *lock, const struct interpreter *i, struct record *r,
                             uint64_t *to, unsigned room)
{
    return lock->acquired.code == 0 ? 0 : interpreter_outward(i, lock->acquired, r, to, room);
}
