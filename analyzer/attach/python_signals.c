#include "analyzer/attach/python_signals.h"

#include "analyzer/attach/exported.h"

#include <signal.h>
#include <string.h>

/*
 * The interpreter's table of handlers has no symbol. It is an array by signal of {int tripped; PyObject *func}, where
 * SIGKILL and SIGSTOP have the same function, as nobody can handle them, and SIGINT the builtin that raises.
 */
enum { SIZE = 16, FUNCTION = 8, PIECE = 4096, BEHIND = SIGSTOP * SIZE };

static uint64_t word(const struct interpreter *i, uint64_t address)
{
    uint64_t w;
    return target_read(i->target, address, &w, sizeof w) ? w : 0;
}

static bool raises(const struct interpreter *i, uint64_t function, uint64_t type)
{
    enum { TYPE = 8, METHOD = 16 };
    static const char due[] = "default_int_handler";
    char name[sizeof due];
    return function % 16 == 0 && word(i, function + TYPE) == type &&
           target_read(i->target, word(i, word(i, function + METHOD)), name, sizeof name) &&
           memcmp(name, due, sizeof due) == 0;
}

static uint64_t at(const char *bytes, int signal)
{
    uint64_t function;
    memcpy(&function, bytes + (size_t)(signal - SIGINT) * SIZE, sizeof function);
    return function;
}

/* `bytes`: from where the function of SIGINT would stand. */
static bool is_table(const struct interpreter *i, const char *bytes, uint64_t type)
{
    const uint64_t function = at(bytes, SIGINT), none = at(bytes, SIGKILL);
    return function != 0 && none != 0 && none == at(bytes, SIGSTOP) && function != none && raises(i, function, type);
}

static bool search(const struct interpreter *i, uint64_t from, uint64_t to, uint64_t type)
{
    char bytes[PIECE + BEHIND];
    for (uint64_t page = from; page < to; page += PIECE) {
        if (!target_read(i->target, page, bytes, PIECE))
            continue;
        if (!target_read(i->target, page + PIECE, bytes + PIECE, BEHIND))
            memset(bytes + PIECE, 0, BEHIND);
        for (unsigned n = 0; n < PIECE; n += FUNCTION)
            if (is_table(i, bytes + n, type))
                return true;
    }
    return false;
}

bool python_signals_interrupt(const struct interpreter *i)
{
    const uint64_t type = i->module == NULL ? 0 : exported(i->target, i->module, "PyCFunction_Type");
    for (size_t n = 0; type != 0 && n < i->target->mappings; n++) {
        const struct target_mapping *m = &i->target->mapping[n];
        if (m->writable && m->start < i->module->end && m->end > i->module->start && search(i, m->start, m->end, type))
            return true;
    }
    return false;
}
