/*
 * OpenMP's locks and critical sections.
 *
 * A critical section cannot be tried, so it is counted here who is in it. A section without a name has the runtime's
 * own lock, which is not seen: it goes by the address of the function that acquires it.
 */
#include "preload/hooks/openmp.h"

static const char names[] =
#define OPENMP(result, name, parameters) #name "\0"
#include "preload/os/toolkits.def"
    ;
_Static_assert(sizeof(struct openmp) <= sizeof(((struct toolkit_copy *)0)->call), "a copy has room for OpenMP's calls");

struct toolkit openmp_toolkit;

void *const *openmp_find(uint64_t site)
{
    static void *const none[TOOLKIT_CALLS];
    const struct toolkit_names all = {names, NULL};
    void *const *calls = toolkit_find(&openmp_toolkit, &all, site);
    return calls != NULL ? calls : none;
}

/* A program built for clang's runtime asks for its version; one built for gcc's, for that of the call. */
#define OF_BOTH(name, version)                                                                                         \
    TOOLKIT_EXPORT(name, version);                                                                                     \
    TOOLKIT_EXPORT_AS(name, toolkit_clang_##name, "VERSION")
#define CLANG_ALIAS(name)                                                                                              \
    EXPORT __typeof__(toolkit_##name) toolkit_clang_##name __attribute__((alias("toolkit_" #name)))

/* --- locks --- */

#define LIFE(op, lock, kind, suffix)                                                                                   \
    void toolkit_omp_##op##_##lock##suffix(void *l)                                                                    \
    {                                                                                                                  \
        const struct call c = CALL_ABOUT(l, kind);                                                                     \
        const struct openmp *o = openmp(c.site);                                                                       \
        if (unlikely(o->omp_##op##_##lock##suffix == NULL))                                                            \
            return;                                                                                                    \
        o->omp_##op##_##lock##suffix(l);                                                                               \
        life_##op(&c);                                                                                                 \
    }

static void life_init(const struct call *c)
{
    toolkit_initialised(c);
}

static void life_destroy(const struct call *c)
{
    lock_end(c->address);
}

#define LOCK(suffix)                                                                                                   \
    LIFE(init, lock, KIND_OMP_LOCK, suffix)                                                                            \
    LIFE(destroy, lock, KIND_OMP_LOCK, suffix)                                                                         \
    void toolkit_omp_set_lock##suffix(void *l)                                                                         \
    {                                                                                                                  \
        const struct call c = CALL_ABOUT(l, KIND_OMP_LOCK);                                                            \
        const struct openmp *o = openmp(c.site);                                                                       \
        if (unlikely(o->omp_set_lock##suffix == NULL))                                                                 \
            return;                                                                                                    \
        if (thread_watched() == NULL)                                                                                  \
            o->omp_set_lock##suffix(l);                                                                                \
        else                                                                                                           \
            toolkit_lock(&c, 0, o->omp_test_lock##suffix, o->omp_set_lock##suffix, false);                             \
    }                                                                                                                  \
    int toolkit_omp_test_lock##suffix(void *l)                                                                         \
    {                                                                                                                  \
        const struct call c = CALL_ABOUT(l, KIND_OMP_LOCK);                                                            \
        const struct openmp *o = openmp(c.site);                                                                       \
        if (unlikely(o->omp_test_lock##suffix == NULL))                                                                \
            return 0;                                                                                                  \
        return thread_watched() == NULL ? o->omp_test_lock##suffix(l)                                                  \
                                        : toolkit_trylock(&c, 0, o->omp_test_lock##suffix);                            \
    }                                                                                                                  \
    void toolkit_omp_unset_lock##suffix(void *l)                                                                       \
    {                                                                                                                  \
        const struct call c = CALL_ABOUT(l, KIND_OMP_LOCK);                                                            \
        const struct openmp *o = openmp(c.site);                                                                       \
        if (unlikely(o->omp_unset_lock##suffix == NULL))                                                               \
            return;                                                                                                    \
        if (thread_watched() != NULL)                                                                                  \
            toolkit_releases(&c, false);                                                                               \
        o->omp_unset_lock##suffix(l);                                                                                  \
    }

LOCK()
LOCK(_)

#define NEST_LOCK(suffix)                                                                                              \
    LIFE(init, nest_lock, KIND_OMP_NEST_LOCK, suffix)                                                                  \
    LIFE(destroy, nest_lock, KIND_OMP_NEST_LOCK, suffix)                                                               \
    void toolkit_omp_set_nest_lock##suffix(void *l)                                                                    \
    {                                                                                                                  \
        const struct call c = CALL_ABOUT(l, KIND_OMP_NEST_LOCK);                                                       \
        const struct openmp *o = openmp(c.site);                                                                       \
        if (unlikely(o->omp_set_nest_lock##suffix == NULL))                                                            \
            return;                                                                                                    \
        if (thread_watched() == NULL || toolkit_again(c.address))                                                      \
            o->omp_set_nest_lock##suffix(l);                                                                           \
        else                                                                                                           \
            toolkit_lock(&c, 0, o->omp_test_nest_lock##suffix, o->omp_set_nest_lock##suffix, false);                   \
    }                                                                                                                  \
    int toolkit_omp_test_nest_lock##suffix(void *l)                                                                    \
    {                                                                                                                  \
        const struct call c = CALL_ABOUT(l, KIND_OMP_NEST_LOCK);                                                       \
        const struct openmp *o = openmp(c.site);                                                                       \
        if (unlikely(o->omp_test_nest_lock##suffix == NULL))                                                           \
            return 0;                                                                                                  \
        if (thread_watched() == NULL || toolkit_again(c.address))                                                      \
            return o->omp_test_nest_lock##suffix(l);                                                                   \
        return toolkit_trylock(&c, 0, o->omp_test_nest_lock##suffix);                                                  \
    }                                                                                                                  \
    void toolkit_omp_unset_nest_lock##suffix(void *l)                                                                  \
    {                                                                                                                  \
        const struct call c = CALL_ABOUT(l, KIND_OMP_NEST_LOCK);                                                       \
        const struct openmp *o = openmp(c.site);                                                                       \
        if (unlikely(o->omp_unset_nest_lock##suffix == NULL))                                                          \
            return;                                                                                                    \
        if (thread_watched() != NULL && !toolkit_not_last(c.address))                                                  \
            toolkit_releases(&c, false);                                                                               \
        o->omp_unset_nest_lock##suffix(l);                                                                             \
    }

NEST_LOCK()
NEST_LOCK(_)

#define EXPORT_LOCK(lock, suffix)                                                                                      \
    CLANG_ALIAS(omp_init_##lock##suffix);                                                                              \
    OF_BOTH(omp_init_##lock##suffix, "OMP_3.0");                                                                       \
    CLANG_ALIAS(omp_destroy_##lock##suffix);                                                                           \
    OF_BOTH(omp_destroy_##lock##suffix, "OMP_3.0");                                                                    \
    CLANG_ALIAS(omp_set_##lock##suffix);                                                                               \
    OF_BOTH(omp_set_##lock##suffix, "OMP_3.0");                                                                        \
    CLANG_ALIAS(omp_test_##lock##suffix);                                                                              \
    OF_BOTH(omp_test_##lock##suffix, "OMP_3.0");                                                                       \
    CLANG_ALIAS(omp_unset_##lock##suffix);                                                                             \
    OF_BOTH(omp_unset_##lock##suffix, "OMP_3.0")

EXPORT_LOCK(lock, );
EXPORT_LOCK(lock, _);
EXPORT_LOCK(nest_lock, );
EXPORT_LOCK(nest_lock, _);

/* --- critical sections --- */

/* How many threads are in sections with this hash. Where it is 0 a section is free. */
enum { SECTIONS = 256 };
static _Atomic uint32_t inside[SECTIONS];

static _Atomic uint32_t *inside_of(uint64_t address)
{
    return &inside[(address >> 3 ^ address >> 11) % SECTIONS];
}

/* A call of the runtime with its arguments. */
struct section {
    void (*plain)(void);
    void (*named)(void **);
    void (*clang)(void *, int, void *);
    void (*hinted)(void *, int, void *, uint32_t);
    void *place, *name;
    int thread;
    uint32_t hint;
};

static void enter(void *section)
{
    const struct section *s = section;
    if (s->plain != NULL)
        s->plain();
    else if (s->named != NULL)
        s->named(s->name);
    else if (s->clang != NULL)
        s->clang(s->place, s->thread, s->name);
    else if (s->hinted != NULL)
        s->hinted(s->place, s->thread, s->name, s->hint);
}

static int enter_waiting(void *section)
{
    toolkit_closed(enter, section);
    return 0;
}

ALWAYS_INLINE void section_enter(struct section *s, uint64_t address, uint64_t site, uint64_t frame)
{
    const struct wait w = {.call = {address, KIND_OMP_CRITICAL, site, frame}, .block = enter_waiting, .argument = s};
    if (thread_watched() == NULL) {
        enter(s);
        return;
    }
    if (atomic_load_explicit(inside_of(address), memory_order_relaxed) != 0)
        wait_run(&w);
    else
        toolkit_closed(enter, s);
    atomic_fetch_add_explicit(inside_of(address), 1, memory_order_relaxed);
    toolkit_acquired(&w.call, 0);
}

/* Before the runtime's call. */
ALWAYS_INLINE void section_leave(uint64_t address)
{
    if (thread_watched() != NULL && hold_release(self.slot, (const void *)(uintptr_t)address))
        atomic_fetch_sub_explicit(inside_of(address), 1, memory_order_relaxed);
}

#define UNNAMED(what)                                                                                                  \
    void toolkit_GOMP_##what##_start(void)                                                                             \
    {                                                                                                                  \
        struct section s = {.plain = openmp(CALL_SITE)->GOMP_##what##_start};                                          \
        section_enter(&s, ADDRESS(s.plain), CALL_SITE, CALL_FRAME);                                                    \
    }                                                                                                                  \
    void toolkit_GOMP_##what##_end(void)                                                                               \
    {                                                                                                                  \
        const struct openmp *o = openmp(CALL_SITE);                                                                    \
        section_leave(ADDRESS(o->GOMP_##what##_start));                                                                \
        if (likely(o->GOMP_##what##_end != NULL))                                                                      \
            o->GOMP_##what##_end();                                                                                    \
    }                                                                                                                  \
    TOOLKIT_EXPORT(GOMP_##what##_start, "GOMP_1.0");                                                                   \
    TOOLKIT_EXPORT(GOMP_##what##_end, "GOMP_1.0");

UNNAMED(critical)
UNNAMED(atomic)

void toolkit_GOMP_critical_name_start(void **name)
{
    struct section s = {.named = openmp(CALL_SITE)->GOMP_critical_name_start, .name = name};
    section_enter(&s, ADDRESS(name), CALL_SITE, CALL_FRAME);
}

void toolkit_GOMP_critical_name_end(void **name)
{
    const struct openmp *o = openmp(CALL_SITE);
    section_leave(ADDRESS(name));
    if (likely(o->GOMP_critical_name_end != NULL))
        o->GOMP_critical_name_end(name);
}

TOOLKIT_EXPORT(GOMP_critical_name_start, "GOMP_1.0");
TOOLKIT_EXPORT(GOMP_critical_name_end, "GOMP_1.0");

void toolkit___kmpc_critical(void *place, int thread, void *name)
{
    struct section s = {.clang = openmp(CALL_SITE)->__kmpc_critical, .place = place, .thread = thread, .name = name};
    section_enter(&s, ADDRESS(name), CALL_SITE, CALL_FRAME);
}

void toolkit___kmpc_critical_with_hint(void *place, int thread, void *name, uint32_t hint)
{
    struct section s = {.hinted = openmp(CALL_SITE)->__kmpc_critical_with_hint,
                        .place = place,
                        .thread = thread,
                        .name = name,
                        .hint = hint};
    section_enter(&s, ADDRESS(name), CALL_SITE, CALL_FRAME);
}

void toolkit___kmpc_end_critical(void *place, int thread, void *name)
{
    const struct openmp *o = openmp(CALL_SITE);
    section_leave(ADDRESS(name));
    if (likely(o->__kmpc_end_critical != NULL))
        o->__kmpc_end_critical(place, thread, name);
}

TOOLKIT_EXPORT(__kmpc_critical, "VERSION");
TOOLKIT_EXPORT(__kmpc_critical_with_hint, "VERSION");
TOOLKIT_EXPORT(__kmpc_end_critical, "VERSION");
