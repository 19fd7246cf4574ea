/*
 * FNV-1a, 64 bits (G. Fowler, L. C. Noll, K.-P. Vo): for identities and likenesses, which are the same from run to run.
 */
#ifndef LOCKWATCH_ANALYZER_SYMBOLS_HASH_H
#define LOCKWATCH_ANALYZER_SYMBOLS_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static const uint64_t HASH_START = 0xcbf29ce484222325;

static inline uint64_t hash_bytes(uint64_t hash, const void *data, size_t size)
{
    const unsigned char *at = data;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * 0x100000001b3;
    return hash;
}

/* With its NUL, so that two texts in a row do not run together. */
static inline uint64_t hash_text(uint64_t hash, const char *text)
{
    return hash_bytes(hash, text == NULL ? "" : text, text == NULL ? 1 : strlen(text) + 1);
}

#endif
