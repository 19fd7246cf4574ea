/*
 * Parts of a report as data (docs/report.schema.json), for the formats that are made of it. All of it may be hostile:
 * names are whatever programs gave them.
 */
#ifndef LOCKWATCH_ANALYZER_RENDER_FIELD_H
#define LOCKWATCH_ANALYZER_RENDER_FIELD_H

#include "analyzer/text_writer.h"

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

/* "" and 0 for what is not there, or null. */
static inline const char *field_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

static inline json_int_t field_number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static inline bool field_is(const json_t *object, const char *key, const char *text)
{
    return strcmp(field_text(object, key), text) == 0;
}

/* Whether it is a letter or a digit, of ASCII. */
static inline bool field_plain(unsigned char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

/* The lock of a finding with this id; NULL: none. */
const json_t *field_lock(const json_t *finding, const json_t *id);

/* Writes it in pieces of a character, each as `encode` gives it in `code`; escaped as in field_shown before that. */
enum { FIELD_CODE = 12 };
void field_print(const struct output *out, const char *text, void (*encode)(char *code, char character));

static inline void field_print_raw(const struct output *out, const char *text)
{
    out->write(out->context, text, strlen(text));
}

/* "T2 (phil-0)". To be freed, as what follows; NULL: no memory. */
char *field_thread(const json_t *thread);

/* "mutex forks[3]", "condition M1 (0x...)": what a wait or a hold is of. */
char *field_lock_words(const json_t *finding, const json_t *id);

/* A text with what may not be shown (report/printable.h) escaped. */
char *field_shown(const char *text);

char *field_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* --- places in the source --- */

/* A place that is shown: its file relative to the root of the sources. */
struct place {
    char *path; /* NULL: there is none there */
    unsigned line, column;
    const json_t *frame; /* that it is of */
};

/* Whether a frame has a line in a file below `root`. Free the place in both cases. */
bool place_of(struct place *p, const char *root, const json_t *frame);
void place_free(struct place *p);

/* The innermost frame of a stack that is below the root; NULL: none. */
const json_t *place_frame(const char *root, const json_t *stack);

/* Where a finding is to be shown: where its advice is, else at whatever place it has below the root. */
bool place_of_finding(struct place *p, const char *root, const json_t *finding);

/* The root of the sources, without a slash at its end; to be freed: what was asked for, else where git's folder is,
 * from here upwards, else here. NULL: there is no such folder. */
char *place_root(const char *asked);

#endif
