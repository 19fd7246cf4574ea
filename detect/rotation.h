/*
 * Where to begin a cycle so that it is the same wherever it was begun before: at the least of all its rotations (K. S.
 * Booth, "Lexicographically Least Circular Substrings", 1980, in its simple form).
 */
#ifndef LOCKWATCH_DETECT_ROTATION_H
#define LOCKWATCH_DETECT_ROTATION_H

#include <stddef.h>
#include <stdint.h>

static inline size_t rotation_least(const uint64_t *cycle, size_t n)
{
    size_t best = 0, other = 1, same = 0;
    while (best < n && other < n && same < n) {
        uint64_t a = cycle[(best + same) % n], b = cycle[(other + same) % n];
        if (a == b) {
            same++;
            continue;
        }
        if (a > b)
            best += same + 1;
        else
            other += same + 1;
        if (best == other)
            other++;
        same = 0;
    }
    return best < other ? best : other;
}

#endif
