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
