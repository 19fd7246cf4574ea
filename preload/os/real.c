#include "preload/os/real.h"

#include "arch/arch.h"
#include "preload/os/loaded.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <string.h>

/* --- at the first call --- */

/* A stub each, which a register tells apart: it jumps on with registers and stack as they came. */
#define CALL(result, name, parameters) extern result first_##name parameters HIDDEN;
#define CALL_CXX(result, name, parameters)
#include "preload/os/calls.def"

struct real real = {
#define CALL(result, name, parameters) .name = first_##name,
#define CALL_CXX(result, name, parameters)
#include "preload/os/calls.def"
};

static const struct names {
#define CALL(result, name, parameters) char name[sizeof #name];
#include "preload/os/calls.def"
} names = {
#define CALL(result, name, parameters) .name = #name,
#include "preload/os/calls.def"
};

static const uint16_t name_at[] = {
#define CALL(result, name, parameters) offsetof(struct names, name),
#include "preload/os/calls.def"
};

void *real_address(const void *pointer)
{
    return loaded_next((const char *)&names + name_at[(void *const *)pointer - (void *const *)(const void *)&real]);
}

__attribute__((used)) void *real_first_call(void **pointer)
{
    void *address = real_address(pointer);
    if (address != NULL)
        __atomic_store_n(pointer, address, __ATOMIC_RELAXED);
    return address;
}

__asm__(ARCH_FIRST_CALL);

__attribute__((used)) static void stubs(void)
{
#define CALL(result, name, parameters) ARCH_STUB(name, offsetof(struct real, name));
#define CALL_CXX(result, name, parameters)
#include "preload/os/calls.def"
}

void real_find_all(void)
{
#define CALL(result, name, parameters) real_first_call((void **)(void *)&real.name);
#define CALL_CXX(result, name, parameters)
#include "preload/os/calls.def"
}

void real_hide_all(void)
{
    enum { COUNT = sizeof name_at / sizeof name_at[0] };
    const char *list[COUNT];
    for (unsigned i = 0; i < COUNT; i++)
        list[i] = (const char *)&names + name_at[i];
    loaded_hide(list, COUNT);
}

void real_hide_missing(void)
{
    const char *missing[sizeof real / sizeof real.free];
    unsigned count = 0;
#define CALL(result, name, parameters)                                                                                 \
    if (loaded_next(names.name) == NULL)                                                                               \
        missing[count++] = names.name;
#define CALL_CXX(result, name, parameters)
#include "preload/os/calls.def"
    if (count > 0)
        loaded_hide(missing, count);
}

/* --- what only the C++ runtime has --- */

static int is_cxx(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size, (void)argument;
    return strstr(info->dlpi_name, "/libstdc++.so") != NULL || strstr(info->dlpi_name, "/libc++.so") != NULL;
}

void real_find_cxx(void)
{
    static atomic_flag begun = ATOMIC_FLAG_INIT;
    const char *missing[sizeof real / sizeof real.free];
    unsigned count = 0;
    void *address;
    if (atomic_flag_test_and_set(&begun))
        return;
    int error = errno;
    bool any = dl_iterate_phdr(is_cxx, NULL) != 0;
#define CALL(result, name, parameters)
#define CALL_CXX(result, name, parameters)                                                                             \
    if (any && (address = dlsym(RTLD_NEXT, #name)) != NULL)                                                            \
        real.name = (result(*) parameters)address;                                                                     \
    else                                                                                                               \
        missing[count++] = names.name;
#include "preload/os/calls.def"
    if (any && count > 0)
        dlerror(); /* the program does not hear of it */
    if (count > 0)
        loaded_hide(missing, count);
    errno = error;
}
