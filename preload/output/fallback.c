#include "preload/output/fallback.h"

#include "preload/os/clock.h"
#include "preload/os/loader.h"
#include "preload/os/log.h"
#include "preload/store/store.h"
#include "record/path.h"
#include "report/brief.h"

#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

/* Text is collected, so that a report is few writes. Not on the stack, which may be very small; only one report is
 * written at a time. */
static struct {
    char text[4096];
    size_t size;
} out;

static void flush(void)
{
    log_text(out.text, out.size);
    out.size = 0;
}

static void put(void *context, const char *text, size_t size)
{
    (void)context;
    for (; size > 0; text++, size--) {
        if (out.size == sizeof out.text)
            flush();
        out.text[out.size++] = *text;
    }
}

/* "LINE:COLUMN FUNCTION FILE" */
static void name_text(struct story *s, const char *text)
{
    char line[12] = "", function[132] = "";
    const char *name = strchr(text, ' '), *file = name == NULL ? NULL : strchr(name + 1, ' ');
    const size_t digits = strcspn(text, ": ");
    if (file == NULL || digits >= sizeof line || (size_t)(file - name) > sizeof function)
        return;
    memcpy(line, text, digits);
    memcpy(function, name + 1, (size_t)(file - name) - 1);
    story_name(s, function);
    story_text(s, " (");
    story_name(s, path_base(file + 1));
    story_format(s, ":%s)", line);
}

/* Inlined functions do not show here. */
static bool name_frame(struct story *s, uint64_t address, bool call, unsigned level)
{
    Dl_info info;
    (void)level;
    if ((address & FRAME_TEXT) != 0) {
        name_text(s, record_frame_text(&ours, address));
        return false;
    }
    if (loader_name((void *)(uintptr_t)(address - call), &info) == 0 || info.dli_fname == NULL) {
        story_format(s, "%#llx", (unsigned long long)address);
        return false;
    }
    if (info.dli_sname != NULL) {
        story_name(s, info.dli_sname);
        story_format(s, "+%#llx ", (unsigned long long)(address - (uint64_t)(uintptr_t)info.dli_saddr));
    }
    story_text(s, "(");
    story_name(s, path_base(info.dli_fname));
    story_format(s, "+%#llx)", (unsigned long long)(address - (uint64_t)(uintptr_t)info.dli_fbase));
    return false;
}

static bool is_of_libc(uint64_t address)
{
    Dl_info info;
    return loader_name((void *)(uintptr_t)(address - 1), &info) != 0 && info.dli_fname != NULL &&
           strncmp(path_base(info.dli_fname), "libc.so.", 8) == 0;
}

/* Of a call stack all of it, as no more is said of that; but for what starts threads and calls main. */
static void name_place(struct story *s, uint32_t stack, uint64_t site)
{
    enum { FRAMES_MAX = 16 };
    uint32_t depth;
    const uint64_t *frames = record_frames(&ours, stack, &depth);
    if (frames == NULL)
        frames = &site, depth = 1;
    for (uint32_t i = 0; i < depth && i < FRAMES_MAX && (i == 0 || !is_of_libc(frames[i])); i++) {
        story_text(s, i == 0 ? "" : " <" STORY_GLUE);
        name_frame(s, frames[i], true, 0);
    }
}

static bool name_lock(struct story *s, uint32_t id)
{
    Dl_info info;
    const struct lock *lock = record_lock(&ours, id);
    if (lock == NULL)
        return false;
    if (lock->name != 0) {
        story_name(s, record_text(&ours, lock->name));
        return true;
    }
    if (loader_name((void *)(uintptr_t)lock->address, &info) == 0 || info.dli_sname == NULL)
        return false;
    uint64_t offset = lock->address - (uint64_t)(uintptr_t)info.dli_saddr;
    story_name(s, info.dli_sname);
    if (offset != 0)
        story_format(s, "+%#llx", (unsigned long long)offset);
    return true;
}

static void name_origin(struct story *s, uint32_t id)
{
    const struct lock *lock = record_lock(&ours, id);
    if (lock == NULL || lock->site == 0)
        return;
    story_text(s, lock->created != 0 ? "created at " : "first used at ");
    name_frame(s, lock->site, true, 0);
}

static struct short_names short_names;

static struct story begin_text(void)
{
    out.size = 0;
    return (struct story){.record = &ours,
                          .write = put,
                          .frame = name_frame,
                          .lock_name = name_lock,
                          .lock_origin = name_origin,
                          .place = name_place,
                          .short_names = &short_names,
                          .now = clock_now(),
                          .width = log_width()};
}

static struct story begin_line(void)
{
    struct story s = begin_text();
    story_begin(&s, 0, 4);
    story_text(&s, "lockwatch: ");
    story_name(&s, path_base(record_text(&ours, ours.header->executable)));
    story_format(&s, " (pid" STORY_GLUE "%d):" STORY_GLUE, (int)getpid());
    return s;
}

static void end_line(struct story *s)
{
    story_end(s);
    flush();
}

void fallback_headline(const struct finding *f)
{
    struct story s = begin_line();
    short_names.count = 0;
    if (f->kind != FINDING_DEADLOCK || f->severity == SEVERITY_NOTE)
        story_format(&s, "%s:" STORY_GLUE, finding_severity_word(f->severity));
    story_headline(&s, f);
    end_line(&s);
}

void fallback_brief(const struct finding *f)
{
    struct story s = begin_text();
    story_brief(&s, f);
    if (store_path() != NULL)
        story_text(&s, "  `lockwatch report` shows source lines and what to change, from the record.\n");
    flush();
}

void fallback_more(unsigned count)
{
    struct story s = begin_line();
    story_format(&s, "%u more like %s, of the same calls and other locks; `lockwatch report` shows all", count,
                 count == 1 ? "one of these" : "these");
    end_line(&s);
}

void fallback_tally(const struct tally *t, bool cut)
{
    struct story s = begin_line();
    tally_tell(&s, t);
    story_text(&s, cut ? "; there are more lock orders than could be examined" : "");
    end_line(&s);
}
