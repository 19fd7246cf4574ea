#include "report/full/parts.h"

enum {
    FRAMES_MAX = 32, /* of a stack; the rest is counted */
    INLINED_MAX = 16,
};

static void discard(void *context, const char *text, size_t size)
{
    (void)context, (void)text, (void)size;
}

/* Which of the frames of a stack, and of the functions inlined in them, are shown. */
struct shown {
    uint32_t depth;
    bool frame[FRAMES_MAX * INLINED_MAX];
    bool middle[FRAMES_MAX * INLINED_MAX]; /* as far as these may be anywhere */
};

static bool hidden(struct story *s, uint64_t address, unsigned level, enum story_end end)
{
    return s->hidden != NULL && s->hidden(s, address, level, end);
}

static void choose_frames(struct story *s, const uint64_t *frames, struct shown *shown)
{
    struct story quiet = *s;
    unsigned count = 0, first = sizeof shown->frame, end = 0, any = 0, middle = 0;
    quiet.write = discard;
    for (uint32_t i = 0; i < shown->depth; i++) {
        bool more = true;
        for (unsigned level = 0; more && level < INLINED_MAX; level++, count++) {
            more = s->frame(&quiet, frames[i], true, level);
            shown->frame[count] = shown->middle[count] = !hidden(s, frames[i], level, STORY_MIDDLE);
            if (first > count && shown->frame[count] && !hidden(s, frames[i], level, STORY_INNER))
                first = count;
            if (shown->frame[count] && !hidden(s, frames[i], level, STORY_OUTER))
                end = count + 1;
        }
    }
    for (unsigned n = 0; n < count; n++)
        any += shown->frame[n] &= n >= first && n < end;
    for (unsigned n = 0; n < count; n++)
        middle += shown->middle[n];
    for (unsigned n = 0; n < count && any == 0; n++)
        shown->frame[n] = middle == 0 || shown->middle[n]; /* better all of it than nothing */
}

/* A stack to be written, or a site alone. */
struct written {
    uint32_t stack;
    uint64_t site;
    const uint64_t *frames;
    const struct shown *shown;
    unsigned indent;
};

static void write_frames(struct story *s, const struct written *w)
{
    const struct shown *shown = w->shown;
    const uint64_t *frames = w->frames;
    struct story quiet = *s;
    unsigned count = 0, number = 0, indent = w->indent;
    bool quoted = s->quote == NULL;
    quiet.write = discard;
    for (uint32_t i = 0; i < shown->depth; i++) {
        bool more = true;
        for (unsigned level = 0; more && level < INLINED_MAX; level++) {
            if (!shown->frame[count++]) {
                more = s->frame(&quiet, frames[i], true, level);
                continue;
            }
            story_begin(s, indent, indent + 4);
            story_format(s, "#%u ", number++);
            more = s->frame(s, frames[i], true, level);
            story_end(s);
            quoted = quoted || s->quote(s, w->stack, w->site, frames[i], level, indent + 3);
        }
    }
}

void story_stack(struct story *s, uint32_t stack, uint64_t site, unsigned indent)
{
    struct shown shown = {0};
    uint32_t depth;
    const uint64_t *frames = record_frames(s->record, stack, &depth);
    if (frames == NULL && site != 0)
        frames = &site, depth = 1;
    if (frames == NULL) {
        story_begin(s, indent, indent);
        story_text(s, "(no stack was kept)");
        story_end(s);
        return;
    }
    shown.depth = depth < FRAMES_MAX ? depth : FRAMES_MAX;
    choose_frames(s, frames, &shown);
    write_frames(s, &(struct written){stack, site, frames, &shown, indent});
    if (depth > shown.depth) {
        story_begin(s, indent, indent);
        story_format(s, "and %u more", depth - shown.depth);
        story_end(s);
    }
}
