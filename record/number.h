/*
 * Numbers in what the kernel writes in words. Not by strtol: since glibc 2.38 its header gives that another name
 * (__isoc23_strtol), which an older C library and musl lack, and the library must load there.
 */
#ifndef LOCKWATCH_RECORD_NUMBER_H
#define LOCKWATCH_RECORD_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/*
 * Reads a number of base 10, or of base 16 with or without 0x, behind spaces; one with a minus is as a cast from
 * int64_t. *end, if wanted: what follows it, or `text` if there is none.
 */
static inline uint64_t number_read(const char *text, const char **end, unsigned base)
{
    const char *at = text;
    uint64_t number = 0;
    while (*at == ' ')
        at++;
    unsigned minus = *at == '-';
    at += minus;
    if (base == 16 && at[0] == '0' && at[1] == 'x')
        at += 2;
    const char *first = at;
    for (;; at++) {
        unsigned letter = (unsigned char)*at | 0x20u;
        unsigned digit = letter >= 'a' ? letter - 'a' + 10 : (unsigned char)*at - (unsigned)'0';
        if (digit >= base)
            break;
        number = number * base + digit;
    }
    if (end != NULL)
        *end = at == first ? text : at;
    return minus ? -number : number;
}

#endif
