#include "record/python.h"

#include <string.h>

static uint64_t word_at(const char *bytes, size_t at)
{
    uint64_t word;
    memcpy(&word, bytes + at, sizeof word);
    return word;
}

static bool read_word(const struct python_memory *m, uint64_t address, uint64_t *to)
{
    return m->read(m->context, address, to, sizeof *to);
}

/* --- frames --- */

uint64_t python_top(const struct python_memory *m, uint64_t thread)
{
    uint64_t frames, top;
    if (!read_word(m, thread + m->layout->thread_frames, &frames) || frames == 0)
        return 0;
    if (m->layout->frames_direct)
        return frames;
    return read_word(m, frames + m->layout->frames_top, &top) ? top : 0;
}

uint64_t python_gil(const struct python_memory *m, uint64_t runtime)
{
    uint64_t main, gil;
    if (!m->layout->gil_pointed)
        return runtime + m->layout->gil;
    return read_word(m, runtime + m->layout->runtime_main, &main) && main != 0 &&
                   read_word(m, main + m->layout->gil, &gil)
               ? gil
               : 0;
}

bool python_frame_read(const struct python_memory *m, uint64_t frame, struct python_frame *to)
{
    char bytes[128];
    const struct python_layout *l = m->layout;
    if (l->frame_size > sizeof bytes || !m->read(m->context, frame, bytes, l->frame_size))
        return false;
    bool entry = l->frame_owner != 0 && python_is_entry((unsigned char)bytes[l->frame_owner]);
    to->code = entry ? 0 : python_reference(word_at(bytes, l->frame_code));
    to->at = word_at(bytes, l->frame_at);
    to->previous = word_at(bytes, l->frame_previous);
    to->line = 0;
    return true;
}

/* --- objects --- */

static bool has_type(const struct python_memory *m, uint64_t object, uint64_t type)
{
    enum { TYPE = 8 };
    uint64_t its;
    return object != 0 && read_word(m, object + TYPE, &its) && its == type;
}

/* A code point in UTF-8. */
static size_t put_code_point(char to[4], uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)(c < ' ' ? '?' : c);
        return 1;
    }
    size_t size = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = size - 1; i > 0; i--, c >>= 6)
        to[i] = (char)(0x80 | (c & 0x3f));
    to[0] = (char)(lead[size] | (c & 0x1f));
    return size;
}

bool python_text(const struct python_memory *m, uint64_t object, char *to, size_t room)
{
    const struct python_layout *l = m->layout;
    uint64_t length;
    uint32_t state;
    char raw[4 * 256];
    if (!has_type(m, object, m->text_type) || !read_word(m, object + l->text_length, &length) ||
        !m->read(m->context, object + l->text_state, &state, sizeof state))
        return false;
    /* interned: 2 bits, kind: 3, compact, ascii */
    uint32_t kind = state >> 2 & 7, compact = state >> 5 & 1, ascii = state >> 6 & 1;
    if (compact == 0 || (kind != 1 && kind != 2 && kind != 4) || length >= 1u << 20)
        return false;
    uint64_t most = (room - 1) / (ascii ? 1 : 4), count = length < most ? length : most, used = 0;
    count = count * kind > sizeof raw ? sizeof raw / kind : count;
    uint64_t from = object + (ascii ? l->text_ascii : l->text_other) + (length - count) * kind;
    if (!m->read(m->context, from, raw, count * kind))
        return false;
    for (uint64_t i = 0; i < count; i++) {
        uint32_t c = 0;
        memcpy(&c, raw + i * kind, kind);
        used += put_code_point(to + used, ascii ? c & 0x7f : c); /* there is no room for what would be longer */
    }
    to[used] = 0;
    return true;
}

/* --- lines and columns: Objects/locations.md of CPython 3.11 --- */

/* Counted from 1; 0: not known. */
struct position {
    unsigned line, column;
};

struct table {
    const struct python_memory *memory;
    uint64_t from, at, size;
    uint8_t piece[256];
    uint64_t piece_at, piece_size;
};

static int next_byte(struct table *t)
{
    if (t->at >= t->size)
        return -1;
    if (t->at - t->piece_at >= t->piece_size) {
        uint64_t left = t->size - t->at;
        t->piece_at = t->at;
        t->piece_size = left < sizeof t->piece ? left : sizeof t->piece;
        if (!t->memory->read(t->memory->context, t->from + t->at, t->piece, t->piece_size)) {
            t->size = 0;
            return -1;
        }
    }
    return t->piece[t->at++ - t->piece_at];
}

