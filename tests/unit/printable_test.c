/* What may be shown of a text from elsewhere, and what is shown instead of the rest. */
#include "report/printable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void shows(const char *text, const char *due)
{
    char shown[400];
    size_t taken, size = printable_write(shown, sizeof shown - 1, text, strlen(text), &taken);
    shown[size] = 0;
    assert_string_equal(shown, due);
    assert_int_equal(taken, strlen(text));
}

static void text_stays(void **state)
{
    (void)state;
    shows("", "");
    shows("put at x.c:12 \\ \"~", "put at x.c:12 \\ \"~");
    shows("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x92 \xc2\xa0", "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x92 \xc2\xa0");
}

static void what_a_terminal_obeys_is_escaped(void **state)
{
    (void)state;
    shows("\033[31m\a\b\r\n\t\x7f", "\\x1b[31m\\x07\\x08\\x0d\\x0a\\x09\\x7f");
    shows("\xc2\x80\xc2\x9b\xc2\x9f", "\\x80\\x9b\\x9f");
    // NOLINTNEXTLINE(misc-misleading-bidirectional): that is what must be escaped
    shows("\xe2\x80\xae\xe2\x80\xaa\xe2\x81\xa6\xe2\x81\xa9", "\\u202e\\u202a\\u2066\\u2069");
    shows("\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "\\u200e\\u200f\\u061c");
    shows("\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf", "\\u2028\\u2029\\ufeff");
}

/* Of what is no UTF-8 each byte: a terminal may take it for Latin-1, where 0x9b is CSI. */
static void what_is_no_text_is_escaped(void **state)
{
    (void)state;
    shows("\x9b"
          "31m\xff\xfe",
          "\\x9b31m\\xff\\xfe");
    shows("\xc2", "\\xc2");
    shows("a\xe2\x82", "a\\xe2\\x82");
    shows("\xc0\x9b \xc1\xbf", "\\xc0\\x9b \\xc1\\xbf"); /* longer than they need to be */
    shows("\xe0\x82\x9b \xf0\x80\x82\x9b", "\\xe0\\x82\\x9b \\xf0\\x80\\x82\\x9b");
    shows("\xed\xa0\x80 \xf4\x90\x80\x80", "\\xed\\xa0\\x80 \\xf4\\x90\\x80\\x80"); /* half a pair; beyond the last */
    shows("\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80");
}

/* A character that does not fit whole is left for the next call. */
static void goes_on_where_there_was_no_room(void **state)
{
    // NOLINTNEXTLINE(misc-misleading-bidirectional): that is what must be escaped
    static const char text[] = "ab\033\xe2\x82\xac\xe2\x80\xae!";
    (void)state;
    for (size_t room = PRINTABLE_ROOM; room < 20; room++) {
        char shown[64] = "", part[20];
        size_t at = 0, taken;
        while (at < strlen(text)) {
            size_t size = printable_write(part, room, text + at, strlen(text) - at, &taken);
            assert_true(taken >= 1 && taken <= strlen(text) - at);
            assert_true(size >= 1 && size <= room);
            strncat(shown, part, size);
            at += taken;
        }
        assert_string_equal(shown, "ab\\x1b\xe2\x82\xac\\u202e!");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_stays),
        cmocka_unit_test(what_a_terminal_obeys_is_escaped),
        cmocka_unit_test(what_is_no_text_is_escaped),
        cmocka_unit_test(goes_on_where_there_was_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
