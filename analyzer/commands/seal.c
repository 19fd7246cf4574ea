/* A record with what is known of its addresses: all formats are made of it once, and what they ask for is kept. */
#include "analyzer/commands/cmd.h"
#include "analyzer/facts/facts.h"
#include "analyzer/merge/merge.h"
#include "analyzer/open_record.h"
#include "analyzer/source.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char help[] = "Usage: lockwatch seal -o FILE RECORD\n"
                           "Writes a record that carries the functions, lines and names of its addresses,\n"
                           "and the source lines around them. It is reported alike where the program, its\n"
                           "debugging information and its sources are not. FILE may be RECORD.\n"
                           "\n"
                           "  -o, --output=FILE    where to write the result\n"
                           "\n"
                           "Exit status: 0 sealed, 2 wrong usage or FILE cannot be written, 3 a record that\n"
                           "cannot be read; then nothing is written.\n";

static void discard(void *context, const char *text, size_t size)
{
    (void)context;
    (void)text;
    (void)size;
}

static void ask_all(struct opened_record *view)
{
    const struct output out = {.write = discard, .explain = true};
    struct facts facts;
    struct merge merge;
    dump_record(&out, view);
    format_record(&text_format, &out, view);
    facts_begin(&facts, NULL);
    facts.with_orders = true;
    facts_add(&facts, view);
    facts_end(&facts);
    merge_begin(&merge);
    merge_add(&merge, view);
    merge_end(&merge);
    symbols_seal_modules(view->symbols);
}

/* --- source lines --- */

/* As many around a line as the page of HTML shows. */
static void add_lines(json_t *all, struct sources *sources, uint64_t since, const json_t *frame)
{
    enum { AROUND = 4 };
    const char *file = json_string_value(json_object_get(frame, "file"));
    const char *directory = json_string_value(json_object_get(frame, "directory"));
    json_int_t line = json_integer_value(json_object_get(frame, "line"));
    char *key = file == NULL || line <= 0 ? NULL : sources_key(directory, file);
    if (key == NULL)
        return;
    for (json_int_t at = line > AROUND ? line - AROUND : 1; at <= line + AROUND; at++) {
        char number[24];
        size_t size = 0;
        const char *text = sources_line_since(sources, directory, file, (unsigned)at, since, &size);
        if (text == NULL)
            continue;
        if (json_object_get(all, key) == NULL)
            json_object_set_new(all, key, json_object());
        snprintf(number, sizeof number, "%lld", (long long)at);
        json_object_set_new(json_object_get(all, key), number, json_stringn(text, size));
    }
    free(key);
}

static void add_sources(struct sealed *s, uint64_t since)
{
    const char *address;
    json_t *frames, *frame, *lines = json_object();
    size_t i;
    struct sources *sources = sources_open();
    json_object_foreach(json_object_get(s->all, "places"), address, frames)
    {
        json_array_foreach(frames, i, frame)
        {
            add_lines(lines, sources, since, frame);
        }
    }
    sources_close(sources);
    json_object_set_new(s->all, "lines", lines);
}

/* --- the file --- */

/* Where the last segment of a table ends, of which the last items may not be in use. */
static uint64_t end_of(const struct record_header *h)
{
    uint64_t end = RECORD_HEADER_SIZE;
    for (int t = 0; t < TABLE_COUNT; t++)
        for (uint32_t k = 0; k < h->tables[t].segments && k < RECORD_SEGMENTS; k++) {
            uint64_t from = h->tables[t].segment_offset[k];
            uint64_t size = (uint64_t)h->tables[t].item_size << (h->tables[t].first_shift + k);
            end = from != 0 && from + size > end ? from + size : end;
        }
    return end;
}

static void write_zeros(struct output_file *target, uint64_t count)
{
    static const char zeros[4096];
    for (; count > 0; count -= count < sizeof zeros ? count : sizeof zeros)
        output_file_write(target, zeros, count < sizeof zeros ? (size_t)count : sizeof zeros);
}

static const char *save(const struct opened_record *view, const struct sealed *s, const char *path)
{
    struct output_file target;
    uint64_t end = end_of((const struct record_header *)view->file.data);
    char *text = json_dumps(s->all, JSON_COMPACT | JSON_SORT_KEYS);
    const char *problem = text == NULL ? "no memory" : output_file_open(&target, path, 0600);
    if (problem == NULL) {
        output_file_write(&target, view->file.data, view->file.size);
        write_zeros(&target, end - view->file.size);
        output_file_write(&target, text, strlen(text));
        output_file_write(&target, SEALED_MAGIC, 8);
        output_file_write(&target, (const char *)&end, sizeof end);
        problem = output_file_keep(&target);
    }
    free(text);
    return problem;
}

static int seal(const char *from, const char *to)
{
    struct opened_record view;
    int status = STATUS_CLEAN;
    if (!opened_record_open(&view, from))
        status = cmd_refused(from, view.file.error);
    else if (view.sealed.all != NULL)
        status = cmd_failed("seal", from, "it is sealed already");
    else if (!opened_record_seal(&view))
        status = cmd_refused(from, "no memory to seal it");
    if (status == STATUS_CLEAN) {
        ask_all(&view);
        add_sources(&view.sealed, view.record->header->started);
        const char *problem = save(&view, &view.sealed, to);
        status = problem == NULL ? STATUS_CLEAN : cmd_failed("seal", to, problem);
    }
    opened_record_close(&view);
    return status;
}

int cmd_seal(int argc, char **argv)
{
    struct cmd_output o;
    int status;
    if (!cmd_output_read_path(&o, argc, argv, help, &status))
        return status;
    if (o.path == NULL)
        return cmd_wrong("seal", "-o FILE is missing");
    if (optind + 1 != argc)
        return cmd_wrong("seal", optind == argc ? "a record is missing" : "one record at a time");
    return seal(argv[optind], o.path);
}
