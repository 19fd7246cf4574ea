#include "report/phrases.h"

#include "report/printable.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    WIDTH = 100,
    FRAMES_MAX = 32, /* of a stack; the rest is counted */
    INLINED_MAX = 16,
};

static const char GLUE = PHRASE_GLUE[0];

/* --- text --- */

static void put(struct story *s, const char *text, size_t size)
{
    char clean[128];
    while (size > 0) {
        size_t n = size < sizeof clean ? size : sizeof clean;
        for (size_t i = 0; i < n; i++)
            if ((clean[i] = text[i]) == GLUE)
                clean[i] = ' ';
        s->write(s->context, clean, n);
        text += n, size -= n;
    }
}

static void put_spaces(struct story *s, unsigned n)
{
    static const char spaces[] = "                ";
    for (unsigned part; n > 0; n -= part) {
        part = n < sizeof spaces - 1 ? n : sizeof spaces - 1;
        put(s, spaces, part);
    }
}

static void put_word(struct story *s)
{
    struct story_fill *fill = &s->fill;
    if (fill->size == 0)
        return;
    if (fill->space && fill->column + 1 + fill->size > WIDTH) {
        put(s, "\n", 1);
        put_spaces(s, fill->hang - 1);
        fill->column = fill->hang - 1;
    } else if (fill->space) {
        put(s, " ", 1);
        fill->column++;
    }
    put(s, fill->word, fill->size);
    fill->column += fill->size;
    fill->size = 0;
    fill->space = false;
}

static void fill(struct story *s, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] == ' ' || text[i] == '\n') {
            put_word(s);
            s->fill.space = true;
            continue;
        }
        if (s->fill.size == sizeof s->fill.word)
            put_word(s);
        s->fill.word[s->fill.size++] = text[i];
    }
}

static void out(struct story *s, const char *text, size_t size)
{
    if (s->fill.hang == 0)
        put(s, text, size);
    else
        fill(s, text, size);
}

static void admit(struct story *s, const char *text, size_t size)
{
    char clean[128];
    size_t taken;
    for (; size > 0; text += taken, size -= taken) {
        size_t shown = printable_write(clean, sizeof clean, text, size, &taken);
        out(s, clean, shown);
    }
}

/* Our own words have newlines, and spaces where no line ends. */
static void tell(struct story *s, const char *text, size_t size)
{
    while (size > 0) {
        size_t plain = 0;
        while (plain < size && text[plain] != '\n' && text[plain] != GLUE)
            plain++;
        admit(s, text, plain);
        if (plain < size)
            out(s, text + plain++, 1);
        text += plain, size -= plain;
    }
}

void story_text(struct story *s, const char *text)
{
    tell(s, text, strlen(text));
}

void story_name(struct story *s, const char *name)
{
    admit(s, name, strlen(name));
}

void story_format(struct story *s, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (size > 0)
        tell(s, text, (size_t)size < sizeof text ? (size_t)size : sizeof text - 1);
}

void story_begin(struct story *s, unsigned indent, unsigned hang)
{
    put_spaces(s, indent);
    s->fill = (struct story_fill){.hang = hang + 1, .column = indent};
}

void story_end(struct story *s)
{
    put_word(s);
    s->fill = (struct story_fill){0};
    put(s, "\n", 1);
}

void phrase_stress(struct story *s, bool on)
{
    put_word(s);
    if (s->color)
        s->write(s->context, on ? "\033[1m" : "\033[0m", 4);
}

/* --- names --- */

static void discard(void *context, const char *text, size_t size)
{
    (void)context, (void)text, (void)size;
}

/* What lock_name would do, without a word: whether it is a name, and whether anything would be said. */
static bool try_name(const struct story *s, uint32_t lock, bool *said)
{
    struct story quiet = *s;
    quiet.write = discard;
    quiet.fill = (struct story_fill){.hang = 1};
    bool named = quiet.lock_name(&quiet, lock);
    *said = quiet.fill.column + quiet.fill.size > 0;
    return named && *said;
}

void story_lock(struct story *s, uint32_t lock, bool address)
{
    const struct lock *l = record_lock(s->record, lock);
    if (l == NULL) {
        story_text(s, "an unknown lock");
        return;
    }
    bool said, named = try_name(s, lock, &said);
    story_text(s, finding_lock_word(l->kind));
    if (named || (address && said)) {
        story_format(s, "%c", named ? GLUE : ' ');
        s->lock_name(s, lock);
        if (address)
            story_format(s, " (0x%llx)", (unsigned long long)l->address);
    } else {
        story_format(s, "%c0x%llx", GLUE, (unsigned long long)l->address);
    }
}

void phrase_lock(struct story *s, uint32_t lock)
{
    bool said;
    if (try_name(s, lock, &said))
        s->lock_name(s, lock);
    else
        story_lock(s, lock, false);
}

