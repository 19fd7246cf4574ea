#include "analyzer/page/page.h"

#include "report/printable.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *escape_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static void write_plain(const struct output *out, const char *text, size_t size)
{
    size_t from = 0;
    for (size_t at = 0; at < size; at++) {
        const char *escape = escape_of(text[at]);
        if (escape == NULL)
            continue;
        out->write(out->context, text + from, at - from);
        page_markup(out, escape);
        from = at + 1;
    }
    out->write(out->context, text + from, size - from);
}

static void write_text(const struct output *out, const char *text)
{
    char shown[512];
    size_t left = strlen(text), taken;
    while (left > 0) {
        size_t size = printable_write(shown, sizeof shown, text, left, &taken);
        write_plain(out, shown, size);
        text += taken;
        left -= taken;
    }
}

void page_markup(const struct output *out, const char *markup)
{
    out->write(out->context, markup, strlen(markup));
}

void page_print(const struct output *out, const char *format, ...)
{
    char number[64];
    const char *percent, *text;
    va_list args;
    va_start(args, format);
    for (; (percent = strchr(format, '%')) != NULL; format = percent + 2) {
        out->write(out->context, format, (size_t)(percent - format));
        number[0] = 0;
        if (percent[1] == 's')
            write_text(out, (text = va_arg(args, const char *)) == NULL ? "" : text);
        else if (percent[1] == 'u' || percent[1] == 'd')
            snprintf(number, sizeof number, percent[1] == 'u' ? "%u" : "%d", va_arg(args, int));
        else if (percent[1] == '.')
            snprintf(number, sizeof number, "%.1f", va_arg(args, double)), percent += 2;
        page_markup(out, number);
    }
    va_end(args);
    page_markup(out, format);
}

/* --- columns --- */

/* The next character of a text that does not end there, and how many columns it takes: East Asian ones take two. */
static size_t step(const char *text, size_t left, unsigned *columns)
{
    uint32_t c = 0;
    size_t size = printable_decode(text, left, &c);
    *columns = size == 0 || !printable_character(c) ? 6
               : (c >= 0x1100 && c < 0x1160) || (c >= 0x2e80 && c < 0xd7b0) || (c >= 0xf900 && c < 0xfb00) ||
                       (c >= 0xff00 && c < 0xff61) || (c >= 0x1f300 && c < 0x20000) || (c >= 0x20000 && c < 0x40000)
                   ? 2
                   : 1;
    return size == 0 ? 1 : size;
}

unsigned page_columns(const char *text)
{
    unsigned all = 0, columns;
    for (size_t left = strlen(text), size; left > 0; left -= size, text += size, all += columns)
        size = step(text, left, &columns);
    return all;
}

/* How many bytes from the start are `most` columns. */
static size_t bytes_of(const char *text, unsigned most)
{
    unsigned all = 0, columns;
    size_t left = strlen(text), at = 0;
    while (at < left) {
        size_t size = step(text + at, left - at, &columns);
        if ((all += columns) > most)
            break;
        at += size;
    }
    return at;
}

char *page_shortened(const char *text, unsigned most)
{
    unsigned columns = page_columns(text);
    char *shortened = NULL;
    if (columns <= most)
        return strdup(text);
    size_t head = bytes_of(text, most / 2);
    size_t tail = bytes_of(text, columns - (most - most / 2 - 1));
    if (asprintf(&shortened, "%.*s\u2026%s", (int)head, text, text + tail) < 0)
        return NULL;
    return shortened;
}
