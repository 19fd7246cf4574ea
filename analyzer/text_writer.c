#include "analyzer/text_writer.h"

#include "analyzer/python_names.h"
#include "analyzer/symbols/cxx_name.h"
#include "record/path.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

unsigned output_width(int descriptor)
{
    enum { NARROWEST = 20 };
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    unsigned long width = columns == NULL ? 0 : strtoul(columns, NULL, 10);
    if (!isatty(descriptor))
        return 0;
    if (width == 0 && ioctl(descriptor, TIOCGWINSZ, &size) == 0)
        width = size.ws_col;
    return width < NARROWEST || width > INT_MAX ? 0 : (unsigned)width;
}

static struct opened_record *view_of(const struct story *s)
{
    return ((const struct text_writer *)s->context)->view;
}

/* "app+0x1234", or a bare address outside of every module. */
static void write_offset(struct story *s, const struct symbols_place *place)
{
    if (place->module == 0) {
        story_format(s, "0x%llx", (unsigned long long)place->offset);
        return;
    }
    story_name(s, symbols_module(view_of(s)->symbols, place->module));
    story_format(s, "+0x%llx", (unsigned long long)place->offset);
}

/* C++ has names of any length. Template arguments say less than scopes, and those less than
 * the function's own name. */
void text_writer_function(struct story *s, const char *function)
{
    enum { LONG = 50, LONGEST = 90 };
    if (function == NULL)
        return;
    char *folded = strlen(function) > LONG ? cxx_name_fold(function) : NULL;
    const char *name = folded != NULL ? folded : function, *from = name;
    size_t size = strlen(name);
    if (size > LONGEST) {
        from = strstr(name + size - LONGEST, "::");
        from = from != NULL ? from : name + size - LONGEST;
        story_text(s, "...");
    }
    story_name(s, from);
    free(folded);
}

void text_writer_frame(struct story *s, const struct symbols_place *place, unsigned level)
{
    const struct symbols_frame *f = &place->frame[level];
    bool outermost = level + 1 == place->count;
    if (f->function == NULL && f->file == NULL) {
        write_offset(s, place);
        return;
    }
    text_writer_function(s, f->function == NULL ? "?" : f->function);
    if (f->file != NULL) {
        story_text(s, " at" STORY_GLUE);
        story_name(s, f->file);
        if (f->line != 0)
            story_format(s, ":%u", f->line);
    }
    if (outermost && !place->python && (s->explain || f->line == 0)) {
        story_text(s, " (");
        write_offset(s, place);
        story_text(s, ")");
    }
}

static bool frame(struct story *s, uint64_t address, bool call, unsigned level)
{
    const struct symbols_place *place = symbols_place(view_of(s)->symbols, address, call);
    if (level < place->count)
        text_writer_frame(s, place, level);
    return level + 1 < place->count;
}

static const struct symbols_frame *distinct_frame(struct story *s, uint32_t stack, uint64_t site,
                                                  const struct symbols_place **at)
{
    struct text_writer *v = s->context;
    const struct side *about = s->finding == NULL ? NULL : s->finding->side;
    if (about != v->about || v->apart.symbols == NULL)
        distinct_site_begin(&v->apart, v->view->symbols, v->view->record, s->finding);
    v->about = about;
    return distinct_site_frame(&v->apart, stack, site, at);
}

/* --- lines of source files --- */

/* Of a line that is longer than `room`, where to begin so that `column` is shown, with something before it. */
static size_t part_of(const char *line, size_t size, size_t column, size_t room)
{
    size_t before = room / 3, from = column > before ? column - before : 0;
    if (size <= room || column < room - before)
        return 0;
    if (size - from < room - 3)
        from = size - (room - 3);
    while (from > 0 && (line[from] & 0xC0) == 0x80)
        from--;
    return from;
}