void phrase_lock_apart(struct story *s, uint32_t lock)
{
    const struct lock *l = record_lock(s->record, lock);
    bool said, named = try_name(s, lock, &said);
    if (l != NULL && !named && said)
        story_format(s, "%s ", finding_lock_word(l->kind));
    if (l != NULL && said)
        s->lock_name(s, lock);
    else
        story_lock(s, lock, false);
}

void phrase_cycle_locks(struct story *s, const struct finding *f, bool apart)
{
    enum { NAMED = 3 };
    uint32_t left = f->cycle;
    for (uint32_t i = 0; i < f->cycle && i < NAMED; i++, left--) {
        story_text(s, i == 0 ? "" : left == 1 ? " and " : ", ");
        if (apart)
            phrase_lock_apart(s, f->side[i].held);
        else
            phrase_lock(s, f->side[i].held);
    }
    if (left != 0)
        story_format(s, " and %u more", left);
}

void phrase_waits(struct story *s, const struct want *want, bool past)
{
    const char *how = want->kind == KIND_CONDITION ? "on" : want->kind == KIND_BARRIER ? "at" : "for";
    story_format(s, past ? " waited %s " : " waits %s ", (want->how & WANT_END) != 0 ? "to destroy" : how);
}

void phrase_times(struct story *s, uint64_t times)
{
    if (times == 1)
        story_text(s, "once");
    else
        story_format(s, "%llu times", (unsigned long long)times);
}

static const struct thread *find_thread(const struct record *r, uint32_t serial)
{
    uint32_t used = record_used(r, TABLE_THREADS);
    for (uint32_t id = 1; id < used; id++) {
        const struct thread *t = record_thread(r, id);
        if (t != NULL && t->serial == serial && t->state != THREAD_NONE)
            return t;
    }
    return NULL;
}

/* The name of a thread alone; false when it has none. */
static bool thread_name(struct story *s, uint32_t serial, const char *name)
{
    const struct thread *t = NULL;
    if (name == NULL || name[0] == 0)
        t = find_thread(s->record, serial);
    if (t != NULL)
        name = t->name;
    if (name != NULL && name[0] != 0) {
        char copy[17];
        snprintf(copy, sizeof copy, "%.16s", name);
        story_name(s, copy);
        return true;
    }
    if (serial == 1) {
        story_text(s, "main");
        return true;
    }
    const struct epoch *e = t == NULL ? query_epoch(s->record, serial) : NULL;
    uint64_t routine = t != NULL ? t->routine : e != NULL ? e->routine : 0;
    return routine != 0 && s->function != NULL && s->function(s, routine);
}

/* "T3 (phil-2, tid 4245)" with what is known of it. */
static void thread_phrase(struct story *s, uint32_t serial, const char *name, uint32_t tid)
{
    struct story quiet = *s;
    quiet.write = discard;
    bool named = thread_name(&quiet, serial, name);
    story_format(s, "T%u", serial);
    if (named || tid != 0)
        story_format(s, "%c(", GLUE);
    if (named)
        thread_name(s, serial, name);
    if (tid != 0)
        story_format(s, named ? ", tid %u" : "tid %u", tid);
    if (named || tid != 0)
        story_text(s, ")");
}

void story_thread(struct story *s, uint32_t serial, const char *name)
{
    thread_phrase(s, serial, name, 0);
}

void phrase_thread_tid(struct story *s, const struct thread_ref *p)
{
    thread_phrase(s, p->serial, p->name, thread_ref_tid(s->record, p));
}

void phrase_thread(struct story *s, const struct thread_ref *p)
{
    story_thread(s, p->serial, p->name);
}

void phrase_side(struct story *s, const struct side *side)
{
    struct thread_ref p = query_side_thread(s->record, side);
    phrase_thread(s, &p);
}

void phrase_side_tid(struct story *s, const struct side *side)
{
    struct thread_ref p = query_side_thread(s->record, side);
    phrase_thread_tid(s, &p);
}

void story_wanted(struct story *s, const struct want *want, bool address)
{
    if (want->kind == KIND_THREAD) {
        struct thread_ref p = query_thread(s->record, want->thread, want->thread_serial);
        story_text(s, "the end of ");
        phrase_thread(s, &p);
        return;
    }
    if (record_lock(s->record, want->lock) != NULL)
        story_lock(s, want->lock, address);
    else
        story_format(s, "%s 0x%llx", finding_lock_word(want->kind), (unsigned long long)want->address);
    if (want->kind == KIND_CONDITION && record_lock(s->record, want->cond_mutex) != NULL) {
        story_text(s, " with ");
        story_lock(s, want->cond_mutex, address);
    }
}

void phrase_wanted(struct story *s, const struct want *want)
{
    if (want->kind == KIND_THREAD)
        story_format(s, "the end of T%u", want->thread_serial);
    else if (record_lock(s->record, want->lock) != NULL)
        phrase_lock(s, want->lock);
    else
        story_wanted(s, want, false);
}

