/*
 * Which text may reach a terminal or a log: names come from programs, files and records, and may hold anything.
 *
 * What may not: control characters, of one byte and of two (C1, U+0080 to U+009F, among them CSI), what is no UTF-8
 * (where a terminal does not expect UTF-8, such a byte may be C1), and what changes the order of what is shown or
 * begins a new line (Unicode Technical Report 36, "Unicode Security Considerations", 2.10; "Trojan Source",
 * CVE-2021-42574). It is shown as \x1b or \u202e instead. Works on memory of the caller's alone; also for a signal
 * handler.
 */
#ifndef LOCKWATCH_REPORT_PRINTABLE_H
#define LOCKWATCH_REPORT_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first character of a text of at least one byte, and its size; 0 when its first byte begins no UTF-8. */
size_t printable_decode(const char *text, size_t size, uint32_t *character);

/* Whether a character may be shown. */
bool printable_character(uint32_t character);

/*
 * Writes what may be shown of a text to `to`, as far as it fits, and says how much that is; *taken gets how much of the
 * text it stands for. PRINTABLE_ROOM is enough for one character.
 */
enum { PRINTABLE_ROOM = 6 };
size_t printable_write(char *to, size_t room, const char *text, size_t size, size_t *taken);

#endif
