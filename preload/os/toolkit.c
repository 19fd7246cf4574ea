#include "preload/os/toolkit.h"

#include "preload/os/loaded.h"

#include <errno.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>

/* --- the loader's objects --- */

struct object {
    uintptr_t base;
    const ElfW(Dyn) * dynamic;
    const char *name; /* of its file */
    uint32_t next;    /* in the queue, plus 1 */
    bool queued;
};

struct objects {
    struct object *item;
    uint32_t count, room;
};

static int count_one(struct dl_phdr_info *info, size_t size, void *count)
{
    (void)info, (void)size;
    ++*(uint32_t *)count;
    return 0;
}

static int add_one(struct dl_phdr_info *info, size_t size, void *objects)
{
    struct objects *all = objects;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum && all->count < all->room; i++)
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            all->item[all->count++] =
                (struct object){.base = info->dlpi_addr,
                                .dynamic = (const void *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr),
                                .name = info->dlpi_name};
    return 0;
}

static const char *text_of(const struct object *o, uintptr_t offset)
{
    for (const ElfW(Dyn) *d = o->dynamic; d->d_tag != DT_NULL; d++)
        if (d->d_tag == DT_STRTAB)
            return (const char *)loaded_at_base(o->base, d->d_un.d_ptr) + offset;
    return "";
}

/* As the loader looks for what is loaded already: by the name of its file, or its own. */
static bool is_called(const struct object *o, const char *name)
{
    const char *slash = strrchr(o->name, '/');
    if (strcmp(slash != NULL ? slash + 1 : o->name, name) == 0 || strcmp(o->name, name) == 0)
        return true;
    for (const ElfW(Dyn) *d = o->dynamic; d->d_tag != DT_NULL; d++)
        if (d->d_tag == DT_SONAME)
            return strcmp(text_of(o, d->d_un.d_val), name) == 0;
    return false;
}

static void *symbol_of(const struct object *o, const char *name)
{
    return loaded_symbol(o->base, o->dynamic, name);
}

/* --- which one a caller is bound to --- */

/* What `from` and all that it needs has, in the order of the loader: breadth first. NULL: none has the name. */
static const struct object *search_from(struct objects *all, uint32_t from, const char *name)
{
    uint32_t last = from;
    for (uint32_t i = 0; i < all->count; i++)
        all->item[i].queued = false, all->item[i].next = 0;
    all->item[from].queued = true;
    for (uint32_t at = from;; at = all->item[at].next - 1) {
        const struct object *o = &all->item[at];
        if (symbol_of(o, name) != NULL)
            return o;
        for (const ElfW(Dyn) *d = o->dynamic; d->d_tag != DT_NULL; d++)
            for (uint32_t i = 0; d->d_tag == DT_NEEDED && i < all->count; i++)
                if (is_called(&all->item[i], text_of(o, d->d_un.d_val))) {
                    if (!all->item[i].queued) {
                        all->item[i].queued = true;
                        all->item[last].next = i + 1;
                        last = i;
                    }
                    break;
                }
        if (o->next == 0)
            return NULL;
    }
}

static const struct object *search_any(const struct objects *all, const void *own, const char *name)
{
    for (uint32_t i = 0; i < all->count; i++)
        if (all->item[i].dynamic != own && symbol_of(&all->item[i], name) != NULL)
            return &all->item[i];
    return NULL;
}

static bool is_never_unloaded(const struct object *o)
{
    for (const ElfW(Dyn) *d = o->dynamic; d->d_tag != DT_NULL; d++)
        if (d->d_tag == DT_FLAGS_1)
            return (d->d_un.d_val & DF_1_NODELETE) != 0;
    return false;
}

static int read_unloads(struct dl_phdr_info *info, size_t size, void *unloads)
{
    (void)size;
    *(uint64_t *)unloads = info->dlpi_subs;
    return 1;
}

/* Another library may lie there now, with the same link map: if anything was unloaded since, all is looked up again. */
static bool is_there(struct toolkit_copy *c, const struct toolkit_names *names)
{
    uint64_t unloads = 0;
    const char *name = names->all;
    if (c->stays)
        return true;
    dl_iterate_phdr(read_unloads, &unloads);
    if (unloads == c->unloads)
        return true;
    const struct link_map *m = loaded_at(c->call[0]);
    if (m == NULL || m != c->owner)
        return false;
    for (unsigned k = 0; *name != 0; k++, name += strlen(name) + 1)
        if (loaded_symbol(m->l_addr, m->l_ld, name) != c->call[k])
            return false;
    c->unloads = unloads;
    return true;
}

