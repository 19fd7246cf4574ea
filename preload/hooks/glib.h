/*
 * GLib, as the wrappers call it.
 */
#ifndef LOCKWATCH_PRELOAD_HOOKS_GLIB_H
#define LOCKWATCH_PRELOAD_HOOKS_GLIB_H

#include "preload/hooks/toolkit.h"

struct glib {
#define GLIB(result, name, parameters) result(*name) parameters;
#include "preload/os/toolkits.def"
};

#define GLIB(result, name, parameters) EXPORT result toolkit_##name parameters;
#include "preload/os/toolkits.def"

extern struct toolkit glib_toolkit HIDDEN;
void *const *glib_find(uint64_t site) HIDDEN;

/* Of the copy that this caller is bound to. */
ALWAYS_INLINE const struct glib *glib(uint64_t site)
{
    void *const *calls = toolkit_known(&glib_toolkit, site);
    return (const struct glib *)(const void *)(calls != NULL ? calls : glib_find(site));
}

/* A condition of who has come here without GLib, or with one that lacks the call. */
#define CALL_OR_LEAVE(call, otherwise)                                                                                 \
    if (unlikely((call) == NULL))                                                                                      \
    return otherwise

/*
 * What is seen to be as expected in a copy of GLib; where all have it, the common case is done without calling them
 * (enum fork_guard_toolkit).
 */
ALWAYS_INLINE bool glib_has_seen(const struct glib *g, enum fork_guard_toolkit what)
{
    const struct toolkit_copy *c =
        (const struct toolkit_copy *)(const void *)((const char *)g - offsetof(struct toolkit_copy, call));
    return (c->seen >> what & 1) != 0;
}

void glib_see(const struct glib *g, enum fork_guard_toolkit what) HIDDEN;

/* Initialise or clear. */
ALWAYS_INLINE void glib_life(toolkit_call *really, void *object)
{
    if (self_watched() != NULL)
        toolkit_closed(really, object);
    else
        really(object);
}

#define GLIB_LIFE(prefix, kind)                                                                                        \
    void toolkit_##prefix##_init(void *object)                                                                         \
    {                                                                                                                  \
        const struct call c = CALL_ABOUT(object, kind);                                                                \
        const struct glib *g = glib(c.site);                                                                           \
        CALL_OR_LEAVE(g->prefix##_init, );                                                                             \
        glib_life(g->prefix##_init, object);                                                                           \
        toolkit_initialised(&c);                                                                                       \
    }                                                                                                                  \
    void toolkit_##prefix##_clear(void *object)                                                                        \
    {                                                                                                                  \
        const struct glib *g = glib(CALL_SITE);                                                                        \
        CALL_OR_LEAVE(g->prefix##_clear, );                                                                            \
        glib_life(g->prefix##_clear, object);                                                                          \
        lock_end((uint64_t)(uintptr_t)object);                                                                         \
    }                                                                                                                  \
    TOOLKIT_EXPORT(prefix##_init, "LOCKWATCH");                                                                        \
    TOOLKIT_EXPORT(prefix##_clear, "LOCKWATCH")

#endif