/* Of a line its words, without what comes before and after; as many as fit. `column` counts from 1; 0: unknown. */
static void write_line(struct story *s, const char *line, size_t size, unsigned column, unsigned indent)
{
    const char *start = line;
    char text[256];
    size_t used = 0, room = s->width != 0 ? s->width : STORY_WIDTH;
    room = room < indent + 20 ? 20 : room - indent - 2;
    room = room < sizeof text - 1 ? room : sizeof text - 1;
    while (size > 0 && (*line == ' ' || *line == '\t'))
        line++, size--;
    while (size > 0 && strchr(" \t\r", line[size - 1]) != NULL)
        size--;
    size_t trimmed = (size_t)(line - start);
    size_t from = part_of(line, size, column > trimmed ? column - 1 - trimmed : 0, room);
    line += from;
    size -= from;
    room -= from != 0 ? 3 : 0;
    bool cut = size > room;
    for (size_t most = cut ? room - 3 : size; used < most; used++) {
        text[used] = line[used];
        if (text[used] == '\t')
            text[used] = ' ';
    }
    while (cut && used > 0 && (line[used] & 0xC0) == 0x80)
        used--;
    text[used] = 0;
    story_format(s, "%*s| %s", (int)indent, "", from != 0 ? "..." : "");
    story_name(s, text);
    story_text(s, cut ? "...\n" : "\n");
}

static bool quote(struct story *s, uint32_t stack, uint64_t site, uint64_t address, unsigned level, unsigned indent)
{
    size_t size;
    const struct text_writer *v = s->context;
    const struct symbols_place *at = symbols_place(v->view->symbols, address, true), *place;
    if (v->out->sources == NULL || level >= at->count || distinct_frame(s, stack, site, &place) != &at->frame[level])
        return false;
    const struct symbols_frame *f = &at->frame[level];
    const char *line = f->line == 0 ? NULL
                                    : sources_line_since(v->out->sources, f->directory, f->file, f->line,
                                                         v->view->record->header->started, &size);
    if (line != NULL)
        write_line(s, line, size, f->column, indent);
    return true;
}

/* --- places --- */

static void write_place(struct story *s, const struct symbols_frame *f, const struct symbols_place *place)
{
    if (f->file != NULL && f->line != 0) {
        story_name(s, path_base(f->file));
        story_format(s, ":%u", f->line);
    } else {
        write_offset(s, place);
    }
}

static void place(struct story *s, uint32_t stack, uint64_t site)
{
    const struct symbols_place *at;
    const struct symbols_frame *f = distinct_frame(s, stack, site, &at);
    if (f == NULL)
        story_text(s, "an unknown place");
    else
        write_place(s, f, at);
}

static void outer_place(struct story *s, uint64_t site)
{
    const struct symbols_place *at = symbols_place(view_of(s)->symbols, site, true);
    const struct symbols_frame *outermost = &at->frame[at->count - 1];
    write_place(s, outermost->line != 0 ? outermost : &at->frame[0], at);
}

/* A record may have names of any length: of a very long one the middle is left out. */
static void write_given(struct story *s, const char *name)
{
    enum { START = 120, END = 60 };
    char start[START + 1];
    size_t size = strlen(name);
    if (size > START + END) {
        memcpy(start, name, START);
        start[START] = 0;
        story_name(s, start);
        story_text(s, "...");
        name += size - END;
    }
    story_name(s, name);
}

static bool lock_name(struct story *s, uint32_t lock)
{
    const char *name = names_lock(view_of(s)->names, lock);
    if (name != NULL)
        write_given(s, name);
    return name != NULL;
}

static bool name_in_python(struct story *s, uint32_t lock, bool alone)
{
    const char *name = (alone ? python_own_name : python_name)(view_of(s), lock);
    if (name != NULL)
        write_given(s, name);
    return name != NULL;
}

static const char *lock_source(struct story *s, uint32_t lock)
{
    return lock_source_name(view_of(s)->lock_sources, lock);
}

static const struct story_kind *lock_kind(struct story *s, uint32_t lock)
{
    return names_kind(view_of(s)->names, lock);
}

