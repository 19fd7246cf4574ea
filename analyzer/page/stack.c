#include "analyzer/page/stack.h"

#include "analyzer/page/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AROUND = 4, LINE_MOST = 200 };

const char *stack_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

long long stack_number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Of the C or C++ library, or of a header that came with the system: it only wraps or starts what the program does. */
static bool is_system(const json_t *frame)
{
    const char *module = stack_text(frame, "module"), *file = stack_text(frame, "file");
    return begins(module, "libc.so") || begins(module, "libstdc++.so") || begins(module, "libpthread") ||
           begins(module, "libc++") || begins(module, "ld-linux") || begins(file, "/usr/include/") ||
           begins(file, "/usr/lib/") || strstr(file, "/include/c++/") != NULL ||
           strcmp(stack_text(frame, "function"), "_start") == 0;
}

const json_t *stack_own(const json_t *stack)
{
    const json_t *frame;
    size_t i;
    json_array_foreach(stack, i, frame)
    {
        if (!is_system(frame))
            return frame;
    }
    return json_array_get(stack, 0);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

void stack_place(const json_t *stack, char *text, size_t size)
{
    const json_t *frame = stack_own(stack);
    text[0] = 0;
    if (frame == NULL)
        return;
    if (stack_text(frame, "file")[0] != 0 && stack_number(frame, "line") != 0)
        snprintf(text, size, "%s:%lld", base_name(stack_text(frame, "file")), stack_number(frame, "line"));
    else if (stack_text(frame, "function")[0] != 0)
        snprintf(text, size, "%s", stack_text(frame, "function"));
    else
        snprintf(text, size, "%s+%s", stack_text(frame, "module"), stack_text(frame, "offset"));
}

/* --- source lines --- */

static const char *line_at(struct stack_page *p, const json_t *frame, long long line, size_t *size)
{
    const char *directory = json_string_value(json_object_get(frame, "directory"));
    return line < 1 ? NULL : sources_line(p->sources, directory, stack_text(frame, "file"), (unsigned)line, size);
}

/* A line is no string: it ends with its size, and tabs stay. */
static void write_line(struct stack_page *p, const char *line, size_t size)
{
    char copy[4 * LINE_MOST + 1];
    size_t used = 0;
    for (size_t i = 0; i < size && used < LINE_MOST; i++) {
        if (line[i] == '\t') {
            memcpy(copy + used, "    ", 4);
            used += 4;
        } else if (line[i] != '\r' && line[i] != 0) {
            copy[used++] = line[i];
        }
    }
    copy[used] = 0;
    page_print(p->out, "%s%s", copy, used >= LINE_MOST ? " …" : "");
}

static void write_excerpt(struct stack_page *p, const json_t *frame)
{
    long long line = stack_number(frame, "line");
    size_t size;
    if (line_at(p, frame, line, &size) == NULL)
        return;
    int around = p->excerpts_left == 0 ? 0 : AROUND;
    p->excerpts_left -= p->excerpts_left > 0;
    page_markup(p->out, "<pre class=\"source\" tabindex=\"0\">");
    for (long long at = line - around; at <= line + around; at++) {
        const char *text = line_at(p, frame, at, &size);
        if (text == NULL)
            continue;
        page_print(p->out, at == line ? "<mark>%s%u  " : "%s%u  ",
                   &"     "[at > 9999  ? 5
                            : at > 999 ? 4
                            : at > 99  ? 3
                            : at > 9   ? 2
                                       : 1],
                   (unsigned)at);
        write_line(p, text, size);
        page_markup(p->out, at == line ? "</mark>" : "\n");
    }
    page_markup(p->out, "</pre>");
}

/* --- frames --- */

static void write_place(struct stack_page *p, const json_t *frame)
{
    const char *file = stack_text(frame, "file");
    long long line = stack_number(frame, "line");
    if (file[0] != 0 && line != 0)
        page_print(p->out, " <span class=\"at\">%s:%u</span>", file, (unsigned)line);
    else if (file[0] != 0)
        page_print(p->out, " <span class=\"at\">%s</span>", file);
    else
        page_print(p->out, " <span class=\"at\">%s+%s</span>", stack_text(frame, "module"),
                   stack_text(frame, "offset"));
}

void stack_write(struct stack_page *p, const json_t *stack)
{
    const json_t *frame, *own = stack_own(stack);
    size_t i, count;
    if (json_array_size(stack) == 0) {
        page_markup(p->out, "<p class=\"dim\">no stack is known</p>");
        return;
    }
    for (count = json_array_size(stack); count > 1 && is_system(json_array_get(stack, count - 1));)
        count--; /* what starts threads and calls main */
    page_markup(p->out, "<ol class=\"stack\">");
    json_array_foreach(stack, i, frame)
    {
        if (i == count)
            break;
        const char *function = stack_text(frame, "function");
        page_print(p->out, "<li%s><code>%s</code>", is_system(frame) ? " class=\"system\"" : "",
                   function[0] == 0 ? "?" : function);
        write_place(p, frame);
        if (frame == own)
            write_excerpt(p, frame);
        page_markup(p->out, "</li>");
    }
    page_markup(p->out, "</ol>");
}