static uint32_t next_number(struct table *t)
{
    uint32_t number = 0;
    for (unsigned shift = 0; shift < 32; shift += 6) {
        int byte = next_byte(t);
        if (byte < 0)
            break;
        number |= (uint32_t)(byte & 0x3f) << shift;
        if ((byte & 0x40) == 0)
            break;
    }
    return number;
}

static int next_signed(struct table *t)
{
    uint32_t number = next_number(t);
    return (number & 1) != 0 ? -(int)(number >> 1) : (int)(number >> 1);
}

/* What an entry says of columns, counted from 0: where its code begins; -1: it does not say. */
static int read_column(struct table *t, int code)
{
    enum { COLUMNS = 10, LINES = 13, LONG = 14 };
    if (code < COLUMNS) {
        const int byte = next_byte(t);
        return byte < 0 ? -1 : code << 3 | (byte >> 4 & 7);
    }
    if (code < LINES) {
        const int column = next_byte(t);
        next_byte(t);
        return column;
    }
    if (code != LONG)
        return -1;
    next_number(t); /* lines that it goes on for */
    const uint32_t column = next_number(t);
    next_number(t);
    return (int)column - 1;
}

/* Of the instruction with this number. */
static struct position position_of(struct table *t, int line, uint64_t instruction)
{
    enum { COLUMNS = 10, LINES = 13, LONG = 14, NONE = 15 };
    uint64_t end = 0;
    for (int first; (first = next_byte(t)) >= 0;) {
        int code = first >> 3 & 15;
        end += (uint64_t)(first & 7) + 1;
        if (code == LONG || code == LINES)
            line += next_signed(t);
        else if (code >= COLUMNS && code < LINES)
            line += code - COLUMNS;
        const int column = read_column(t, code);
        if (end > instruction)
            return code == NONE || line < 0 ? (struct position){0, 0}
                                            : (struct position){(unsigned)line, (unsigned)(column + 1)};
    }
    return (struct position){0, 0};
}

static struct position position_at(const struct python_memory *m, const struct python_frame *f, const char *code)
{
    const struct python_layout *l = m->layout;
    uint64_t lines = word_at(code, l->code_lines), begin = f->code + l->code_bytes;
    struct table t = {.memory = m, .from = lines + l->bytes_at};
    int32_t first;
    memcpy(&first, code + l->code_first_line, sizeof first);
    if (!has_type(m, lines, m->bytes_type) || !read_word(m, lines + l->bytes_length, &t.size) || t.size >= 1u << 24)
        return (struct position){0, 0};
    return f->at < begin ? (struct position){(unsigned)first, 0} : position_of(&t, first, (f->at - begin) / 2);
}

/* --- text --- */

static size_t put_number(char *to, unsigned number)
{
    char digits[12];
    size_t count = 0, size = 0;
    do
        digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    while (count > 0)
        to[size++] = digits[--count];
    return size;
}

/* Without the functions that it is local to; a blank would end it. */
static void tidy_name(char *name)
{
    static const char local[] = "<locals>.";
    for (char *at; (at = strstr(name, local)) != NULL;)
        memmove(name, at + sizeof local - 1, strlen(at + sizeof local - 1) + 1);
    for (char *at = name; *at != 0; at++)
        if (*at == ' ')
            *at = '_';
}

bool python_frame_text(const struct python_memory *m, const struct python_frame *f, char text[PYTHON_TEXT])
{
    enum { NAME = 128 };
    char code[256];
    const struct python_layout *l = m->layout;
    if (l->code_size > sizeof code || !has_type(m, f->code, m->code_type) ||
        !m->read(m->context, f->code, code, l->code_size))
        return false;
    const struct position p = f->line != 0 ? (struct position){f->line, 0} : position_at(m, f, code);
    size_t size = put_number(text, p.line);
    if (p.column != 0) {
        text[size++] = ':';
        size += put_number(text + size, p.column);
    }
    text[size++] = ' ';
    if (!python_text(m, word_at(code, l->code_name), text + size, NAME) || text[size] == 0)
        return false;
    tidy_name(text + size);
    size += strlen(text + size);
    text[size++] = ' ';
    return python_text(m, word_at(code, l->code_file), text + size, PYTHON_TEXT - size);
}
