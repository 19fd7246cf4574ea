#include "preload/output/fallback.h"

#include "preload/os/clock.h"
#include "preload/os/log.h"
#include "preload/store/store.h"
#include "record/path.h"
#include "report/finding_text.h"

#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

/* Text is gathered, so that a report is few writes. Not on the stack, which may be very small; one is told at a time.
 */
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

/* Functions that were inlined are not told apart here. */
static bool name_frame(struct story *s, uint64_t address, bool call, unsigned level)
{
    Dl_info info;
    (void)level;
    if (dladdr((void *)(uintptr_t)(address - call), &info) == 0 || info.dli_fname == NULL) {
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
    if (dladdr((void *)(uintptr_t)lock->address, &info) == 0 || info.dli_sname == NULL)
        return false;
    uint64_t offset = lock->address - (uint64_t)(uintptr_t)info.dli_saddr;
    story_name(s, info.dli_sname);
    if (offset != 0)
        story_format(s, "+%#llx", (unsigned long long)offset);
    return true;
}

static struct story teller(void)
{
    return (struct story){
        .record = &ours, .write = put, .frame = name_frame, .lock_name = name_lock, .now = clock_now()};
}

static struct story begin_line(void)
{
    struct story s = teller();
    out.size = 0;
    story_text(&s, "lockwatch: ");
    story_name(&s, path_base(record_text(&ours, ours.header->executable)));
    story_format(&s, " (pid %d): ", (int)getpid());
    return s;
}

void fallback_headline(const struct finding *f)
{
    struct story s = begin_line();
    if (f->kind != FINDING_DEADLOCK || f->severity == SEVERITY_NOTE)
        story_format(&s, "%s: ", finding_severity_word(f->severity));
    story_headline(&s, f);
    story_text(&s, "\n");
    flush();
}

void fallback_more(unsigned count)
{
    struct story s = begin_line();
    story_format(&s, "%u more like %s, of the same calls and other locks; `lockwatch report` tells of all\n", count,
                 count == 1 ? "one of these" : "these");
    flush();
}

void fallback_tally(const struct tally *t, bool cut)
{
    struct story s = begin_line();
    tally_tell(&s, t);
    story_text(&s, cut ? "; there are more orders of locks than could be looked at\n" : "\n");
    flush();
}

void fallback_story(const struct finding *f)
{
    struct story s = teller();
    story_finding(&s, f);
    flush();
}
