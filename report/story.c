#include "report/story.h"

#include "report/printable.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char GLUE = STORY_GLUE[0];

static void put(struct story *s, const char *text, size_t size)
{
    char clean[128];
    while (size > 0) {
        size_t n = size < sizeof clean ? size : sizeof clean;
        for (size_t i = 0; i < n; i++)
            if ((clean[i] = text[i]) == GLUE)
                clean[i] = ' ';
        s->write(s->context, clean, n);
        text += n, size -= n;
    }
}

static void put_spaces(struct story *s, unsigned n)
{
    static const char spaces[] = "                ";
    for (unsigned part; n > 0; n -= part) {
        part = n < sizeof spaces - 1 ? n : sizeof spaces - 1;
        put(s, spaces, part);
    }
}

/* Of UTF-8, as near as matters: a column a character. */
static unsigned columns_of(const char *text, size_t size)
{
    unsigned columns = 0;
    for (size_t i = 0; i < size; i++)
        columns += (text[i] & 0xC0) != 0x80;
    return columns;
}

static void put_word(struct story *s)
{
    struct story_fill *fill = &s->fill;
    const unsigned width = s->width != 0 ? s->width : STORY_WIDTH, columns = columns_of(fill->word, fill->size);
    if (fill->size == 0)
        return;
    if (fill->space && fill->column + 1 + columns > width) {
        put(s, "\n", 1);
        put_spaces(s, fill->hang - 1);
        fill->column = fill->hang - 1;
    } else if (fill->space) {
        put(s, " ", 1);
        fill->column++;
    }
    put(s, fill->word, fill->size);
    fill->column += columns;
    fill->size = 0;
    fill->space = false;
}

static void fill(struct story *s, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] == ' ' || text[i] == '\n') {
            put_word(s);
            s->fill.space = true;
            continue;
        }
        if (s->fill.size == sizeof s->fill.word)
            put_word(s);
        s->fill.word[s->fill.size++] = text[i];
    }
}

static void write_text(struct story *s, const char *text, size_t size)
{
    if (s->fill.hang == 0)
        put(s, text, size);
    else
        fill(s, text, size);
}

static void write_clean(struct story *s, const char *text, size_t size)
{
    char clean[128];
    size_t taken;
    for (; size > 0; text += taken, size -= taken) {
        size_t shown = printable_write(clean, sizeof clean, text, size, &taken);
        write_text(s, clean, shown);
    }
}

/* Our own words have newlines, and spaces where no line ends. */
static void write_own(struct story *s, const char *text, size_t size)
{
    while (size > 0) {
        size_t plain = 0;
        while (plain < size && text[plain] != '\n' && text[plain] != GLUE)
            plain++;
        write_clean(s, text, plain);
        if (plain < size)
            write_text(s, text + plain++, 1);
        text += plain, size -= plain;
    }
}

void story_text(struct story *s, const char *text)
{
    write_own(s, text, strlen(text));
}

void story_name(struct story *s, const char *name)
{
    write_clean(s, name, strlen(name));
}

void story_format(struct story *s, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (size > 0)
        write_own(s, text, (size_t)size < sizeof text ? (size_t)size : sizeof text - 1);
}

void story_begin(struct story *s, unsigned indent, unsigned hang)
{
    put_spaces(s, indent);
    s->fill = (struct story_fill){.hang = hang + 1, .column = indent};
}

void story_end(struct story *s)
{
    put_word(s);
    s->fill = (struct story_fill){0};
    put(s, "\n", 1);
}

void story_gap(struct story *s)
{
    put(s, "\n", 1);
}

void story_stress(struct story *s, bool on)
{
    put_word(s);
    if (s->color)
        s->write(s->context, on ? "\033[1m" : "\033[0m", 4);
}
