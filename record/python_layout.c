#include "record/python.h"

#include <string.h>

/* What has not moved since 3.11, since 3.12, and until 3.13. */
#define SINCE_3_11                                                                                                     \
    .frame_at = 56, .code_flags = 48, .code_file = 112, .code_name = 128, .code_lines = 136, .text_length = 16,        \
    .text_hash = 24, .text_state = 32, .bytes_length = 16, .bytes_at = 32, .gil_holder = 8, .gil_locked = 16,          \
    .gil_condition = 32, .thread_next = 8
#define SINCE_3_12                                                                                                     \
    SINCE_3_11, .frame_code = 0, .frame_previous = 8, .code_first_line = 68, .text_ascii = 40, .text_other = 56,       \
                .gil_pointed = true
#define UNTIL_3_13 .frame_size = 72, .frame_values = 72, .tuple_items = 24

static const struct python_layout layouts[] = {
    {.version = 0x030b,
     SINCE_3_11,
     UNTIL_3_13,
     .thread_frames = 56,
     .thread_handle = 152,
     .frames_top = 8,
     .frame_code = 32,
     .frame_previous = 48,
     .code_first_line = 72,
     .code_bytes = 184,
     .code_size = 184,
     .text_ascii = 48,
     .text_other = 72,
     .gil = 360,
     .runtime_main = 48,
     .main_threads = 16},
    {.version = 0x030c,
     SINCE_3_12,
     UNTIL_3_13,
     .frame_owner = 70,
     .thread_frames = 56,
     .thread_handle = 136,
     .frames_top = 0,
     .code_bytes = 192,
     .code_size = 192,
     .gil = 384,
     .runtime_main = 48,
     .main_threads = 72},
    {.version = 0x030d,
     SINCE_3_12,
     UNTIL_3_13,
     .frame_owner = 70,
     .thread_frames = 72,
     .thread_handle = 152,
     .frames_direct = true,
     .code_bytes = 200,
     .code_size = 200,
     .gil = 16,
     .runtime_main = 640,
     .main_threads = 7344},
    {.version = 0x030e,
     SINCE_3_12,
     .frame_owner = 74,
     .frame_size = 80,
     .frame_values = 80,
     .tuple_items = 32,
     .thread_frames = 72,
     .thread_handle = 152,
     .frames_direct = true,
     .code_bytes = 208,
     .code_size = 208,
     .gil = 16,
     .runtime_main = 816,
     .main_threads = 7344},
};

const struct python_layout *python_layout_of(unsigned long version)
{
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++)
        if (layouts[i].version == version >> 16)
            return &layouts[i];
    return NULL;
}

/* --- what an interpreter says --- */

/*
 * With this _PyRuntime begins, since 3.13: _Py_DebugOffsets, in words, of which the first three stay. Of the others, as
 * 3.14 has them (Include/internal/pycore_debug_offsets.h), those that are needed.
 */
enum {
    COOKIE = 0,
    VERSION = 1,
    FREE_THREADED = 2,
    RUNTIME_INTERPRETERS = 5, /* the address of the main one comes next */
    INTERPRETER_THREADS = 9,
    INTERPRETER_GIL = 15,
    GIL = 16,
    GIL_LOCKED = 18,
    GIL_HOLDER = 19,
    THREAD_NEXT = 24,
    THREAD_FRAME = 26,
    THREAD_ID = 27,
    FRAME_PREVIOUS = 32,
    FRAME_EXECUTABLE = 33,
    FRAME_INSTRUCTION = 34,
    FRAME_LOCALS = 35,
    FRAME_OWNER = 36,
    CODE_FILE = 40,
    CODE_QUALIFIED = 42,
    CODE_LINES = 43,
    CODE_FIRST_LINE = 44,
    CODE_ADAPTIVE = 48,
    TUPLE_ITEM = 57,
    BYTES_SIZE = 75,
    BYTES_VALUE = 76,
    TEXT_STATE = 78,
    TEXT_LENGTH = 79,
    TEXT_ASCII = 80,
    WORDS = 81,
};

