#include "report/phrases.h"

#include "record/kernel_word.h"

#include <stdio.h>
#include <string.h>

static unsigned long long own(uint64_t address)
{
    return record_own_address(address);
}

static const char GLUE = STORY_GLUE[0];

static void discard(void *context, const char *text, size_t size)
{
    (void)context, (void)text, (void)size;
}

/* --- threads --- */

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

/* The function that a thread began with, by the stack of its last wait: where one of a library calls the program's. */
static bool write_first_function(struct story *s, const struct thread *t)
{
    uint32_t depth;
    const uint64_t *frames = t == NULL ? NULL : record_frames(s->record, t->want.stack, &depth);
    while (frames != NULL && depth-- > 0)
        if (s->function(s, frames[depth] - 1))
            return true;
    return false;
}

/* Of a thread that OpenMP created: which one of those for the same parallel region. The one that came there is 0. */
static uint32_t number_in_team(const struct record *r, const struct thread *t)
{
    uint32_t used = record_used(r, TABLE_THREADS), number = 1;
    for (uint32_t id = 1; id < used; id++) {
        const struct thread *other = record_thread(r, id);
        number += other != NULL && (other->traits & THREAD_TEAM) != 0 && other->state != THREAD_NONE &&
                  other->creator == t->creator && other->serial < t->serial &&
                  (other->state != THREAD_RUNNING || other->created_at == t->created_at);
    }
    return number;
}

/* " of the team of main at x.c:9". */
static void write_team(struct story *s, const struct thread *t)
{
    if (t == NULL || (t->traits & THREAD_TEAM) == 0 || t->state != THREAD_RUNNING || s->place == NULL)
        return;
    struct story quiet = *s;
    quiet.write = discard;
    story_text(s, " of the team of ");
    if (s->caller != NULL && s->caller(&quiet, t->created_at)) {
        s->caller(s, t->created_at);
        story_text(s, " at ");
    }
    s->place(s, 0, t->created_at);
}

/* The name of a thread alone: its own, else that of its start routine; false when it has none. */
static bool write_thread_name(struct story *s, uint32_t serial, const char *name)
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
    if (t != NULL && (t->traits & THREAD_TEAM) != 0) {
        story_format(s, "OpenMP%cthread%c%u", GLUE, GLUE, number_in_team(s->record, t));
        return true;
    }
    const struct epoch *e = t == NULL ? query_epoch(s->record, serial) : NULL;
    uint64_t routine = t != NULL ? t->routine : e != NULL ? e->routine : 0;
    if (s->function == NULL)
        return false;
    return (routine != 0 && s->function(s, routine)) || write_first_function(s, t) ||
           (routine != 0 && s->callable != NULL && s->callable(s, routine));
}

/* ", created by T1 at x.c:88", of a thread that nobody named; not where a library created it, as C++'s does. */
static void write_creation(struct story *s, uint32_t serial)
{
    const struct thread *t = serial > 1 ? find_thread(s->record, serial) : NULL;
    if (t == NULL || t->state != THREAD_RUNNING || t->name[0] != 0 || s->has_line == NULL ||
        s->record->header->end == END_MERGED || !s->has_line(s, t->created_at))
        return;
    story_format(s, ", created by T%u at ", t->creator);
    if (s->outer_place != NULL)
        s->outer_place(s, t->created_at);
    else
        s->place(s, 0, t->created_at);
}

static void write_thread(struct story *s, uint32_t serial, const char *name, uint32_t tid)
{
    struct story quiet = *s;
    quiet.write = discard;
    bool named = write_thread_name(&quiet, serial, name);
    story_format(s, "T%u", serial);
    if (named || tid != 0)
        story_format(s, "%c(", GLUE);
    if (named)
        write_thread_name(s, serial, name);
    const struct thread *t = tid != 0 ? find_thread(s->record, serial) : NULL;
    if (named)
        write_team(s, t);
    if (tid != 0)
        story_format(s, named ? ", tid%c%u" : "tid%c%u", GLUE, tid);
    if (t != NULL && (t->traits & THREAD_TEAM) == 0)
        write_creation(s, serial);
    if (named || tid != 0)
        story_text(s, ")");
}

void phrase_serial(struct story *s, uint32_t serial, const char *name)
{
    write_thread(s, serial, name, 0);
}

