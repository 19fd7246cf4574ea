#include "preload/stack/within.h"

#include "preload/os/loaded.h"
#include "preload/store/store.h"

extern void *_Unwind_FindEnclosingFunction(void *);

/* Frames are return addresses: the call lies before. NULL: not known. */
static const void *function_of(uint64_t frame)
{
    return (frame & FRAME_TEXT) != 0 ? NULL : _Unwind_FindEnclosingFunction((void *)(uintptr_t)(frame - 1));
}

/* The first frame that is not of libstdc++. */
static uint32_t first_of_program(const uint64_t *frames, uint32_t depth)
{
    uint32_t i = 0;
    while (i < depth && (frames[i] & FRAME_TEXT) == 0 && loaded_is_libstdcxx((const void *)(uintptr_t)frames[i]))
        i++;
    return i;
}

bool stack_within(uint32_t inner, uint32_t outer)
{
    uint32_t depth, outer_depth;
    const uint64_t *frames = record_frames(&ours, inner, &depth);
    const uint64_t *outer_frames = record_frames(&ours, outer, &outer_depth);
    uint32_t first = first_of_program(frames, depth), at = first_of_program(outer_frames, outer_depth) + 1;
    const void *function = first < depth ? function_of(frames[first]) : NULL;
    while (function != NULL && at < outer_depth && function_of(outer_frames[at]) != function)
        at++;
    return function != NULL && at < outer_depth;
}
