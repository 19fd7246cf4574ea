#include "analyzer/render/render.h"
#include "report/finding_text.h"

#include <string.h>

void log_who(struct story *s)
{
    const char *path = record_text(s->record, s->record->header->executable);
    const char *slash = strrchr(path, '/');
    story_text(s, "lockwatch: ");
    story_name(s, slash == NULL ? path : slash + 1);
    story_format(s, " (pid %u): ", s->record->header->pid);
}

void log_finding(struct story *s, const struct finding *f)
{
    log_who(s);
    if (f->kind != FINDING_DEADLOCK || f->severity == SEVERITY_NOTE)
        story_format(s, "%s: ", finding_severity_word(f->severity));
    story_headline(s, f);
    story_text(s, "\n");
    story_finding(s, f);
    text_suppression(s, f);
}