void phrase_serial_tid(struct story *s, uint32_t serial, const char *name, uint32_t tid)
{
    write_thread(s, serial, name, tid);
}

void phrase_thread(struct story *s, const struct thread_ref *p)
{
    write_thread(s, p->serial, p->name, 0);
}

void phrase_side(struct story *s, const struct side *side)
{
    struct thread_ref p = query_side_thread(s->record, side);
    phrase_thread(s, &p);
}

void phrase_side_tid(struct story *s, const struct side *side)
{
    struct thread_ref p = query_side_thread(s->record, side);
    write_thread(s, p.serial, p.name, thread_ref_tid(s->record, &p));
}

void phrase_fate(struct story *s, const struct thread_ref *p)
{
    if (p->slot != NULL && (p->slot->traits & THREAD_NOT_FORKED) != 0)
        story_text(s, ", a thread of the parent that does not exist in this child");
    else if (thread_ref_cancelled(p))
        story_text(s, ", which was cancelled");
    else if (thread_ref_ended(p))
        story_text(s, ", which has exited");
}

void phrase_gone(struct story *s, const struct want *want)
{
    const struct lock *l = record_lock(s->record, want->lock);
    bool shared = l != NULL && (l->traits & TRAIT_SHARED) != 0;
    story_format(s, "thread%c%u%s", GLUE, want->gone, shared ? " of a process that has ended" : ", which has ended");
}

void phrase_doing(struct story *s, const struct thread *t, bool past)
{
    const char *is = past ? "was" : "is", *call = kernel_word_call(&t->kernel);
    if (query_unseen(t) || kernel_word_unseen(t, false))
        story_format(s, " %s blocked in a futex call that lockwatch did not see%s", is,
                     (t->traits & THREAD_TEAM) != 0 ? ", as at an OpenMP barrier" : "");
    else if (!kernel_word_holds(t))
        story_format(s, " %s not in a call that lockwatch knows", is);
    else if (t->kernel.call == CALL_NONE)
        story_format(s, " %s running", is);
    else if (call != NULL)
        story_format(s, " %s in %s", is, call);
    else
        story_format(s, " %s in system call %u", is, kernel_word_number(&t->kernel));
}

/* --- locks --- */

static char short_letter(uint16_t kind)
{
    static const char letters[KIND_TOOLKITS] = {[KIND_MUTEX] = 'M',     [KIND_RWLOCK] = 'R',    [KIND_SPINLOCK] = 'P',
                                                [KIND_SEMAPHORE] = 'S', [KIND_CONDITION] = 'C', [KIND_BARRIER] = 'B',
                                                [KIND_ONCE] = 'O',      [KIND_GUARD] = 'G',     [KIND_FUTEX] = 'F'};
    const uint32_t like = kind_like(kind);
    if (like >= KIND_TOOLKITS || letters[like] == 0)
        return 'L';
    return letters[like];
}

/* The entry of a lock among the short names, a new one if need be; NULL: it has to go by its address. */
static uint32_t *short_name(struct short_names *names, uint32_t lock)
{
    unsigned i = 0;
    if (names == NULL)
        return NULL;
    while (i < names->count && names->lock[i] != lock)
        i++;
    if (i == SHORT_NAMES)
        return NULL;
    if (i == names->count)
        names->lock[names->count++] = lock;
    if (names->state[i] == SHORT_UNUSED)
        names->state[i] = SHORT_USED;
    return &names->lock[i];
}

static bool is_named_in_python(const struct story *s, uint32_t lock)
{
    struct story quiet = *s;
    quiet.write = discard;
    return s->python_name != NULL && s->python_name(&quiet, lock, true);
}

static const char *source_of(struct story *s, uint32_t lock)
{
    return s->lock_source == NULL ? NULL : s->lock_source(s, lock);
}

static void write_short_name(struct story *s, const uint32_t *entry)
{
    const struct lock *l = record_lock(s->record, *entry), *other;
    const char *source = source_of(s, *entry), *other_source;
    unsigned number = 1;
    for (const uint32_t *at = s->short_names->lock; at < entry; at++) {
        other = record_lock(s->record, *at);
        other_source = source_of(s, *at);
        if (source != NULL || other_source != NULL)
            number += source != NULL && other_source != NULL && strcmp(source, other_source) == 0;
        else
            number +=
                other != NULL && short_letter(other->kind) == short_letter(l->kind) && !is_named_in_python(s, *at);
    }
    if (source == NULL) {
        story_format(s, "%c%u", short_letter(l->kind), number);
        return;
    }
    story_name(s, source);
    if (number > 1)
        story_format(s, "#%u", number);
}

