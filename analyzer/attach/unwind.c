#include "analyzer/attach/unwind.h"

#include <libunwind.h>
#include <stdlib.h>
#include <string.h>

/* Exported by libunwind for those who look up the tables themselves, as perf does
 * (tools/perf/util/unwind-libunwind-local.c). */
#define search_unwind_table UNW_OBJ(dwarf_search_unwind_table)
int search_unwind_table(unw_addr_space_t as, unw_word_t ip, unw_dyn_info_t *di, unw_proc_info_t *pi, int need,
                        void *arg);

struct unwinder {
    struct modules *modules;
    unw_addr_space_t space;
    struct target_thread thread; /* the one at hand */
};

/* Tables that were made stand where no program has memory. */
static const uint64_t MADE = 1ull << 56;

static struct attached_module *made_at(struct unwinder *u, uint64_t address, uint64_t *offset)
{
    for (size_t i = 0; i < u->modules->count; i++) {
        struct attached_module *m = &u->modules->item[i];
        uint64_t from = MADE | (uint64_t)i << 32;
        if (m->made != NULL && address >= from && address - from < m->entries * sizeof *m->made) {
            *offset = address - from;
            return m;
        }
    }
    return NULL;
}

static int find_procedure(unw_addr_space_t space, unw_word_t ip, unw_proc_info_t *info, int need, void *context)
{
    struct unwinder *u = context;
    struct attached_module *m = modules_at(u->modules, ip);
    if (m == NULL || !modules_frames(u->modules, m))
        return -UNW_ENOINFO;
    uint64_t table = m->made != NULL ? MADE | (uint64_t)(m - u->modules->item) << 32 : m->table;
    unw_dyn_info_t where = {.start_ip = m->start,
                            .end_ip = m->end,
                            .format = UNW_INFO_FORMAT_REMOTE_TABLE,
                            .u.rti = {.segbase = m->base,
                                      .table_data = table,
                                      .table_len = m->entries * sizeof *m->made / sizeof(unw_word_t)}};
    return search_unwind_table(space, ip, &where, info, need, context);
}

static void put_information(unw_addr_space_t space, unw_proc_info_t *info, void *context)
{
    (void)space, (void)info, (void)context; /* it lies in a pool of libunwind's */
}

static int no_dynamic(unw_addr_space_t space, unw_word_t *list, void *context)
{
    (void)space, (void)list, (void)context;
    return -UNW_ENOINFO;
}

static int access_memory(unw_addr_space_t space, unw_word_t address, unw_word_t *value, int write, void *context)
{
    struct unwinder *u = context;
    uint64_t offset;
    (void)space;
    const struct attached_module *m = address >= MADE ? made_at(u, address, &offset) : NULL;
    if (m != NULL && !write) {
        size_t left = m->entries * sizeof *m->made - offset;
        *value = 0;
        memcpy(value, (const char *)m->made + offset, left < sizeof *value ? left : sizeof *value);
        return 0;
    }
    return !write && target_read(u->modules->target, address, value, sizeof *value) ? 0 : -UNW_EINVAL;
}

static int access_register(unw_addr_space_t space, unw_regnum_t number, unw_word_t *value, int write, void *context)
{
    const struct unwinder *u = context;
    (void)space;
    if (write || number < 0 || number >= ARCH_REGISTERS || (u->thread.known >> number & 1) == 0)
        return -UNW_EBADREG;
    *value = u->thread.value[number];
    return 0;
}

static int no_float(unw_addr_space_t space, unw_regnum_t number, unw_fpreg_t *value, int write, void *context)
{
    (void)space, (void)number, (void)value, (void)write, (void)context;
    return -UNW_EBADREG;
}

static int no_resume(unw_addr_space_t space, unw_cursor_t *cursor, void *context)
{
    (void)space, (void)cursor, (void)context;
    return -UNW_EINVAL;
}

static int no_name(unw_addr_space_t space, unw_word_t ip, char *name, size_t size, unw_word_t *offset, void *context)
{
    (void)space, (void)ip, (void)name, (void)size, (void)offset, (void)context;
    return -UNW_ENOINFO;
}

