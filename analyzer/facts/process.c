#include "analyzer/facts/pieces.h"

#include "analyzer/liveness.h"

#include <string.h>

json_t *piece_unknown_process(void)
{
    static const char *const keys[] = {"executable", "arguments", "pid", "parent_pid", "started",  "ended",
                                       "end",        "host",      "cwd", "label",      "complete", NULL};
    json_t *all = json_object();
    for (size_t i = 0; keys[i] != NULL; i++)
        json_object_set_new(all, keys[i], json_null());
    return all;
}

static json_t *arguments(const struct record *r)
{
    json_t *all = json_array();
    uint32_t id = r->header->arguments;
    for (uint32_t left = r->header->argument_count; left > 0 && record_item(r, TABLE_TEXT, id) != NULL; left--) {
        const char *word = record_text(r, id);
        json_array_append_new(all, piece_text(word));
        id += (uint32_t)strlen(word) + 1;
    }
    return all;
}

json_t *piece_process(const struct opened_record *v)
{
    const struct record_header *h = v->record->header;
    char end[40];
    json_t *all = piece_unknown_process();
    liveness_end(v->record, v->runs, end, sizeof end);
    json_object_set_new(all, "executable", piece_text_or_null(record_text(v->record, h->executable)));
    json_object_set_new(all, "arguments", arguments(v->record));
    json_object_set_new(all, "pid", json_integer(h->pid));
    json_object_set_new(all, "parent_pid", piece_number_or_null(h->parent_pid));
    json_object_set_new(all, "started", piece_time(h->started));
    json_object_set_new(all, "ended", piece_time(h->ended));
    json_object_set_new(all, "end", json_string(end));
    json_object_set_new(all, "host", piece_text_or_null(record_text(v->record, h->host)));
    json_object_set_new(all, "cwd", piece_text_or_null(record_text(v->record, h->folder)));
    json_object_set_new(all, "label", piece_text_or_null(record_text(v->record, h->label)));
    json_object_set_new(all, "complete", json_boolean(h->incomplete == 0 && !v->findings.cut && pieces_left()));
    return all;
}

json_t *piece_merged_run(const struct opened_record *v, uint32_t id)
{
    const struct merged_run *run = record_item(v->record, TABLE_RUNS, id);
    json_t *all = piece_unknown_process();
    if (run == NULL)
        return all;
    json_object_set_new(all, "executable", piece_text_or_null(record_text(v->record, run->executable)));
    json_object_set_new(all, "pid", json_integer(run->pid));
    json_object_set_new(all, "parent_pid", piece_number_or_null(run->parent_pid));
    json_object_set_new(all, "started", piece_time(run->started));
    return all;
}
