#include "record/python_stack.h"

#include <string.h>

/* Whether a frame is this function of Python's threading. */
static bool is_function(const struct record *r, uint64_t frame, const char *name)
{
    static const char file[] = "/threading.py";
    const char *text = record_frame_text(r, frame);
    text += strcspn(text, " ");
    size_t size = strlen(text), length = strlen(name);
    return size > length + sizeof file && strncmp(text + 1, name, length) == 0 && text[1 + length] == ' ' &&
           strcmp(text + size - (sizeof file - 1), file) == 0;
}

bool python_stack_in_event(const struct record *r, uint32_t stack)
{
    uint32_t depth, i = 0;
    const uint64_t *frames = record_frames(r, stack, &depth);
    while (i < depth && (frames[i] & FRAME_TEXT) == 0)
        i++;
    return i + 1 < depth && is_function(r, frames[i], "Condition.wait") && is_function(r, frames[i + 1], "Event.wait");
}
