#include "analyzer/symbols/sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct footer {
    char magic[8];
    uint64_t from;
};

bool sealed_begin(struct sealed *s)
{
    *s = (struct sealed){true, json_object()};
    return s->all != NULL;
}

void sealed_end(struct sealed *s)
{
    json_decref(s->all);
    s->all = NULL;
}

/* --- reading --- */

static const char *parse(struct sealed *s, const char *text, size_t size)
{
    json_error_t error;
    s->all = json_loadb(text, size, 0, &error);
    return json_is_object(s->all) ? NULL : "what it was sealed with is damaged; seal the record anew";
}

static bool is_footer(const struct footer *f, uint64_t size)
{
    return memcmp(f->magic, SEALED_MAGIC, sizeof f->magic) == 0 && f->from <= size - sizeof *f;
}

const char *sealed_read_bytes(struct sealed *s, const void *data, size_t size)
{
    struct footer f;
    *s = (struct sealed){false, NULL};
    if (size < sizeof f)
        return NULL;
    memcpy(&f, (const char *)data + size - sizeof f, sizeof f);
    return is_footer(&f, size) ? parse(s, (const char *)data + f.from, size - sizeof f - (size_t)f.from) : NULL;
}

static const char *read_part(struct sealed *s, int fd, uint64_t from, size_t size)
{
    enum { LARGEST = 1 << 30 };
    char *text = size > LARGEST ? NULL : malloc(size + 1);
    size_t used = 0;
    for (ssize_t n; text != NULL && used < size; used += (size_t)n)
        if ((n = pread(fd, text + used, size - used, (off_t)(from + used))) <= 0)
            break;
    const char *problem = text == NULL ? "no memory for what it was sealed with" : parse(s, text, used);
    free(text);
    return problem;
}

const char *sealed_read(struct sealed *s, const char *path)
{
    struct footer f;
    struct stat st;
    const char *problem = NULL;
    *s = (struct sealed){false, NULL};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return strerror(errno);
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > (off_t)sizeof f &&
        pread(fd, &f, sizeof f, st.st_size - (off_t)sizeof f) == (ssize_t)sizeof f &&
        is_footer(&f, (uint64_t)st.st_size))
        problem = read_part(s, fd, f.from, (size_t)st.st_size - sizeof f - (size_t)f.from);
    close(fd);
    return problem;
}

/* --- entries --- */

static json_t *entry(const struct sealed *s, const char *group, uint64_t number)
{
    char key[20];
    snprintf(key, sizeof key, "%llx", (unsigned long long)number);
    return json_object_get(json_object_get(s->all, group), key);
}

static void add(struct sealed *s, const char *group, uint64_t number, json_t *value)
{
    char key[20];
    snprintf(key, sizeof key, "%llx", (unsigned long long)number);
    if (json_object_get(s->all, group) == NULL)
        json_object_set_new(s->all, group, json_object());
    json_object_set_new(json_object_get(s->all, group), key, value != NULL ? value : json_null());
}

static char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? NULL : strdup(text);
}

static unsigned number_of(const json_t *object, const char *key)
{
    json_int_t number = json_integer_value(json_object_get(object, key));
    return number < 0 || number > INT_MAX ? 0 : (unsigned)number;
}

unsigned sealed_frames(const struct sealed *s, uint64_t address, struct symbols_frame *frame, unsigned room)
{
    json_t *all = entry(s, "places", address), *one;
    size_t i;
    unsigned count = 0;
    json_array_foreach(all, i, one)
    {
        if (count < room)
            frame[count++] = (struct symbols_frame){.function = text_of(one, "function"),
                                                    .file = text_of(one, "file"),
                                                    .directory = text_of(one, "directory"),
                                                    .line = number_of(one, "line"),
                                                    .column = number_of(one, "column")};
    }
    return count;
}

void sealed_add_frames(struct sealed *s, uint64_t address, const struct symbols_frame *frame, unsigned count)
{
    json_t *all = json_array();
    for (unsigned i = 0; i < count; i++) {
        json_t *one = json_pack("{si,si}", "line", (int)frame[i].line, "column", (int)frame[i].column);
        if (frame[i].function != NULL)
            json_object_set_new(one, "function", json_string(frame[i].function));
        if (frame[i].file != NULL)
            json_object_set_new(one, "file", json_string(frame[i].file));
        if (frame[i].directory != NULL)
            json_object_set_new(one, "directory", json_string(frame[i].directory));
        json_array_append_new(all, one);
    }
    add(s, "places", address, all);
}

const char *sealed_text(const struct sealed *s, const char *group, uint64_t number)
{
    return json_string_value(entry(s, group, number));
}

void sealed_add_text(struct sealed *s, const char *group, uint64_t number, const char *text)
{
    if (text != NULL)
        add(s, group, number, json_string(text));
}

uint64_t sealed_number(const struct sealed *s, const char *group, uint64_t number)
{
    return (uint64_t)json_integer_value(entry(s, group, number));
}

void sealed_add_number(struct sealed *s, const char *group, uint64_t number, uint64_t value)
{
    add(s, group, number, json_integer((json_int_t)value));
}

json_t *sealed_lines(const struct sealed *s)
{
    return json_object_get(s->all, "lines");
}