static void lock_origin(struct story *s, uint32_t lock)
{
    struct names_origin origin;
    const struct lock *l = record_lock(s->record, lock);
    if (!names_origin(view_of(s)->names, lock, &origin)) {
        if (l == NULL || record_module_of(s->record, l->address) == 0)
            return;
        story_text(s, "at" STORY_GLUE);
        write_offset(s, symbols_place(view_of(s)->symbols, l->address, false));
        return;
    }
    story_text(s, origin.created                                              ? "created "
                  : l != NULL && l->kind == KIND_FUTEX                        ? "waited for "
                  : (s->record->header->incomplete & INCOMPLETE_OUTSIDE) != 0 ? "acquired "
                                                                              : "first used ");
    if (origin.frame->function != NULL) {
        story_text(s, "in ");
        text_writer_function(s, origin.frame->function);
        story_text(s, " ");
    }
    story_text(s, "at" STORY_GLUE);
    write_place(s, origin.frame, origin.place);
}

static bool function(struct story *s, uint64_t address)
{
    const struct symbols_place *at = symbols_place(view_of(s)->symbols, address, false);
    const struct symbols_frame *f = symbols_outermost(view_of(s)->symbols, at);
    if (f != NULL)
        text_writer_function(s, f->function);
    return f != NULL;
}

static bool caller(struct story *s, uint64_t site)
{
    const struct symbols_place *at;
    const struct symbols_frame *f = distinct_frame(s, 0, site, &at);
    if (f != NULL && f->function != NULL)
        text_writer_function(s, f->function);
    return f != NULL && f->function != NULL;
}

static bool callable(struct story *s, uint64_t address)
{
    const struct symbols_place *at = symbols_place(view_of(s)->symbols, address, false);
    const char *starter = at->frame[at->count - 1].function;
    char *name = starter != NULL ? cxx_name_callable(starter) : NULL;
    if (name != NULL)
        text_writer_function(s, name);
    free(name);
    return name != NULL;
}

static bool has_line(struct story *s, uint64_t address)
{
    const struct symbols_place *at = symbols_place(view_of(s)->symbols, address, true);
    return at->count > 0 && at->frame[0].line != 0;
}

static bool hidden(struct story *s, uint64_t address, unsigned level, enum story_end end)
{
    struct symbols *symbols = view_of(s)->symbols;
    const struct symbols_place *at = symbols_place(symbols, address, true);
    if (level >= at->count || symbols_watcher(symbols, at))
        return true;
    return end == STORY_INNER
               ? symbols_wrapper(&at->frame[level]) || symbols_waits(&at->frame[level]) || symbols_toolkit(symbols, at)
           : end == STORY_OUTER ? symbols_starter(symbols, at, &at->frame[level])
                                : symbols_standard(&at->frame[level]) || symbols_toolkit(symbols, at) ||
                                      symbols_interpreter(symbols, at->module);
}

static void forward(void *context, const char *text, size_t size)
{
    const struct text_writer *v = context;
    v->out->write(v->out->context, text, size);
}

void text_writer_begin(struct text_writer *v, struct opened_record *view, const struct output *out)
{
    sources_take(out->sources, sealed_lines(&view->sealed));
    *v = (struct text_writer){
        .story = {.record = view->record,
                  .context = v,
                  .write = forward,
                  .frame = frame,
                  .lock_name = lock_name,
                  .python_name = name_in_python,
                  .lock_source = lock_source,
                  .lock_kind = lock_kind,
                  .lock_origin = lock_origin,
                  .place = place,
                  .outer_place = outer_place,
                  .has_line = has_line,
                  .function = function,
                  .caller = caller,
                  .callable = callable,
                  .hidden = hidden,
                  .quote = quote,
                  .short_names = &view->short_names,
                  .now = view->runs ? view->now : 0,
                  .width = out->width,
                  .color = out->color,
                  .explain = out->explain},
        .view = view,
        .out = out,
    };
}

static void collect(void *context, const char *text, size_t size)
{
    struct text_writer_text *t = context;
    if (t->size + size + 1 > t->room) {
        size_t room = (t->size + size + 1) * 2;
        char *more = realloc(t->text, room);
        if (more == NULL)
            return;
        t->text = more;
        t->room = room;
    }
    memcpy(t->text + t->size, text, size);
    t->size += size;
    t->text[t->size] = 0;
}

void text_writer_collect(struct text_writer *v, struct opened_record *view, struct text_writer_text *t)
{
    *t = (struct text_writer_text){.out = {.write = collect, .context = t}};
    text_writer_begin(v, view, &t->out);
    v->story.short_names = NULL;
}
