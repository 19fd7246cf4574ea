#include "analyzer/source.h"

#include "analyzer/symbols/elsewhere.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>

enum { SIZE_MOST = 16 << 20, FILES_MOST = 4096 };

struct source {
    char *path;
    char *text;    /* NULL: it cannot be read */
    size_t *start; /* of each line, and one more */
    unsigned lines;
    UT_hash_handle hh;
};

struct sources {
    struct source *all;
    json_t *sealed; /* {"path": {"41": "text"}}; NULL: none yet */
};

struct sources *sources_open(void)
{
    return calloc(1, sizeof(struct sources));
}

void sources_close(struct sources *s)
{
    struct source *one = s == NULL ? NULL : s->all, *next;
    if (s != NULL)
        HASH_CLEAR(hh, s->all);
    for (; one != NULL; one = next) {
        next = one->hh.next;
        free(one->path);
        free(one->text);
        free(one->start);
        free(one);
    }
    if (s != NULL)
        json_decref(s->sealed);
    free(s);
}

static int looks_like_source(const char *path)
{
    static const char *const endings[] = {"c",   "h",   "cc",  "cpp", "cxx", "c++", "C",  "hh",  "hpp", "hxx", "h++",
                                          "inl", "inc", "tcc", "ipp", "def", "m",   "mm", "rs",  "go",  "d",   "s",
                                          "S",   "y",   "l",   "f90", "pas", "adb", "cu", "zig", "nim", "py",  NULL};
    const char *dot = strrchr(path, '.');
    for (int i = 0; dot != NULL && endings[i] != NULL; i++)
        if (strcmp(dot + 1, endings[i]) == 0)
            return 1;
    return 0;
}

static char *read_file(const char *path, size_t *size)
{
    struct stat st;
    char *text = NULL;
    int fd = looks_like_source(path) ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : -1;
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && st.st_size <= SIZE_MOST)
        text = malloc((size_t)st.st_size);
    *size = 0;
    for (ssize_t n; text != NULL && *size < (size_t)st.st_size; *size += (size_t)n)
        if ((n = read(fd, text + *size, (size_t)st.st_size - *size)) <= 0)
            break;
    if (fd >= 0)
        close(fd);
    return text;
}

static void find_lines(struct source *one, size_t size)
{
    unsigned lines = 1;
    for (size_t i = 0; one->text != NULL && i < size; i++)
        lines += one->text[i] == '\n';
    one->start = one->text == NULL ? NULL : calloc(lines + 1, sizeof *one->start);
    if (one->start == NULL)
        return;
    for (size_t i = 0; i < size; i++)
        if (one->text[i] == '\n')
            one->start[++one->lines] = i + 1;
    one->start[++one->lines] = size + 1;
}

static struct source *find(struct sources *s, const char *path)
{
    struct source *one;
    size_t size;
    HASH_FIND_STR(s->all, path, one);
    if (one != NULL || HASH_COUNT(s->all) >= FILES_MOST || (one = calloc(1, sizeof *one)) == NULL)
        return one;
    if ((one->path = strdup(path)) == NULL) {
        free(one);
        return NULL;
    }
    one->text = read_file(path, &size);
    find_lines(one, size);
    HASH_ADD_KEYPTR(hh, s->all, one->path, strlen(one->path), one);
    return one;
}

static const char *line_of(const struct source *one, unsigned line, size_t *size)
{
    if (one == NULL || line == 0 || line > one->lines)
        return NULL;
    *size = one->start[line] - one->start[line - 1] - 1;
    return one->text + one->start[line - 1];
}

/* --- lines that came with a record --- */

char *sources_key(const char *directory, const char *file)
{
    char *key = NULL;
    bool whole = file[0] == '/' || directory == NULL;
    return asprintf(&key, "%s%s%s", whole ? "" : directory, whole ? "" : "/", file) < 0 ? NULL : key;
}

static void take_line(json_t *here, const char *line, json_t *text)
{
    json_t *before = json_object_get(here, line);
    if (before == NULL)
        json_object_set(here, line, text);
    else if (!json_equal(before, text))
        json_object_set_new(here, line, json_null());
}

void sources_take(struct sources *s, json_t *lines)
{
    const char *file, *line;
    json_t *of_file, *text, *here;
    if (s == NULL || lines == NULL)
        return;
    s->sealed = s->sealed != NULL ? s->sealed : json_object();
    json_object_foreach(lines, file, of_file)
    {
        if ((here = json_object_get(s->sealed, file)) == NULL)
            json_object_set_new(s->sealed, file, here = json_object());
        json_object_foreach(of_file, line, text)
        {
            take_line(here, line, text);
        }
    }
}

static const char *sealed_line(const struct sources *s, const char *directory, const char *file, unsigned line,
                               size_t *size)
{
    char number[12];
    char *key = s->sealed == NULL ? NULL : sources_key(directory, file);
    if (key == NULL)
        return NULL;
    snprintf(number, sizeof number, "%u", line);
    const json_t *text = json_object_get(json_object_get(s->sealed, key), number);
    free(key);
    *size = json_string_length(text);
    return json_string_value(text);
}

/* --- what is asked --- */

static uint64_t assumed;

void sources_assume(uint64_t since)
{
    assumed = since;
}

/* Whether a file has not been written to since: else its lines may be others by now. */
static bool is_as_it_was(const char *path, uint64_t since)
{
    struct stat st;
    since = since != 0 ? since : assumed;
    return stat(path, &st) == 0 && (uint64_t)st.st_mtim.tv_sec * 1000000000 + (uint64_t)st.st_mtim.tv_nsec < since;
}

/* As it was; NULL: not known. */
static const struct source *unchanged(struct sources *s, const char *directory, const char *file, uint64_t since)
{
    char *path = sources_key(directory, file), *there = path == NULL ? NULL : elsewhere_path(path);
    const struct source *one = there != NULL && is_as_it_was(there, since) ? find(s, there) : NULL;
    free(path);
    free(there);
    return one;
}

const char *sources_text_since(struct sources *s, const char *directory, const char *file, uint64_t since, size_t *size)
{
    const struct source *one = s == NULL || file == NULL || file[0] == 0 ? NULL : unchanged(s, directory, file, since);
    *size = one == NULL || one->text == NULL || one->lines == 0 ? 0 : one->start[one->lines] - 1;
    return *size == 0 ? NULL : one->text;
}

const char *sources_line_since(struct sources *s, const char *directory, const char *file, unsigned line,
                               uint64_t since, size_t *size)
{
    if (s == NULL || file == NULL || file[0] == 0)
        return NULL;
    const char *text = sealed_line(s, directory, file, line, size);
    return text != NULL ? text : line_of(unchanged(s, directory, file, since), line, size);
}

const char *sources_line(struct sources *s, const char *directory, const char *file, unsigned line, size_t *size)
{
    char path[PATH_MAX];
    const char *found = NULL;
    if (s == NULL || file == NULL || file[0] == 0)
        return NULL;
    if ((found = sealed_line(s, directory, file, line, size)) != NULL)
        return found;
    if (file[0] != '/' && directory != NULL && snprintf(path, sizeof path, "%s/%s", directory, file) < (int)sizeof path)
        found = line_of(find(s, path), line, size);
    return found != NULL ? found : line_of(find(s, file), line, size);
}