/* The number of the copy that is this object; TOOLKIT_COPIES: there are too many. One that is gone gives its place. */
static uint32_t copy_at(struct toolkit *t, const struct toolkit_names *names, const struct object *o, bool stays)
{
    void *first = symbol_of(o, names->all);
    const void *owner = loaded_at(first);
    uint32_t i = 0;
    while (i < t->copies && (t->copy[i].owner != owner || t->copy[i].call[0] != first || !is_there(&t->copy[i], names)))
        i++;
    if (i < t->copies)
        return i;
    i = 0;
    while (i < t->copies && is_there(&t->copy[i], names))
        i++;
    if (i == TOOLKIT_COPIES || owner == NULL)
        return TOOLKIT_COPIES;
    struct toolkit_copy *c = &t->copy[i];
    const char *name = names->all;
    for (unsigned k = 0; *name != 0; k++, name += strlen(name) + 1)
        c->call[k] = symbol_of(o, name);
    c->owner = owner;
    c->seen = 0;
    c->stays = stays || is_never_unloaded(o);
    dl_iterate_phdr(read_unloads, (uint64_t *)&c->unloads);
    if (i == t->copies)
        atomic_store_explicit(&t->copies, i + 1, memory_order_release);
    if (names->found != NULL)
        names->found(c);
    return i;
}

struct question {
    struct toolkit *toolkit;
    const struct toolkit_names *names;
    const struct link_map *caller;
    uint32_t copy;
};

static void answer(struct question *q, struct objects *all)
{
    const char *key = q->names->all;
    const struct object *o = all->count > 0 ? search_from(all, 0, key) : NULL;
    bool stays = o != NULL;
    for (uint32_t i = 0; o == NULL && q->caller != NULL && i < all->count; i++)
        if (all->item[i].dynamic == q->caller->l_ld)
            o = search_from(all, i, key);
    if (o == NULL)
        o = search_any(all, _DYNAMIC, key);
    if (o != NULL)
        q->copy = copy_at(q->toolkit, q->names, o, stays);
}

/* All of it in the first call, as the loader's lock is held meanwhile; it may be acquired again. */
static int look(struct dl_phdr_info *info, size_t size, void *question)
{
    struct objects all = {.count = 0};
    (void)info, (void)size;
    dl_iterate_phdr(count_one, &all.room);
    const size_t bytes = all.room * sizeof *all.item;
    all.item = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all.item == MAP_FAILED)
        return 1;
    dl_iterate_phdr(add_one, &all);
    answer(question, &all);
    real.munmap(all.item, bytes);
    return 1;
}

/* Another module may have the link map of one that was unloaded. */
static void drop_unloaded(struct toolkit *t)
{
    uint64_t unloads = 0;
    dl_iterate_phdr(read_unloads, &unloads);
    if (unloads == t->unloads)
        return;
    for (unsigned i = 0; i < TOOLKIT_MODULES; i++)
        t->module[i] = 0;
    t->unloads = unloads;
}

void *const *toolkit_find(struct toolkit *t, const struct toolkit_names *names, uint64_t site)
{
    int error = errno;
    const void *caller = loaded_at((const void *)(uintptr_t)site);
    const uintptr_t key = (uintptr_t)caller;
    drop_unloaded(t);
    _Atomic uint64_t *module = &t->module[(key >> 6 ^ key >> 12) % TOOLKIT_MODULES];
    const uint64_t known = atomic_load_explicit(module, memory_order_acquire);
    struct question q = {t, names, caller, TOOLKIT_COPIES};
    if (key != 0 && known >> 8 == key && is_there(&t->copy[(known & 0xff) - 1], names))
        q.copy = (uint32_t)(known & 0xff) - 1;
    else
        dl_iterate_phdr(look, &q);
    errno = error;
    if (q.copy == TOOLKIT_COPIES)
        return NULL;
    atomic_store_explicit(module, (uint64_t)key << 8 | (q.copy + 1), memory_order_release);
    atomic_store_explicit(toolkit_place(t, site), site << 8 | (q.copy + 1), memory_order_release);
    return t->copy[q.copy].call;
}
