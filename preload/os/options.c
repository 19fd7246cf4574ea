#include "preload/os/options.h"

#include "preload/os/log.h"

#include <stdlib.h>
#include <string.h>

void (*options_suppressions_given)(void);
struct options options = {.exitcode = 66};

struct value {
    const char *text;
    size_t size;
};

static bool is(struct value v, const char *word)
{
    return strlen(word) == v.size && memcmp(v.text, word, v.size) == 0;
}

/* The place of a value in a list of words; -1: it is none of them. */
static int choice(struct value v, const char *const *words)
{
    for (int i = 0; words[i] != NULL; i++)
        if (is(v, words[i]))
            return i;
    return -1;
}

static bool copy(char *to, size_t room, struct value v)
{
    if (v.size == 0 || v.size >= room)
        return false;
    memcpy(to, v.text, v.size);
    to[v.size] = 0;
    return true;
}

static bool set_dir(struct value v)
{
    return copy(options.dir, sizeof options.dir, v);
}

static bool set_suppressions(struct value v)
{
    bool good = copy(options.suppressions, sizeof options.suppressions, v);
    if (good)
        options_suppressions_given();
    return good;
}

static bool set_label(struct value v)
{
    return copy(options.label, sizeof options.label, v);
}

static bool set_unwatched(struct value v)
{
    return copy(options.unwatched, sizeof options.unwatched, v);
}

static bool set_keep(struct value v)
{
    static const char *const words[] = {"auto", "always", "never", NULL};
    int c = choice(v, words);
    if (c >= 0)
        options.keep = (enum option_keep)c;
    return c >= 0;
}

static bool set_log(struct value v)
{
    static const char *const words[] = {"stderr", "none", NULL};
    int c = choice(v, words);
    if (c < 0 && !copy(log_to.path, sizeof log_to.path, v))
        return false;
    log_to.what = c < 0 ? LOG_FILE : (enum log_what)c;
    return true;
}

static bool set_on_deadlock(struct value v)
{
    static const char *const words[] = {"report", "abort", "exit", NULL};
    int c = choice(v, words);
    if (c >= 0)
        options.on_deadlock = (enum option_on_deadlock)c;
    return c >= 0;
}

/* A number from 1 to `most`; 0: it is none. */
static uint32_t number(struct value v, uint32_t most)
{
    uint64_t n = 0;
    for (size_t i = 0; i < v.size; i++) {
        if (v.text[i] < '0' || v.text[i] > '9' || n > most)
            return 0;
        n = n * 10 + (uint64_t)(v.text[i] - '0');
    }
    return n <= most ? (uint32_t)n : 0;
}

static bool set_exitcode(struct value v)
{
    uint32_t n = number(v, 255);
    if (n != 0)
        options.exitcode = (int)n;
    return n != 0;
}

enum { DAY = 24 * 60 * 60 * 1000 };

static bool set_hold_ms(struct value v)
{
    options.hold_ms = number(v, DAY);
    return options.hold_ms != 0;
}

static bool set_starve_ms(struct value v)
{
    options.starve_ms = number(v, DAY);
    return options.starve_ms != 0;
}

static const struct {
    const char *key;
    bool (*set)(struct value v);
} keys[] = {
    {"dir", set_dir},
    {"keep", set_keep},
    {"log", set_log},
    {"on_deadlock", set_on_deadlock},
    {"exitcode", set_exitcode},
    {"suppressions", set_suppressions},
    {"label", set_label},
    {"hold_ms", set_hold_ms},
    {"starve_ms", set_starve_ms},
    {"unwatched", set_unwatched},
};

static void read_one(const char *text, size_t size)
{
    const char *equals = memchr(text, '=', size);
    struct value key = {text, equals != NULL ? (size_t)(equals - text) : size};
    struct value v = {equals != NULL ? equals + 1 : "", equals != NULL ? size - key.size - 1 : 0};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (is(key, keys[i].key)) {
            if (!keys[i].set(v))
                log_line("option %s: bad value '%.*s', ignored", keys[i].key, (int)v.size, v.text);
            return;
        }
    log_line("unknown option '%.*s', ignored", (int)key.size, key.text);
}

void options_read(void)
{
    const char *text = secure_getenv("LOCKWATCH_OPTIONS"), *runtime = secure_getenv("XDG_RUNTIME_DIR");
    if (runtime != NULL && runtime[0] == '/')
        copy(options.runtime, sizeof options.runtime, (struct value){runtime, strlen(runtime)});
    while (text != NULL && *text != 0) {
        size_t size = strcspn(text, ":");
        if (size > 0)
            read_one(text, size);
        text += size + (text[size] == ':');
    }
    log_check();
}
