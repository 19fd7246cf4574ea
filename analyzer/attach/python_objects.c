#include "analyzer/attach/python_objects.h"

#include "analyzer/attach/exported.h"

#include <string.h>

/* Bytes, in CPython 3.11 to 3.14, unless a name says which. */
enum {
    OBJECT_TYPE = 8,
    TYPE_NAME = 24, /* tp_name, tp_basicsize, tp_flags, tp_dict, tp_dictoffset, tp_mro */
    TYPE_SIZE = 32,
    TYPE_FLAGS = 168,
    TYPE_DICT = 264,
    TYPE_DICT_OFFSET = 288,
    TYPE_MRO = 344,
    TYPE_KEYS_3_11 = 872, /* ht_cached_keys */
    TYPE_KEYS = 880,
    INSTANCE_DICT = -24, /* from the object on; since 3.12 also its values: the lowest bit is set */
    INSTANCE_VALUES_3_11 = -32,
    VALUES_VALID_3_13 = 3,
    VALUES_3_13 = 8,
    DICT_KEYS = 32,
    DICT_VALUES = 40,
    KEYS_INDEX_SIZE = 9, /* dk_log2_index_bytes, dk_kind, dk_nentries, dk_indices */
    KEYS_KIND = 10,
    KEYS_ENTRIES = 24,
    KEYS_INDEX = 32,
    SEQUENCE_SIZE = 16,
    LIST_ITEMS = 24,
};
enum { KEYS_GENERAL, KEYS_NAMES, KEYS_SPLIT }; /* dk_kind */
enum { ENTRIES_MOST = 1 << 16, ITEMS_MOST = 1000, BASES_MOST = 16 };

void python_objects_open(struct python_objects *o, const struct interpreter *i)
{
    *o = (struct python_objects){
        .python = i, .target = i->target, .function_type = exported(i->target, i->module, "PyCFunction_Type")};
}

uint64_t python_word(const struct python_objects *o, uint64_t address)
{
    uint64_t w;
    return target_read(o->target, address, &w, sizeof w) ? w : 0;
}

uint32_t python_number(const struct python_objects *o, uint64_t address)
{
    uint32_t n;
    return target_read(o->target, address, &n, sizeof n) ? n : 0;
}

bool python_is_text(const struct python_objects *o, uint64_t address, const char *text)
{
    char there[32];
    size_t size = strlen(text) + 1;
    return address != 0 && size <= sizeof there && target_read(o->target, address, there, size) &&
           memcmp(there, text, size) == 0;
}

static unsigned version(const struct python_objects *o)
{
    return o->python->memory.layout->version;
}

/* --- kinds --- */

static enum python_kind read_type(const struct python_objects *o, uint64_t type)
{
    enum { MANAGED_DICT = 4, LIST = 25, TUPLE = 26, DICT = 29, TYPE = 31 }; /* bits of tp_flags */
    const uint64_t name = python_word(o, type + TYPE_NAME), flags = python_word(o, type + TYPE_FLAGS);
    return type == o->function_type                       ? PYTHON_FUNCTION
           : python_is_text(o, name, "_thread.lock")      ? PYTHON_LOCK
           : python_is_text(o, name, "_thread.RLock")     ? PYTHON_RLOCK
           : python_is_text(o, name, "module")            ? PYTHON_MODULE
           : python_is_text(o, name, "method")            ? PYTHON_METHOD
           : python_is_text(o, name, "function")          ? PYTHON_CODE
           : python_is_text(o, name, "method_descriptor") ? PYTHON_UNBOUND
           : flags >> DICT & 1                            ? PYTHON_DICT
           : flags >> LIST & 1                            ? PYTHON_LIST
           : flags >> TUPLE & 1                           ? PYTHON_TUPLE
           : flags >> TYPE & 1                            ? PYTHON_TYPE
           : flags >> MANAGED_DICT & 1                    ? PYTHON_INSTANCE
                                                          : PYTHON_OTHER;
}

static enum python_kind kind_of_type(struct python_objects *o, uint64_t type)
{
    const size_t at = type >> 4 & (PYTHON_TYPES - 1);
    if (o->type[at].address != type) {
        o->type[at].kind = read_type(o, type);
        o->type[at].address = type;
    }
    return o->type[at].kind;
}

/* What was freed has an address, or nothing, where an object has the number of its references; since 3.14 with flags.
 */
enum python_kind python_kind(struct python_objects *o, uint64_t object)
{
    enum { REFERENCES_MOST = 1 << 24 };
    uint64_t head[2];
    const uint64_t flags = version(o) < 0x030e ? 0 : 0xffffull << 48;
    if (object == 0 || object % 8 != 0 || !target_read(o->target, object, head, sizeof head) ||
        (head[0] & ~flags) == 0 || (head[0] & ~flags) > REFERENCES_MOST || head[1] % 8 != 0)
        return PYTHON_OTHER;
    return kind_of_type(o, head[1]);
}

bool python_is_a(const struct python_objects *o, uint64_t object, const char *type)
{
    return python_is_text(o, python_word(o, python_word(o, object + OBJECT_TYPE) + TYPE_NAME), type);
}

/* --- what they refer to --- */

