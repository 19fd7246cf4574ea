#include "analyzer/facts/facts.h"
#include "analyzer/render/render.h"

const struct format *const formats[] = {&text_format,   &json_format, &sarif_format, &junit_format, &codequality_format,
                                        &github_format, &dot_format,  &html_format,  NULL};

void format_record(const struct format *format, const struct output *out, struct opened_record *view)
{
    if (format->whole == NULL) {
        format->begin(out, 1);
        format->record(out, view, 0, 1);
        format->end(out, 1);
        return;
    }
    struct facts facts;
    facts_begin(&facts, NULL);
    facts.with_orders = format->orders;
    facts_add(&facts, view);
    json_t *report = facts_report(&facts);
    format->whole(out, report);
    json_decref(report);
    facts_end(&facts);
}
