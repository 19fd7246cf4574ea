#include "analyzer/render/render.h"
#include "report/full/finding_text.h"

#include <string.h>

void log_who(struct story *s)
{
    const char *path = record_text(s->record, s->record->header->executable);
    const char *slash = strrchr(path, '/');
    story_text(s, "lockwatch: ");
    story_name(s, slash == NULL ? path : slash + 1);
    story_format(s, " (pid" STORY_GLUE "%u):" STORY_GLUE, s->record->header->pid);
}

void log_without_lines(struct story *s)
{
    struct opened_record *view = ((struct text_writer *)s->context)->view;
    const char *path = record_text(s->record, s->record->header->executable), *slash = strrchr(path, '/');
    const char *problem = symbols_problem(view->symbols, 1);
    if (problem == NULL || strcmp(symbols_module(view->symbols, 1), slash == NULL ? path : slash + 1) != 0)
        return;
    story_begin(s, 0, 4);
    log_who(s);
    story_format(s, "no source lines: %s", problem);
    story_end(s);
}

void log_finding(struct story *s, const struct finding *f)
{
    story_begin(s, 0, 4);
    log_who(s);
    if (f->kind != FINDING_DEADLOCK || f->severity == SEVERITY_NOTE)
        story_format(s, "%s:" STORY_GLUE, finding_severity_word(f->severity));
    story_headline(s, f);
    story_end(s);
    story_finding(s, f);
    text_suppression(s, f);
}