/* One string, as a table of addresses would have to be relocated in every process. */
const char *phrase_thing(uint16_t kind)
{
    static const char words[] =
#define TOOLKIT(kind, word, like) word "\0"
#include "record/toolkits.def"
        ;
    const char *word = words;
    if (kind < KIND_TOOLKITS || kind >= KIND_COUNT)
        return finding_lock_word(kind);
    while (kind-- > KIND_TOOLKITS)
        word += strlen(word) + 1;
    return word;
}

static const char *kind_word(uint16_t kind)
{
    static const char *const words[KIND_TOOLKITS] = {
        [KIND_ONCE] = "pthread_once of",
        [KIND_GUARD] = "initialiser of",
        [KIND_FILELOCK] = "file lock",
        [KIND_FILE] = "stream",
        [KIND_OWN] = "lock",
    };
    if (kind == KIND_GONCE)
        return "GOnce of";
    return kind < KIND_TOOLKITS && words[kind] != NULL ? words[kind] : phrase_thing(kind);
}

const struct story_kind *phrase_own_kind(struct story *s, uint32_t lock)
{
    return s->lock_kind == NULL ? NULL : s->lock_kind(s, lock);
}

/* A line does not break in what a lock is called. */
static void write_kind(struct story *s, uint32_t lock, const char *word)
{
    const struct story_kind *own = phrase_own_kind(s, lock);
    // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): the words of phrase_thing end
    for (word = own != NULL ? own->word : word; *word != 0; word++)
        story_format(s, "%c", *word == ' ' ? GLUE : *word);
}

/* Its own name or a short one, which is explained; false when it has to go by its address. */
static bool write_lock_name(struct story *s, uint32_t lock)
{
    if (s->lock_name(s, lock))
        return true;
    const uint32_t *entry = short_name(s->short_names, lock);
    if (s->python_name != NULL && s->python_name(s, lock, true))
        return true;
    if (entry != NULL)
        write_short_name(s, entry);
    return entry != NULL;
}

void phrase_lock(struct story *s, uint32_t lock)
{
    const struct lock *l = record_lock(s->record, lock);
    if (l == NULL)
        story_text(s, "an unknown lock");
    else if (!write_lock_name(s, lock)) {
        write_kind(s, lock, phrase_thing(l->kind));
        story_format(s, "%c0x%llx", GLUE, own(l->address));
    }
}

/* A merged record has made up its addresses. */
static void write_address(struct story *s, const struct lock *l)
{
    if (s->record->header->end != END_MERGED)
        story_format(s, " (0x%llx)", own(l->address));
}

void phrase_kind_lock(struct story *s, uint32_t lock)
{
    const struct lock *l = record_lock(s->record, lock);
    if (l == NULL) {
        story_text(s, "an unknown lock");
        return;
    }
    if (l->kind != KIND_PIPE) { /* whose name says so */
        write_kind(s, lock, kind_word(l->kind));
        story_text(s, STORY_GLUE);
    }
    if (!write_lock_name(s, lock))
        story_format(s, "0x%llx", own(l->address));
    else if (s->explain)
        write_address(s, l);
}

void phrase_held(struct story *s, const struct held *h)
{
    const struct lock *l = record_lock(s->record, h->lock);
    if (l != NULL)
        phrase_kind_lock(s, h->lock);
    else
        story_format(s, "lock 0x%llx", own(h->address));
    if ((h->how & HOW_SHARED) != 0)
        story_text(s, " for reading");
    else if (l != NULL && kind_like(l->kind) == KIND_RWLOCK)
        story_text(s, " for writing");
}

