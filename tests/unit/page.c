#include "tests/unit/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct {
    char text[1 << 16];
    size_t size;
} page;

const char *const page_text = page.text;

static void write_page(void *context, const char *text, size_t size)
{
    (void)context;
    assert_true(page.size + size < sizeof page.text);
    memcpy(page.text + page.size, text, size);
    page.size += size;
    page.text[page.size] = 0;
}

static bool frame(struct story *s, uint64_t address, bool call, unsigned level)
{
    assert_true(call);
    assert_int_equal(level, 0);
    story_format(s, "f%llx at x.c:%llx", (unsigned long long)address >> 8, (unsigned long long)address);
    return false;
}

static bool lock_name(struct story *s, uint32_t lock)
{
    const struct lock *l = record_lock(s->record, lock);
    if (l == NULL || l->name == 0)
        return false;
    story_text(s, record_text(s->record, l->name));
    return true;
}

static void lock_origin(struct story *s, uint32_t lock)
{
    (void)lock;
    story_text(s, "created in make at x.c:1");
}

static void place(struct story *s, uint32_t stack, uint64_t site)
{
    uint64_t own = record_site(s->record, stack);
    story_format(s, "x.c:%llx", (unsigned long long)(own != 0 ? own : site));
}

struct story page_story(const struct forged *f)
{
    static struct short_names short_names;
    short_names = (struct short_names){.count = 0};
    page.size = 0;
    page.text[0] = 0;
    return (struct story){.record = &f->record,
                          .write = write_page,
                          .frame = frame,
                          .lock_name = lock_name,
                          .lock_origin = lock_origin,
                          .place = place,
                          .short_names = &short_names};
}

void page_whole(struct story *s, const struct finding *f)
{
    story_begin(s, 0, 4);
    story_headline(s, f);
    story_end(s);
    story_finding(s, f);
}

void page_explained(struct story *s, const struct finding *f)
{
    s->explain = true;
    page_whole(s, f);
}

void page_tell(const struct forged *f, const struct finding *finding,
               void (*piece)(struct story *, const struct finding *))
{
    struct story s = page_story(f);
    piece(&s, finding);
}

void page_evidence(const struct forged *f, const struct finding *finding, enum coffman c)
{
    struct story s = page_story(f);
    coffman_evidence(&s, finding, c);
}

bool page_met(const struct forged *f, const struct finding *finding, enum coffman c)
{
    struct story s = page_story(f);
    return coffman_met(&s, finding, c);
}

void page_has(const char *text)
{
    if (strstr(page.text, text) == NULL)
        fail_msg("\"%s\" is not in:\n%s", text, page.text);
}

void page_is(const char *text)
{
    if (strcmp(page.text, text) != 0)
        fail_msg("the page is not\n%s\nbut\n%s", text, page.text);
}
