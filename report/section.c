#include "report/section.h"

void section_hold(struct story *s, const struct held *h, const char *lead, bool past, const struct side *wanted_by)
{
    const struct lock *l = record_lock(s->record, h->lock);
    bool once = l != NULL && l->kind == KIND_ONCE;
    story_begin(s, 4, 8);
    story_text(s, lead);
    story_text(s, once ? (past ? " ran " : " runs ") : past ? " held " : " holds ");
    if (l != NULL)
        story_lock(s, h->lock, true);
    else
        story_format(s, "lock 0x%llx", (unsigned long long)h->address);
    if (h->how & HOW_SHARED)
        story_text(s, " to read");
    if (wanted_by != NULL) {
        story_text(s, ", which ");
        phrase_side(s, wanted_by);
        story_text(s, past ? " would wait for" : " waits for");
    }
    story_text(s, once ? ", begun" PHRASE_GLUE "at:" : ", taken" PHRASE_GLUE "at:");
    story_end(s);
    story_stack(s, h->stack, h->site, 6);
}

void section_holds_then(struct story *s, const struct side *side, uint32_t but, const char *lead)
{
    struct held_walk holding;
    const struct held *h;
    unsigned told = 0, more = 0;
    held_begin(&holding, s->record, side->path);
    while ((h = held_next(&holding)) != NULL) {
        if (!query_holding(s->record, h) || (h->lock == but && but != 0))
            continue;
        if (told++ < CHAPTER_HOLDS)
            section_hold(s, h, lead, true, NULL);
        else
            more++;
    }
    if (more != 0)
        story_format(s, "    and %u more %s\n", more, more == 1 ? "lock" : "locks");
}