bool phrase_short_names(struct story *s, bool gap)
{
    struct short_names *names = s->short_names;
    bool any = false;
    for (unsigned i = 0; names != NULL && i < names->count; i++) {
        const struct lock *l = record_lock(s->record, names->lock[i]);
        if (names->state[i] != SHORT_USED || l == NULL)
            continue;
        names->state[i] = SHORT_DEFINED;
        if (gap && !any)
            story_gap(s);
        any = true;
        story_begin(s, 2, 6);
        bool alone = s->python_name != NULL && s->python_name(s, names->lock[i], true);
        if (!alone)
            write_short_name(s, &names->lock[i]);
        story_text(s, " is the ");
        write_kind(s, names->lock[i], phrase_thing(l->kind));
        story_text(s, " ");
        if (!alone && s->python_name != NULL && s->python_name(s, names->lock[i], false))
            story_text(s, ", ");
        if (s->lock_origin != NULL)
            s->lock_origin(s, names->lock[i]);
        write_address(s, l);
        story_end(s);
    }
    return any;
}

void phrase_cycle_locks(struct story *s, const struct finding *f)
{
    enum { NAMED = 3 };
    for (uint32_t i = 0; i < f->cycle && !phrase_list(s, i, f->cycle, NAMED); i++)
        phrase_lock(s, f->side[i].held);
}

/* --- what is waited for --- */

void phrase_kind_wanted(struct story *s, const struct want *want)
{
    if (want->kind == KIND_THREAD) {
        struct thread_ref p = query_thread(s->record, want->thread, want->thread_serial);
        story_text(s, "the end of ");
        phrase_thread(s, &p);
        return;
    }
    if (want->kind == KIND_PIPE)
        story_text(s, (want->how & WANT_SHARED) != 0 ? "data in " : "room in ");
    if (record_lock(s->record, want->lock) != NULL)
        phrase_kind_lock(s, want->lock);
    else
        story_format(s, "%s%c0x%llx", kind_word(want->kind), GLUE, own(want->address));
    if (kind_like(want->kind) == KIND_CONDITION && record_lock(s->record, want->cond_mutex) != NULL &&
        phrase_own_kind(s, want->lock) == NULL) {
        story_text(s, " with ");
        phrase_kind_lock(s, want->cond_mutex);
    }
    if (kind_like(want->kind) == KIND_RWLOCK)
        story_text(s, (want->how & WANT_SHARED) != 0 ? " for reading" : " for writing");
}

void phrase_wanted(struct story *s, const struct want *want)
{
    if (want->kind == KIND_THREAD)
        story_format(s, "the end of T%u", want->thread_serial);
    else if (record_lock(s->record, want->lock) != NULL)
        phrase_lock(s, want->lock);
    else
        story_format(s, "%s%c0x%llx", phrase_thing(want->kind), GLUE, own(want->address));
}

void phrase_waits(struct story *s, const struct want *want, bool past)
{
    static const char *const words[KIND_TOOLKITS] = {
        [KIND_CONDITION] = "on", [KIND_BARRIER] = "at", [KIND_RWLOCK] = "to lock"};
    const uint32_t kind = kind_like(want->kind);
    const struct story_kind *own = phrase_own_kind(s, want->lock);
    const char *word = own != NULL ? own->waits : kind < KIND_TOOLKITS ? words[kind] : NULL;
    if (want->kind == KIND_OMP_BARRIER)
        word = "at";
    if ((want->how & WANT_END) != 0)
        word = "to destroy";
    if ((want->how & WANT_RENEWED) != 0) {
        story_format(s, past ? " tried again and again %s " : " tries again and again %s ",
                     word == NULL          ? "to acquire"
                     : kind == KIND_RWLOCK ? word
                                           : "to wait on");
        return;
    }
    if ((want->how & WANT_KERNEL) != 0)
        word = "by the kernel's word for";
    story_format(s, past ? " waited %s " : " waits %s ", word == NULL ? "for" : word);
}

bool phrase_of_team(uint16_t kind)
{
    return kind == KIND_OMP_BARRIER || kind == KIND_OMP_ORDERED || kind == KIND_OMP_TASKWAIT;
}

const char *phrase_wake(struct story *s, const struct want *want)
{
    static const char *const words[KIND_TOOLKITS] = {
        [KIND_SEMAPHORE] = "post", [KIND_CONDITION] = "signal", [KIND_BARRIER] = "arrive at", [KIND_THREAD] = "exit",
        [KIND_ONCE] = "finish",    [KIND_GUARD] = "finish",     [KIND_FUTEX] = "wake"};
    static const char *const of_team[] = {"arrive at", "leave", "finish the tasks of"};
    const uint32_t like = kind_like(want->kind);
    const struct story_kind *own = phrase_own_kind(s, want->lock);
    if (own != NULL && own->wake != NULL)
        return own->wake;
    if (phrase_of_team(want->kind))
        return of_team[want->kind == KIND_OMP_BARRIER ? 0 : want->kind == KIND_OMP_ORDERED ? 1 : 2];
    return like < KIND_TOOLKITS && words[like] != NULL ? words[like] : "release";
}