/* By the entries of a table of keys; `values` apart from that, or 0. */
static bool each_key(struct python_objects *o, uint64_t keys, uint64_t values, python_visit *visit, void *context)
{
    uint64_t entries = python_word(o, keys + KEYS_ENTRIES), entry[3], value;
    unsigned char log2, kind;
    if (keys == 0 || !target_read(o->target, keys + KEYS_INDEX_SIZE, &log2, 1) ||
        !target_read(o->target, keys + KEYS_KIND, &kind, 1) || kind > KEYS_SPLIT || log2 > 24 || entries > ENTRIES_MOST)
        return false;
    const size_t words = kind == KEYS_GENERAL ? 3 : 2; /* hash, key, value */
    uint64_t at = keys + KEYS_INDEX + (1ull << log2);
    for (uint64_t i = 0; i < entries; i++, at += words * sizeof *entry) {
        if (!target_read(o->target, at, entry, words * sizeof *entry))
            return false;
        value = values != 0 ? python_word(o, values + i * sizeof value) : entry[words - 1];
        if (value != 0 && visit(context, entry[words - 2], 0, value))
            return true;
    }
    return false;
}

static bool each_in_dict(struct python_objects *o, uint64_t dict, python_visit *visit, void *context)
{
    uint64_t values = python_word(o, dict + DICT_VALUES);
    if (values != 0 && version(o) >= 0x030d)
        values += VALUES_3_13;
    return each_key(o, python_word(o, dict + DICT_KEYS), values, visit, context);
}

/* Until something asks for its dict, an instance has none. */
static bool each_in_instance(struct python_objects *o, uint64_t object, python_visit *visit, void *context)
{
    enum { INLINE_VALUES = 2 }; /* bit of tp_flags */
    const uint64_t type = python_word(o, object + OBJECT_TYPE);
    uint64_t dict = python_word(o, object + (uint64_t)INSTANCE_DICT), values = 0;
    unsigned char valid;
    if (version(o) == 0x030b) {
        values = python_word(o, object + (uint64_t)INSTANCE_VALUES_3_11);
    } else if (version(o) == 0x030c) {
        values = (dict & 1) != 0 ? dict + 1 : 0;
        dict = (dict & 1) != 0 ? 0 : dict;
    } else if (dict == 0 && (python_word(o, type + TYPE_FLAGS) >> INLINE_VALUES & 1) != 0) {
        values = object + python_word(o, type + TYPE_SIZE);
        if (!target_read(o->target, values + VALUES_VALID_3_13, &valid, 1) || valid != 1)
            return false;
        values += VALUES_3_13;
    }
    if (dict != 0)
        return each_in_dict(o, dict, visit, context);
    uint64_t keys = type + (version(o) == 0x030b ? TYPE_KEYS_3_11 : TYPE_KEYS);
    return values != 0 && each_key(o, python_word(o, keys), values, visit, context);
}

static bool each_item(struct python_objects *o, uint64_t items, uint64_t size, python_visit *visit, void *context)
{
    uint64_t value;
    for (uint64_t i = 0; i < size && i < ITEMS_MOST; i++)
        if (!target_read(o->target, items + i * sizeof value, &value, sizeof value))
            return false;
        else if (value != 0 && visit(context, 0, i, value))
            return true;
    return false;
}

bool python_each(struct python_objects *o, uint64_t object, python_visit *visit, void *context)
{
    int64_t offset;
    switch (python_kind(o, object)) {
    case PYTHON_DICT:
        return each_in_dict(o, object, visit, context);
    case PYTHON_LIST:
        return each_item(o, python_word(o, object + LIST_ITEMS), python_word(o, object + SEQUENCE_SIZE), visit,
                         context);
    case PYTHON_TUPLE:
        return each_item(o, object + o->python->layout.tuple_items, python_word(o, object + SEQUENCE_SIZE), visit,
                         context);
    case PYTHON_MODULE:
        offset = (int64_t)python_word(o, python_word(o, object + OBJECT_TYPE) + TYPE_DICT_OFFSET);
        return offset > 0 && each_in_dict(o, python_word(o, object + (uint64_t)offset), visit, context);
    case PYTHON_TYPE:
        return each_in_dict(o, python_word(o, object + TYPE_DICT), visit, context);
    case PYTHON_INSTANCE:
        return each_in_instance(o, object, visit, context);
    default:
        return false;
    }
}

/* --- by name --- */

struct sought_name {
    const struct python_objects *objects;
    const char *name;
    uint64_t value;
};

static bool is_sought(void *context, uint64_t key, uint64_t index, uint64_t value)
{
    struct sought_name *s = context;
    char text[128];
    (void)index;
    if (key == 0 || !python_text(&s->objects->python->memory, key, text, sizeof text) || strcmp(text, s->name) != 0)
        return false;
    s->value = value;
    return true;
}

uint64_t python_look_up(struct python_objects *o, uint64_t object, const char *name)
{
    struct sought_name s = {.objects = o, .name = name};
    if (python_each(o, object, is_sought, &s))
        return s.value;
    if (python_kind(o, object) != PYTHON_INSTANCE)
        return 0;
    const uint64_t bases = python_word(o, python_word(o, object + OBJECT_TYPE) + TYPE_MRO);
    for (uint64_t i = 0; i < BASES_MOST && i < python_word(o, bases + SEQUENCE_SIZE); i++) {
        const uint64_t type = python_word(o, bases + o->python->layout.tuple_items + i * sizeof bases);
        if (type != 0 && each_in_dict(o, python_word(o, type + TYPE_DICT), is_sought, &s))
            return s.value;
    }
    return 0;
}
