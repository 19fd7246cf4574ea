#include "analyzer/render/snippet.h"

#include "analyzer/render/field.h"

#include <stdlib.h>
#include <time.h>

enum { AROUND = 3 };

/* Times are as "2026-11-26T18:27:49.286Z", so that the first one is the least text. */
uint64_t snippet_since(const json_t *report)
{
    const char *first = "";
    const json_t *runs = json_object_get(report, "runs"), *run;
    struct tm tm = {0};
    size_t i;
    json_array_foreach(runs, i, run)
    {
        const char *started = field_text(json_object_get(run, "process"), "started");
        if (started[0] != 0 && (first[0] == 0 || strcmp(started, first) < 0))
            first = started;
    }
    const char *fraction = first[0] == 0 ? NULL : strptime(first, "%Y-%m-%dT%H:%M:%S", &tm);
    if (fraction == NULL)
        return 0;
    double part = fraction[0] == '.' ? strtod(fraction, NULL) : 0;
    return (uint64_t)timegm(&tm) * 1000000000 + (uint64_t)(part * 1e9);
}

static const char *line_of(struct sources *sources, const json_t *frame, uint64_t since, json_int_t line, size_t *size)
{
    const char *directory = json_string_value(json_object_get(frame, "directory"));
    return line < 1 ? NULL
                    : sources_line_since(sources, directory, field_text(frame, "file"), (unsigned)line, since, size);
}

/* Columns are counted in bytes by compilers, and in UTF-16 here. */
static bool is_ascii(const char *line, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)line[i] >= 0x80)
            return false;
    return true;
}

static json_t *text_of(const char *text, size_t size)
{
    json_t *words = json_stringn(text, size); /* NULL: it is not in UTF-8 */
    return words == NULL ? NULL : json_pack("{so}", "text", words);
}

static void set_region(json_t *region, const char *line, size_t size)
{
    size_t column = (size_t)field_number(region, "startColumn");
    while (size > 0 && line[size - 1] == '\r')
        size--;
    json_t *text =
        column < 1 || column > size || !is_ascii(line, size) ? NULL : text_of(line + column - 1, size + 1 - column);
    if (text == NULL)
        return;
    json_object_set_new(region, "endColumn", json_integer((json_int_t)size + 1));
    json_object_set_new(region, "snippet", text);
}

static json_t *context(struct sources *sources, const json_t *frame, uint64_t since, json_int_t line)
{
    char *text = NULL;
    size_t used = 0, size;
    json_int_t first = 0, last = 0;
    FILE *out = open_memstream(&text, &used);
    for (json_int_t at = line - AROUND; out != NULL && at <= line + AROUND; at++) {
        const char *words = line_of(sources, frame, since, at, &size);
        if (words == NULL)
            continue;
        first = first == 0 ? at : first;
        last = at;
        fwrite(words, 1, size, out);
        fputc('\n', out);
    }
    if (out != NULL)
        fclose(out);
    json_t *snippet = first < last ? text_of(text, used) : NULL;
    free(text);
    return snippet == NULL ? NULL : json_pack("{sI,sI,so}", "startLine", first, "endLine", last, "snippet", snippet);
}

void snippet_add(json_t *physical, const json_t *frame, struct sources *sources, uint64_t since)
{
    json_t *region = json_object_get(physical, "region");
    size_t size;
    const char *line = line_of(sources, frame, since, field_number(frame, "line"), &size);
    if (line == NULL)
        return;
    set_region(region, line, size);
    json_t *around = context(sources, frame, since, field_number(frame, "line"));
    if (around != NULL)
        json_object_set_new(physical, "contextRegion", around);
}
