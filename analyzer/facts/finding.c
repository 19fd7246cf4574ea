#include "analyzer/facts/pieces.h"

#include "analyzer/identity.h"
#include "analyzer/suppression.h"
#include "analyzer/text_writer.h"
#include "report/brief.h"
#include "report/full/parts.h"

#include <stdio.h>
#include <stdlib.h>

enum { SIDES_MAX = 1024 }; /* so many at most, so that a damaged record makes no endless report */

/* What a side holds for the one before it: a lock, or its own end when that is joined. */
static json_t *cycle_holds(const struct opened_record *v, const struct finding *f, uint32_t i)
{
    const struct side *side = &f->side[i], *before = &f->side[i == 0 ? f->cycle - 1 : i - 1];
    if (side->held == 0 && before->want.kind == KIND_THREAD)
        return piece_thread_as_lock(v, side->thread);
    return piece_number_or_null(side->held);
}

static json_t *cycle(const struct opened_record *v, const struct finding *f)
{
    json_t *all = json_array();
    for (uint32_t i = 0; finding_is_cyclic(f) && i < f->cycle && i < SIDES_MAX; i++) {
        json_t *one = json_object();
        json_object_set_new(one, "thread", json_integer(f->side[i].serial));
        json_object_set_new(one, "holds", cycle_holds(v, f, i));
        json_object_set_new(one, "wants", piece_wanted_id(v, &f->side[i].want));
        json_array_append_new(all, one);
    }
    return all;
}

enum words { MESSAGE, EVIDENCE, ADVICE, SUPPRESS };

/* A part of the finding's story, as a string. */
static json_t *words(struct opened_record *v, const struct finding *f, enum words which, enum coffman c)
{
    struct text_writer writer;
    struct text_writer_text collected;
    text_writer_collect(&writer, v, &collected);
    struct story *s = &writer.story;
    s->short_names = &v->short_names;
    if (which == EVIDENCE) {
        coffman_evidence(s, f, c);
    } else if (which == ADVICE) {
        story_advice(s, f);
    } else if (which == SUPPRESS) {
        suppressions_line(s, v, f);
    } else {
        story_headline(s, f);
        story_text(s, finding_is_cyclic(f) ? ": " : "");
        if (finding_is_cyclic(f))
            story_cycle(s, f);
    }
    json_t *string = piece_text(collected.text != NULL ? collected.text : which == SUPPRESS ? NULL : "");
    free(collected.text);
    return string;
}

static json_t *coffman(struct opened_record *v, const struct finding *f)
{
    json_t *all = json_object();
    struct text_writer writer;
    struct text_writer_text unused;
    text_writer_collect(&writer, v, &unused);
    for (enum coffman c = 0; c < COFFMAN_COUNT; c++) {
        json_t *one = json_object();
        json_object_set_new(one, "met", json_boolean(coffman_met(&writer.story, f, c)));
        json_object_set_new(one, "evidence", words(v, f, EVIDENCE, c));
        json_object_set_new(all, coffman_key(c), one);
    }
    return all;
}

json_t *piece_finding(struct opened_record *v, const struct finding *f)
{
    char id[24];
    json_t *all = json_object(), *threads = json_array(), *locks = json_object();
    for (uint32_t i = 0; i < f->sides && i < SIDES_MAX; i++) {
        piece_add_wanted(locks, v, &f->side[i].want);
        json_array_append_new(threads, piece_side(v, &f->side[i], locks));
    }
    snprintf(id, sizeof id, "%016llx", (unsigned long long)identity_of(v, f));
    json_object_set_new(all, "id", json_string(id));
    json_object_set_new(all, "kind", piece_text(finding_kind_word(f->kind)));
    json_object_set_new(all, "severity", piece_text(finding_severity_word(f->severity)));
    json_object_set_new(all, "confidence", piece_text(finding_confidence_word(f->confidence)));
    json_object_set_new(all, "reason", piece_text(finding_reason_word(f->reason)));
    json_object_set_new(all, "title", piece_title(v, f));
    json_object_set_new(all, "message", words(v, f, MESSAGE, 0));
    json_object_set_new(all, "count", json_integer(f->count == 0 ? 1 : f->count));
    json_object_set_new(all, "executable", piece_text_or_null(record_text(v->record, v->record->header->executable)));
    json_object_set_new(all, "location", piece_location(v, f));
    json_object_set_new(all, "locks", piece_lock_list(locks));
    json_object_set_new(all, "threads", threads);
    json_object_set_new(all, "cycle", cycle(v, f));
    json_object_set_new(all, "coffman", coffman(v, f));
    json_object_set_new(all, "advice", words(v, f, ADVICE, 0));
    json_object_set_new(all, "suppress", words(v, f, SUPPRESS, 0));
    json_object_set_new(all, "reported", piece_time(f->when));
    return all;
}
