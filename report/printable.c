#include "report/printable.h"

#include <string.h>

/* The Unicode Standard, table 3-7: well-formed byte sequences. */
size_t printable_decode(const char *text, size_t size, uint32_t *character)
{
    const unsigned char *at = (const unsigned char *)text;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : at[0] < 0xf5 ? 4 : 0;
    if (length == 0 || length > size)
        return 0;
    uint32_t c = length == 1 ? at[0] : at[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (at[i] & 0x3fu);
    }
    if (c < least[length] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return 0;
    *character = c;
    return length;
}

bool printable_character(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } bad[] = {
        {0, 0x1f},          /* C0 */
        {0x7f, 0x9f},       /* DEL and C1 */
        {0x61c, 0x61c},     /* Arabic letter mark */
        {0x200e, 0x200f},   /* left-to-right mark, right-to-left mark */
        {0x2028, 0x202e},   /* line and paragraph separator, embeddings and overrides */
        {0x2066, 0x206f},   /* isolates, and what Unicode deprecates */
        {0xfeff, 0xfeff},   /* byte order mark */
        {0xfff9, 0xfffb},   /* interlinear annotation */
        {0xe0000, 0xe007f}, /* tags: never shown */
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (c >= bad[i].first && c <= bad[i].last)
            return false;
    return true;
}

static size_t put_hex(char *to, char kind, uint32_t value, int digits)
{
    *to++ = '\\';
    *to++ = kind;
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
        *to++ = "0123456789abcdef"[value >> shift & 15];
    return 2 + (size_t)digits;
}

/* A character that is not to be shown, or the byte of none. */
static size_t escape(char *to, uint32_t c)
{
    if (c < 0x100)
        return put_hex(to, 'x', c, 2);
    return c < 0x10000 ? put_hex(to, 'u', c, 4) : put_hex(to, 'U', c & 0xffff, 4);
}

size_t printable_write(char *to, size_t room, const char *text, size_t size, size_t *taken)
{
    size_t done = 0, from = 0;
    while (from < size) {
        char one[PRINTABLE_ROOM];
        uint32_t c;
        size_t length = printable_decode(text + from, size - from, &c), shown = length;
        if (length == 0)
            shown = escape(one, (unsigned char)text[from]), length = 1;
        else if (!printable_character(c))
            shown = escape(one, c);
        else
            memcpy(one, text + from, length);
        if (shown > room - done)
            break;
        memcpy(to + done, one, shown);
        done += shown, from += length;
    }
    *taken = from;
    return done;
}
