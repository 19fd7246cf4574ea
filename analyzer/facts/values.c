#include "analyzer/facts/pieces.h"

#include "report/printable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

json_t *piece_text(const char *bytes)
{
    if (bytes == NULL)
        return json_null();
    char *clean = strdup(bytes);
    if (clean == NULL)
        return json_null();
    uint32_t character;
    for (char *at = clean, *end = clean + strlen(clean); at < end;) {
        size_t size = printable_decode(at, (size_t)(end - at), &character);
        if (size == 0)
            *at = '?';
        at += size == 0 ? 1 : size;
    }
    json_t *string = json_string(clean);
    free(clean);
    return string;
}

json_t *piece_text_or_null(const char *bytes)
{
    return piece_text(bytes == NULL || bytes[0] == 0 ? NULL : bytes);
}

json_t *piece_name16(const char *name)
{
    char copy[17];
    snprintf(copy, sizeof copy, "%.16s", name);
    return piece_text_or_null(copy);
}

json_t *piece_hex(uint64_t number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "0x%llx", (unsigned long long)record_own_address(number));
    return json_string(digits);
}

json_t *piece_number_or_null(uint64_t number)
{
    return number == 0 ? json_null() : json_integer((json_int_t)number);
}

json_t *piece_time(uint64_t nanoseconds)
{
    time_t seconds = (time_t)(nanoseconds / 1000000000);
    char day[40], whole[60];
    struct tm utc;
    if (nanoseconds == 0 || gmtime_r(&seconds, &utc) == NULL ||
        strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &utc) == 0)
        return json_null();
    snprintf(whole, sizeof whole, "%s.%03uZ", day, (unsigned)(nanoseconds / 1000000 % 1000));
    return json_string(whole);
}

/* --- how much of one record --- */

enum { FRAMES_IN_ALL = 100 * 1000, HOLDS_IN_ALL = 50 * 1000 };
static unsigned frames_left, holds_left;

void pieces_begin(void)
{
    frames_left = FRAMES_IN_ALL;
    holds_left = HOLDS_IN_ALL;
}

bool pieces_left(void)
{
    return frames_left > 0 && holds_left > 0;
}

bool piece_take_frame(void)
{
    frames_left -= frames_left > 0;
    return frames_left > 0;
}

bool piece_take_hold(void)
{
    holds_left -= holds_left > 0;
    return holds_left > 0;
}
