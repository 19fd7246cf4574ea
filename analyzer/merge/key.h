/*
 * A key: 128 bits that stand for what something is, not for where it was found. What is the same in two records has the
 * same key, whichever was read first.
 */
#ifndef LOCKWATCH_ANALYZER_MERGE_KEY_H
#define LOCKWATCH_ANALYZER_MERGE_KEY_H

#include <stdint.h>
#include <string.h>

struct key {
    uint64_t a, b;
};

static const struct key NO_KEY;

/* Two multiplicative hashes side by side; the first constant is the golden ratio, the second W. Stafford's. */
static inline struct key key_number(struct key k, uint64_t number)
{
    k.a = (k.a ^ number) * 0x9E3779B97F4A7C15u;
    k.a ^= k.a >> 29;
    k.b = (k.b + number) * 0xBF58476D1CE4E5B9u + k.a;
    k.b ^= k.b >> 32;
    return k;
}

static inline struct key key_join(struct key k, struct key other)
{
    return key_number(key_number(k, other.a), other.b);
}

static inline struct key key_bytes(struct key k, const void *data, size_t size)
{
    const unsigned char *at = data;
    k = key_number(k, size);
    for (; size > 0; size -= size < 8 ? size : 8) {
        uint64_t word = 0;
        memcpy(&word, at, size < 8 ? size : 8);
        k = key_number(k, word);
        at += size < 8 ? size : 8;
    }
    return k;
}

static inline struct key key_text(struct key k, const char *text)
{
    return key_bytes(k, text, strlen(text));
}

/* Keys of one sort of things start from here, so that no two sorts share one. Never 0. */
static inline struct key key_begin(const char *sort)
{
    return key_text((struct key){0x6C6F636B77617463, 0x6D65726765}, sort);
}

static inline int key_compare(struct key x, struct key y)
{
    if (x.a != y.a)
        return x.a < y.a ? -1 : 1;
    return (x.b > y.b) - (x.b < y.b);
}

#endif