struct unwinder *unwinder_open(struct modules *m)
{
    static unw_accessors_t accessors = {.find_proc_info = find_procedure,
                                        .put_unwind_info = put_information,
                                        .get_dyn_info_list_addr = no_dynamic,
                                        .access_mem = access_memory,
                                        .access_reg = access_register,
                                        .access_fpreg = no_float,
                                        .resume = no_resume,
                                        .get_proc_name = no_name};
    struct unwinder *u = calloc(1, sizeof *u);
    if (u == NULL)
        return NULL;
    u->modules = m;
    u->space = unw_create_addr_space(&accessors, 0);
    if (u->space == NULL) {
        free(u);
        return NULL;
    }
    unw_set_caching_policy(u->space, UNW_CACHE_GLOBAL);
    return u;
}

void unwinder_close(struct unwinder *u)
{
    if (u == NULL)
        return;
    unw_destroy_addr_space(u->space);
    free(u);
}

/* --- frame pointers --- */

/* How a return address came about: 0: not by a call; 1: by a call of something; 2: by a call of `function`. */
static int came_by(struct target *t, uint64_t back, uint64_t function)
{
    uint8_t code[8];
    const struct target_mapping *m = target_mapping(t, back);
    if (m == NULL || !m->executable || !target_read(t, back - sizeof code, code, sizeof code))
        return 0;
    return arch_calls(code, back, function);
}

/*
 * The frame pointer of the function around `ip`, whose stack begins at `from`. A function that calls something by its
 * address or through a table of links is as good as any: the nearest one then.
 */
static uint64_t find_frame(struct unwinder *u, uint64_t ip, uint64_t from)
{
    enum { FURTHEST = 1 << 16 };
    struct target *t = u->modules->target;
    unw_proc_info_t info = {0};
    uint64_t likely = 0, pair[2];
    if (unw_get_proc_info_by_ip(u->space, ip, &info, u) != 0)
        return 0;
    for (uint64_t at = (from + 7) / 8 * 8; at < from + FURTHEST && target_read(t, at, pair, sizeof pair); at += 8) {
        if (pair[0] <= at || pair[0] - at > (8u << 20))
            continue;
        int how = came_by(t, pair[1], info.start_ip);
        if (how == 2)
            return at;
        likely = likely == 0 && how == 1 ? at : likely;
    }
    return likely;
}

/* --- stacks --- */

/* Walks until something is missing. True: that is the frame pointer, of the function around *ip, at *stack. */
static bool walk(struct unwinder *u, uint64_t *frame, unsigned room, unsigned *count, uint64_t *ip, uint64_t *stack)
{
    unw_cursor_t cursor;
    int more = unw_init_remote(&cursor, u->space, u) == 0;
    unw_word_t last = 0;
    for (*count = 0; more > 0 && *count < room;) {
        unw_word_t here = 0, sp = 0;
        if (unw_get_reg(&cursor, UNW_REG_IP, &here) != 0 || here == 0 || unw_get_reg(&cursor, UNW_REG_SP, &sp) != 0 ||
            (*count > 0 && sp <= last && sp != 0))
            return false;
        last = sp;
        *ip = here, *stack = sp;
        frame[(*count)++] = here;
        more = unw_step(&cursor);
    }
    return more < 0;
}

unsigned unwinder_stack(struct unwinder *u, const struct target_thread *t, uint64_t *frame, unsigned room)
{
    unsigned count = 0;
    uint64_t ip, stack;
    u->thread = *t;
    if ((t->known >> ARCH_REGISTER_CODE & 1) == 0 || (t->known >> ARCH_REGISTER_STACK & 1) == 0)
        return 0;
    if (walk(u, frame, room, &count, &ip, &stack) && (t->known >> ARCH_REGISTER_FRAME & 1) == 0 && count > 0) {
        uint64_t found = find_frame(u, ip - 1, stack);
        if (found != 0) {
            u->thread.value[ARCH_REGISTER_FRAME] = found;
            u->thread.known |= 1ull << ARCH_REGISTER_FRAME;
            walk(u, frame, room, &count, &ip, &stack);
        }
    }
    return count;
}