static bool take(uint16_t *to, uint64_t offset)
{
    *to = (uint16_t)offset;
    return offset <= INT16_MAX;
}

static bool lies_in(uint16_t offset, size_t size, uint16_t end)
{
    return offset + size <= end;
}

static bool take_all(struct python_layout *l, const uint64_t said[WORDS])
{
    return take(&l->runtime_main, said[RUNTIME_INTERPRETERS] + sizeof(uint64_t)) &&
           take(&l->main_threads, said[INTERPRETER_THREADS]) && take(&l->gil, said[INTERPRETER_GIL]) &&
           take(&l->gil_locked, said[GIL_LOCKED] - said[GIL]) && take(&l->gil_holder, said[GIL_HOLDER] - said[GIL]) &&
           take(&l->thread_next, said[THREAD_NEXT]) && take(&l->thread_frames, said[THREAD_FRAME]) &&
           take(&l->thread_handle, said[THREAD_ID]) && take(&l->frame_previous, said[FRAME_PREVIOUS]) &&
           take(&l->frame_code, said[FRAME_EXECUTABLE]) && take(&l->frame_at, said[FRAME_INSTRUCTION]) &&
           take(&l->frame_values, said[FRAME_LOCALS]) && take(&l->frame_size, said[FRAME_LOCALS]) &&
           take(&l->frame_owner, said[FRAME_OWNER]) && take(&l->code_file, said[CODE_FILE]) &&
           take(&l->code_name, said[CODE_QUALIFIED]) && take(&l->code_lines, said[CODE_LINES]) &&
           take(&l->code_first_line, said[CODE_FIRST_LINE]) && take(&l->code_bytes, said[CODE_ADAPTIVE]) &&
           take(&l->code_size, said[CODE_ADAPTIVE]) && take(&l->tuple_items, said[TUPLE_ITEM]) &&
           take(&l->bytes_length, said[BYTES_SIZE]) && take(&l->bytes_at, said[BYTES_VALUE]) &&
           take(&l->text_state, said[TEXT_STATE]) && take(&l->text_length, said[TEXT_LENGTH]) &&
           take(&l->text_ascii, said[TEXT_ASCII]) && take(&l->text_other, said[TEXT_ASCII] + 2 * sizeof(uint64_t));
}

/* Whether what is read of a frame, and of a code object, has all fields. */
static bool is_whole(const struct python_layout *l)
{
    return lies_in(l->frame_code, 8, l->frame_size) && lies_in(l->frame_at, 8, l->frame_size) &&
           lies_in(l->frame_previous, 8, l->frame_size) && lies_in(l->frame_owner, 1, l->frame_size) &&
           lies_in(l->code_file, 8, l->code_size) && lies_in(l->code_name, 8, l->code_size) &&
           lies_in(l->code_lines, 8, l->code_size) && lies_in(l->code_first_line, 4, l->code_size);
}

bool python_layout_read(struct python_layout *to, unsigned long version, python_read *read, void *context,
                        uint64_t runtime)
{
    static const char cookie[8] = {'x', 'd', 'e', 'b', 'u', 'g', 'p', 'y'};
    const unsigned PUBLISHES = 0x030d, PUBLISHES_THESE = 0x030e;
    uint64_t said[WORDS];
    const struct python_layout *known = python_layout_of(version);
    if (known == NULL)
        return false;
    *to = *known;
    if (known->version < PUBLISHES)
        return true;
    if (!read(context, runtime, said, sizeof said) || memcmp(&said[COOKIE], cookie, sizeof cookie) != 0 ||
        said[VERSION] >> 16 != known->version || said[FREE_THREADED] != 0)
        return false;
    return known->version < PUBLISHES_THESE || (take_all(to, said) && is_whole(to));
}