const char *phrase_woken(struct story *s, const struct want *want)
{
    static const char *const words[KIND_TOOLKITS] = {
        [KIND_CONDITION] = "signalled", [KIND_BARRIER] = "reached", [KIND_FUTEX] = "woken"};
    const uint32_t like = kind_like(want->kind);
    const struct story_kind *own = phrase_own_kind(s, want->lock);
    if (own != NULL && own->woken != NULL)
        return own->woken;
    return like < KIND_TOOLKITS && words[like] != NULL ? words[like] : "posted";
}

/* --- places --- */

void phrase_place(struct story *s, uint32_t stack, uint64_t site)
{
    uint32_t depth;
    const uint64_t *frames = record_frames(s->record, stack, &depth);
    if (s->place != NULL)
        s->place(s, stack, site);
    else if (frames != NULL || site != 0)
        s->frame(s, frames != NULL ? frames[0] : site, true, 0);
    else
        story_text(s, "an unknown place");
}

void phrase_at(struct story *s, const struct want *want)
{
    story_format(s, " at%c", GLUE);
    phrase_place(s, want->stack, want->site);
}

void phrase_held_at(struct story *s, const struct held *h)
{
    if (h->address == 0 || (h->stack == 0 && h->site == 0))
        return;
    story_text(s, " (");
    phrase_place(s, h->stack, h->site);
    story_text(s, ")");
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

bool phrase_same_function(const struct story *s, uint64_t one, uint64_t other)
{
    struct story a = *s, b = *s;
    a.write = b.write = discard;
    a.fill = b.fill = (struct story_fill){.hang = 1};
    if (s->function == NULL || !a.function(&a, one) || !b.function(&b, other))
        return true;
    return a.fill.column == b.fill.column && a.fill.size == b.fill.size &&
           memcmp(a.fill.word, b.fill.word, a.fill.size) == 0;
}

bool phrase_same_place(const struct story *s, uint32_t stack, uint64_t site, uint32_t other_stack, uint64_t other_site)
{
    if (stack == other_stack && site == other_site)
        return true;
    struct story_fill a = place_words(s, stack, site), b = place_words(s, other_stack, other_site);
    return a.column == b.column && a.size == b.size && memcmp(a.word, b.word, a.size) == 0;
}

/* How much of a place in one word comes before its line; 0: it is not of that shape. */
static unsigned file_size(const struct story_fill *place)
{
    unsigned size = place->size;
    while (size > 0 && place->word[size - 1] != ':')
        size--;
    return place->column == 0 ? size : 0;
}

void phrase_range(struct story *s, const struct held *from, const struct want *to)
{
    struct story_fill a = place_words(s, from->stack, from->site), b = place_words(s, to->stack, to->site);
    unsigned file = file_size(&a);
    phrase_place(s, from->stack, from->site);
    if (phrase_same_place(s, from->stack, from->site, to->stack, to->site))
        return;
    if (file != 0 && file == file_size(&b) && memcmp(a.word, b.word, file) == 0) {
        story_format(s, "-%.*s", (int)(b.size - file), b.word + file);
        return;
    }
    story_text(s, " to ");
    phrase_place(s, to->stack, to->site);
}

/* --- numbers --- */

void phrase_times(struct story *s, uint64_t times)
{
    if (times == 1)
        story_text(s, "once");
    else
        story_format(s, "%llu times", (unsigned long long)times);
}

void phrase_duration(struct story *s, uint64_t nanoseconds)
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

void phrase_stood(struct story *s, uint64_t nanoseconds)
{
    story_text(s, s->now == 0 && s->record->header->end == END_RUNNING ? ", for at least " : ", for ");
    phrase_duration(s, nanoseconds);
}

bool phrase_list(struct story *s, uint32_t i, uint32_t count, uint32_t most)
{
    if (i >= most && count - i > 1) {
        story_format(s, " and %u more", count - i);
        return true;
    }
    story_text(s, i == 0 ? "" : i + 1 == count ? " and " : ", ");
    return false;
}
