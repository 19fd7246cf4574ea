#include "preload/store/module.h"

#include "preload/os/fork_zeroed.h"
#include "preload/os/interpreter.h"
#include "preload/os/loader.h"
#include "preload/os/proc_file.h"
#include "preload/os/raw_lock.h"
#include "preload/os/self.h"
#include "preload/store/store.h"

#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct loaded {
    uint64_t start, end, bias;
    const char *path;
    const unsigned char *build_id;
    unsigned build_id_size;
};

enum { LOADED_AT_ONCE = 64, PATH_ROOM = 512, BUILD_ID_AT = PATH_ROOM };

struct loaded_list {
    struct loaded item[LOADED_AT_ONCE];
    char text[LOADED_AT_ONCE][PATH_ROOM + 32];
    unsigned count;
    unsigned position; /* the first one is the program itself; it has no name, or, by musl, its argv[0] */
};

static void find_build_id(struct loaded *l, const struct dl_phdr_info *info, const ElfW(Phdr) * p)
{
    const char *at = (const char *)(uintptr_t)(info->dlpi_addr + p->p_vaddr);
    for (const char *end = at + p->p_memsz; at + sizeof(ElfW(Nhdr)) <= end;) {
        const ElfW(Nhdr) *n = (const ElfW(Nhdr) *)at;
        const char *name = at + sizeof *n;
        const char *description = name + ((size_t)n->n_namesz + 3) / 4 * 4;
        if (n->n_type == NT_GNU_BUILD_ID && n->n_namesz == 4 && memcmp(name, "GNU", 4) == 0) {
            l->build_id = (const unsigned char *)description;
            l->build_id_size = n->n_descsz;
            return;
        }
        at = description + ((size_t)n->n_descsz + 3) / 4 * 4;
    }
}

static bool is_recorded(const struct loaded *l)
{
    const struct module *m = record_item(&ours, TABLE_MODULES, record_module_of(&ours, l->start));
    return m != NULL && m->start == l->start && m->end == l->end && m->bias == l->bias;
}

/* From where we are now that may lead elsewhere. The vDSO has a name, but no file. */
static bool is_relative(const char *path)
{
    return path[0] != '/' && strchr(path, '/') != NULL;
}

static bool find_path(uint64_t address, char *path)
{
    int error = errno;
    bool found = proc_file_mapped(address, path, PATH_ROOM);
    errno = error;
    return found;
}

/* Copied: the module may be unloaded as soon as the loader's lock is let go. */
static void list_add(struct loaded_list *list, const struct loaded *l, unsigned position)
{
    char *text = list->text[list->count];
    if (l->path == NULL || l->path[0] == 0)
        strncpy(text, position == 0 ? store_executable() : "", PATH_ROOM - 1);
    else if (!(position == 0 || is_relative(l->path)) || !find_path(l->start, text))
        strncpy(text, l->path, PATH_ROOM - 1);
    if (l->build_id_size > 0)
        memcpy(text + BUILD_ID_AT, l->build_id, l->build_id_size);
    list->item[list->count++] = *l;
}

/*
 * The kernel, which maps the program and the loader itself, leaves what is between two segments free, and other memory
 * comes to lie there; the loader does not. Where segments are aligned to 64 KiB, as on aarch64, that is the rule.
 */
static bool may_have_holes(const struct dl_phdr_info *info, unsigned position)
{
    return position == 0 || info->dlpi_addr == getauxval(AT_BASE);
}

/* The next range of segments without a hole, from `at`, an index of dlpi_phdr; they are in order. Past it: `at`. */
static bool next_range(const struct dl_phdr_info *info, bool holes, int *at, struct loaded *l)
{
    const uint64_t page = 4096;
    l->start = l->end = 0;
    for (; *at < info->dlpi_phnum; ++*at) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[*at];
        uint64_t start = info->dlpi_addr + p->p_vaddr;
        if (p->p_type != PT_LOAD || p->p_memsz == 0)
            continue;
        if (l->end != 0 && holes && start / page > (l->end + page - 1) / page)
            return true;
        l->start = l->end == 0 || start < l->start ? start : l->start;
        l->end = start + p->p_memsz > l->end ? start + p->p_memsz : l->end;
    }
    return l->end != 0;
}

static int see_module(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    struct loaded_list *list = argument;
    struct loaded l = {.bias = info->dlpi_addr, .path = info->dlpi_name};
    unsigned position = list->position++;
    bool holes = may_have_holes(info, position), new = false;
    for (int at = 0; next_range(info, holes, &at, &l);) {
        if (is_recorded(&l))
            continue;
        if (!new)
            interpreter_see(info);
        new = true;
        if (list->count >= LOADED_AT_ONCE)
            return 1;
        for (int i = 0; i < info->dlpi_phnum && l.build_id == NULL; i++)
            if (info->dlpi_phdr[i].p_type == PT_NOTE)
                find_build_id(&l, info, &info->dlpi_phdr[i]);
        if (l.build_id_size > sizeof((struct module *)0)->build_id)
            l.build_id_size = 0;
        list_add(list, &l, position);
    }
    return 0;
}

static bool add_module(const struct loaded *from, const char *text)
{
    uint32_t id = record_reserve(&ours, TABLE_MODULES, 1);
    if (id == 0)
        return false;
    struct module *m = record_at(&ours, TABLE_MODULES, id, sizeof *m, record_first_shift[TABLE_MODULES]);
    m->start = from->start;
    m->end = from->end;
    m->bias = from->bias;
    m->path = record_add_text(&ours, text, strlen(text));
    m->build_id_size = (uint8_t)from->build_id_size;
    memcpy(m->build_id, text + BUILD_ID_AT, from->build_id_size);
    record_commit(&ours, TABLE_MODULES, id, 1);
    return true;
}

static atomic_bool busy FORK_ZEROED;

/* A thread that walks the list of objects may wait for this one meanwhile. Then the next stack brings it up again. */
static bool await_loader(void)
{
    enum { TRIES = 20 };
    const struct timespec moment = {0, 50000};
    uint32_t tid = self.own != NULL ? self.own->tid : 0;
    for (int i = 0; i < TRIES && loader_is_busy(tid); i++)
        syscall(SYS_nanosleep, &moment, NULL);
    return !loader_is_busy(tid);
}

void module_note(void)
{
    static struct loaded_list list; /* whose turn it is says `busy` */
    if (ours.header == NULL || !await_loader() || atomic_exchange(&busy, true))
        return;
    int more = 1;
    while (more) {
        list.count = list.position = 0;
        more = dl_iterate_phdr(see_module, &list);
        struct signals_saved l = raw_lock_acquire();
        for (unsigned i = 0; i < list.count; i++)
            if (!add_module(&list.item[i], list.text[i]))
                more = 0;
        raw_lock_release(l);
    }
    atomic_store(&busy, false);
}

void module_settle(void)
{
    const struct timespec moment = {0, 200000};
    int error = errno;
    for (int i = 0; i < 4000 && atomic_load(&busy); i++)
        syscall(SYS_nanosleep, &moment, NULL);
    errno = error;
}

void module_fork_begins(void)
{
    const struct timespec moment = {0, 20000};
    for (int i = 0; i < 10000 && atomic_exchange(&busy, true); i++)
        syscall(SYS_nanosleep, &moment, NULL);
}

void module_fork_over(void)
{
    atomic_store(&busy, false);
}
