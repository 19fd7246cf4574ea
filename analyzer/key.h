/*
 * A key: 128 bits that stand for what a thing is, not for where it was found: the same thing has the same key in two
 * records.
 */
#ifndef LOCKWATCH_ANALYZER_KEY_H
#define LOCKWATCH_ANALYZER_KEY_H

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

/*
 * Keys of one sort of things start from here, so that no two sorts share one. Never 0. Merged records contain hashes of
 * "class", "code", "routine" and "run": another word there, and older records are not joined with newer ones.
 */
static inline struct key key_begin(const char *sort)
{
    return key_text((struct key){0x6C6F636B77617463, 0x6D65726765}, sort);
}

static inline int key_compare_numbers(uint64_t x, uint64_t y)
{
    return (x > y) - (x < y);
}

static inline int key_compare(struct key x, struct key y)
{
    return x.a != y.a ? key_compare_numbers(x.a, y.a) : key_compare_numbers(x.b, y.b);
}

#endif