void phrase_place(struct story *s, uint32_t stack, uint64_t site)
{
    uint32_t depth;
    const uint64_t *frames = record_frames(s->record, stack, &depth);
    if (s->place != NULL)
        s->place(s, stack, site);
    else if (frames != NULL || site != 0)
        s->frame(s, frames != NULL ? frames[0] : site, true, 0);
    else
        story_text(s, "a place not known");
}

void phrase_at(struct story *s, uint32_t stack, uint64_t site)
{
    story_text(s, " at ");
    phrase_place(s, stack, site);
}

/* What phrase_place would say: its last word, and how much comes before. */
static struct story_fill place_words(const struct story *s, uint32_t stack, uint64_t site)
{
    struct story quiet = *s;
    quiet.write = discard;
    quiet.fill = (struct story_fill){.hang = 1};
    phrase_place(&quiet, stack, site);
    return quiet.fill;
}

bool phrase_same_place(const struct story *s, uint32_t stack, uint64_t site, uint32_t other_stack, uint64_t other_site)
{
    if (stack == other_stack && site == other_site)
        return true;
    struct story_fill a = place_words(s, stack, site), b = place_words(s, other_stack, other_site);
    return a.column == b.column && a.size == b.size && memcmp(a.word, b.word, a.size) == 0;
}

void story_duration(struct story *s, uint64_t nanoseconds)
{
    unsigned long long tenths = nanoseconds / 100000; /* of a millisecond */
    unsigned long long hundredths = tenths / 100, seconds = hundredths / 100, hours = seconds / 3600;
    if (hours >= 48)
        story_format(s, "%llu%cdays %llu%ch", hours / 24, GLUE, hours % 24, GLUE);
    else if (hours > 0)
        story_format(s, "%llu%ch %llu%cmin", hours, GLUE, seconds % 3600 / 60, GLUE);
    else if (seconds >= 60)
        story_format(s, "%llu%cmin %llu%cs", seconds / 60, GLUE, seconds % 60, GLUE);
    else if (hundredths > 0 || tenths == 0)
        story_format(s, "%llu.%02llu%cs", seconds, hundredths % 100, GLUE);
    else
        story_format(s, "%llu.%llu%cms", tenths / 10, tenths % 10, GLUE);
}

/* --- stacks --- */

/* Which of the frames of a stack, and of the functions inlined in them, are told. */
struct told {
    uint32_t depth;
    bool frame[FRAMES_MAX * INLINED_MAX];
};

static bool hidden(struct story *s, uint64_t address, unsigned level, enum story_end end)
{
    return s->hidden != NULL && s->hidden(s, address, level, end);
}

static void choose_frames(struct story *s, const uint64_t *frames, struct told *told)
{
    struct story quiet = *s;
    unsigned count = 0, first = sizeof told->frame, end = 0, shown = 0;
    quiet.write = discard;
    for (uint32_t i = 0; i < told->depth; i++) {
        bool more = true;
        for (unsigned level = 0; more && level < INLINED_MAX; level++, count++) {
            more = s->frame(&quiet, frames[i], true, level);
            told->frame[count] = !hidden(s, frames[i], level, STORY_MIDDLE);
            if (first > count && told->frame[count] && !hidden(s, frames[i], level, STORY_INNER))
                first = count;
            if (told->frame[count] && !hidden(s, frames[i], level, STORY_OUTER))
                end = count + 1;
        }
    }
    for (unsigned n = 0; n < count; n++)
        shown += told->frame[n] &= n >= first && n < end;
    for (unsigned n = 0; n < count && shown == 0; n++)
        told->frame[n] = true; /* better all of it than nothing */
}

static void tell_frames(struct story *s, const uint64_t *frames, const struct told *told, unsigned indent)
{
    struct story quiet = *s;
    unsigned count = 0, number = 0;
    quiet.write = discard;
    for (uint32_t i = 0; i < told->depth; i++) {
        bool more = true;
        for (unsigned level = 0; more && level < INLINED_MAX; level++) {
            if (!told->frame[count++]) {
                more = s->frame(&quiet, frames[i], true, level);
                continue;
            }
            story_begin(s, indent, indent + 4);
            story_format(s, "#%u ", number++);
            more = s->frame(s, frames[i], true, level);
            story_end(s);
        }
    }
}

void story_stack(struct story *s, uint32_t stack, uint64_t site, unsigned indent)
{
    struct told told = {0};
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
    told.depth = depth < FRAMES_MAX ? depth : FRAMES_MAX;
    choose_frames(s, frames, &told);
    tell_frames(s, frames, &told, indent);
    if (depth > told.depth) {
        story_begin(s, indent, indent);
        story_format(s, "and %u more", depth - told.depth);
        story_end(s);
    }
}
