#include "preload/wait/other_wakers.h"

#include "preload/os/fork_zeroed.h"
#include "preload/os/handler.h"
#include "preload/os/interpreter.h"
#include "preload/os/loaded.h"
#include "preload/os/loader.h"
#include "preload/thread/thread.h"
#include "preload/wait/recheck.h"

#include <link.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

bool other_wakers_interrupt(void)
{
    return interpreter_has((uint64_t)(uintptr_t)handler_of(SIGINT));
}

/*
 * A handler for any signal but those that libc itself uses, and those of faults, which a sleeping thread cannot
 * cause. Runtimes have handlers for faults as a matter of course; Python has one for SIGINT, which raises an exception
 * in the main thread.
 */
static bool has_handlers(void)
{
    const uint64_t faults = 1ull << (SIGSEGV - 1) | 1ull << (SIGBUS - 1) | 1ull << (SIGILL - 1) | 1ull << (SIGFPE - 1) |
                            1ull << (SIGTRAP - 1) | 1ull << (SIGSYS - 1);
    for (int s = 1; s <= 64; s++) {
        const void *handler = ((SIGNALS_OF_LIBC | faults) >> (s - 1) & 1) == 0 ? handler_of(s) : (void *)SIG_DFL;
        if (handler != (void *)SIG_DFL && handler != (void *)SIG_IGN &&
            (s != SIGINT || interpreter_handles || !interpreter_has((uint64_t)(uintptr_t)handler)))
            return true;
    }
    return false;
}

/* The kernel counts the threads of a process as links of its task folder. */
static bool has_foreign_threads(void)
{
    struct stat st;
    return stat("/proc/self/task", &st) == 0 &&
           st.st_nlink > 2 + thread_living() + recheck_threads() + thread_main_ended();
}

uint32_t other_wakers_find(void)
{
    return (has_handlers() ? OTHER_WAKER_HANDLER : 0) | (has_foreign_threads() ? OTHER_WAKER_FOREIGN_THREAD : 0);
}

void other_wakers_note(void)
{
    static atomic_flag noted FORK_ZEROED;
    if (!atomic_flag_test_and_set(&noted))
        atomic_fetch_or(&ours.header->other_wakers, other_wakers_find());
}

/* --- cancellation --- */

/* From a module's dynamic section: what it imports. */
struct imports {
    const ElfW(Sym) * symbols;
    const char *names;
    const ElfW(Rela) * bound, *calls; /* DT_RELA and DT_JMPREL */
    size_t bound_size, calls_size;
};

static bool read_dynamic(struct imports *to, const struct dl_phdr_info *info)
{
    const ElfW(Dyn) *d = NULL;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            d = (const ElfW(Dyn) *)(uintptr_t)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    memset(to, 0, sizeof *to);
    for (; d != NULL && d->d_tag != DT_NULL; d++) {
        const void *at = loaded_at_base(info->dlpi_addr, d->d_un.d_ptr);
        if (d->d_tag == DT_SYMTAB)
            to->symbols = at;
        else if (d->d_tag == DT_STRTAB)
            to->names = at;
        else if (d->d_tag == DT_RELA)
            to->bound = at;
        else if (d->d_tag == DT_RELASZ)
            to->bound_size = d->d_un.d_val;
        else if (d->d_tag == DT_JMPREL)
            to->calls = at;
        else if (d->d_tag == DT_PLTRELSZ)
            to->calls_size = d->d_un.d_val;
    }
    return to->symbols != NULL && to->names != NULL;
}

static bool imports_cancel(const struct imports *from, const ElfW(Rela) * relocations, size_t size)
{
    for (size_t i = 0; relocations != NULL && i < size / sizeof *relocations; i++) {
        size_t symbol = ELF64_R_SYM(relocations[i].r_info);
        if (symbol != 0 && from->symbols[symbol].st_shndx == SHN_UNDEF &&
            strcmp(from->names + from->symbols[symbol].st_name, "pthread_cancel") == 0)
            return true;
    }
    return false;
}

static int search_module(struct dl_phdr_info *info, size_t size, void *found)
{
    struct imports imports;
    (void)size;
    *(bool *)found = read_dynamic(&imports, info) && (imports_cancel(&imports, imports.calls, imports.calls_size) ||
                                                      imports_cancel(&imports, imports.bound, imports.bound_size));
    return *(bool *)found;
}

/* From one on: musl does not count what the program began with. */
static int count_modules(struct dl_phdr_info *info, size_t size, void *loaded)
{
    (void)size;
    *(unsigned long long *)loaded = info->dlpi_adds + 1;
    return 1;
}

uint32_t other_wakers_cancel(void)
{
    static _Atomic bool cancels;
    static _Atomic unsigned long long searched; /* how many modules had been loaded then */
    unsigned long long loaded = 0;
    bool found = false;
    if (!cancels && loader_is_busy(self.own != NULL ? self.own->tid : 0))
        return OTHER_WAKER_CANCELS; /* perhaps */
    if (!cancels)
        dl_iterate_phdr(count_modules, &loaded);
    if (!cancels && loaded != searched) {
        dl_iterate_phdr(search_module, &found);
        cancels = found;
        searched = loaded;
    }
    return cancels ? OTHER_WAKER_CANCELS : 0;
}
