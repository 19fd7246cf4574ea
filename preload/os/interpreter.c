#include "preload/os/interpreter.h"

#include "preload/os/fork_guard.h"
#include "preload/os/handler.h"
#include "preload/os/loaded.h"
#include "preload/os/sandbox.h"

#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

bool interpreter_there, interpreter_handles;
void (*interpreter_found)(void);

static struct {
    void *(*thread)(void);   /* PyGILState_GetThisThreadState */
    int (*finalizing)(void); /* _Py_IsFinalizing */
    const void *map;         /* NULL: it is never unloaded */
    uint64_t start, end;     /* its mapping */
    uint64_t runtime, runtime_size;
    struct python_layout layout;
    struct python_memory memory;
} here;

/* --- reading --- */

static bool read_own(void *context, uint64_t address, void *to, size_t size)
{
    struct iovec there = {(void *)(uintptr_t)address, size}, into = {to, size};
    (void)context;
    int error = errno;
    bool good = syscall(SYS_process_vm_readv, getpid(), &into, 1, &there, 1, 0) == (long)size;
    errno = error;
    return good;
}

/* Of _PyRuntime, which is surely there. */
static bool read_runtime(void *context, uint64_t address, void *to, size_t size)
{
    (void)context;
    if (size > here.runtime_size)
        return false;
    memcpy(to, (const void *)(uintptr_t)address, size);
    return true;
}

/* --- finding it --- */

static uint64_t symbol(const struct dl_phdr_info *info, const ElfW(Dyn) * dynamic, const char *name, uint64_t *size)
{
    uint64_t any;
    return (uint64_t)(uintptr_t)loaded_data(info->dlpi_addr, dynamic, name, size != NULL ? size : &any);
}

static void note(const struct dl_phdr_info *info, const ElfW(Dyn) * dynamic, uint64_t thread)
{
    uint64_t version = symbol(info, dynamic, "Py_Version", NULL);
    uint64_t finalizing = symbol(info, dynamic, "Py_IsFinalizing", NULL); /* since 3.13 */
    finalizing = finalizing != 0 ? finalizing : symbol(info, dynamic, "_Py_IsFinalizing", NULL);
    here.memory = (struct python_memory){.read = read_own,
                                         .layout = &here.layout,
                                         .code_type = symbol(info, dynamic, "PyCode_Type", NULL),
                                         .text_type = symbol(info, dynamic, "PyUnicode_Type", NULL),
                                         .bytes_type = symbol(info, dynamic, "PyBytes_Type", NULL)};
    here.runtime = symbol(info, dynamic, "_PyRuntime", &here.runtime_size);
    if (version == 0 || here.memory.code_type == 0 || here.memory.text_type == 0 || here.memory.bytes_type == 0 ||
        here.runtime == 0 || finalizing == 0 ||
        !python_layout_read(&here.layout, *(const unsigned long *)version, read_runtime, NULL, here.runtime))
        return;
    here.thread = (void *(*)(void))(uintptr_t)thread;
    here.finalizing = (int (*)(void))(uintptr_t)finalizing;
    here.map = fork_guard_started ? loaded_at((const void *)(uintptr_t)thread) : NULL;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        uint64_t start = info->dlpi_addr + p->p_vaddr, end = start + p->p_memsz;
        if (p->p_type != PT_LOAD)
            continue;
        here.start = here.start == 0 || start < here.start ? start : here.start;
        here.end = end > here.end ? end : here.end;
    }
    interpreter_found();
    __atomic_store_n(&interpreter_there, true, __ATOMIC_RELEASE);
}

void interpreter_see(const struct dl_phdr_info *info)
{
    const ElfW(Dyn) *dynamic = NULL;
    if (interpreter_there)
        return;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            dynamic = (const ElfW(Dyn) *)(uintptr_t)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    uint64_t thread = dynamic == NULL ? 0 : symbol(info, dynamic, "PyGILState_GetThisThreadState", NULL);
    if (thread != 0)
        note(info, dynamic, thread);
}

static int see(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size, (void)context;
    interpreter_see(info);
    return interpreter_there;
}

void interpreter_find(void)
{
    dl_iterate_phdr(see, NULL);
}

bool interpreter_has(uint64_t address)
{
    return address >= here.start && address < here.end;
}

/* --- signals --- */

/*
 * It has one handler for all that programs handle in Python. The first one that takes the place of the default action
 * raises KeyboardInterrupt (Modules/signalmodule.c, signal_get_set_handlers); each one after that is the program's.
 */
void interpreter_see_handler(const void *handler)
{
    static _Atomic bool seen;
    if (!interpreter_has((uint64_t)(uintptr_t)handler))
        return;
    int error = errno;
    bool first = handler_of(SIGINT) == (void *)SIG_DFL && !atomic_exchange(&seen, true);
    errno = error;
    if (!first)
        interpreter_handles = true;
}

/* --- the calling thread --- */

/*
 * Its PyThreadState; 0: it has none, or that may be gone, as the interpreter ends. It says whose it is: one that was
 * freed and is something else by now does not.
 */
static uint64_t own_thread(void)
{
    if (!__atomic_load_n(&interpreter_there, __ATOMIC_ACQUIRE) ||
        (here.map != NULL && loaded_at((const void *)(uintptr_t)here.thread) != here.map) || here.finalizing() != 0)
        return 0;
    uint64_t t = (uint64_t)(uintptr_t)here.thread();
    return t != 0 && *(const uint64_t *)(uintptr_t)(t + here.memory.layout->thread_handle) == (uint64_t)pthread_self()
               ? t
               : 0;
}

static uint64_t word(uint64_t address)
{
    return *(const uint64_t *)(uintptr_t)address;
}

/* The innermost frame; 0: none. */
static uint64_t top(void)
{
    const struct python_layout *l = here.memory.layout;
    uint64_t t = own_thread(), frames = t == 0 ? 0 : word(t + l->thread_frames);
    return frames == 0 || l->frames_direct ? frames : word(frames + l->frames_top);
}

static uint64_t mix(uint64_t hash, uint64_t more)
{
    hash = (hash ^ more) * 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 29;
}

/* Of a str that somebody refers to: of what it says, its end. */
static uint64_t text_key(uint64_t text)
{
    enum { MOST = 256 };
    const struct python_layout *l = here.memory.layout;
    const uint32_t state = *(const uint32_t *)(uintptr_t)(text + l->text_state);
    const uint32_t kind = state >> 2 & 7, compact = state >> 5 & 1, ascii = state >> 6 & 1;
    const uint64_t size = word(text + l->text_length) * kind;
    if (compact == 0)
        return text;
    const char *end = (const char *)(uintptr_t)(text + (ascii ? l->text_ascii : l->text_other) + size);
    uint64_t key = size, piece;
    for (uint64_t left = size < MOST ? size : MOST; left > 0; left -= left < 8 ? left : 8) {
        piece = 0;
        memcpy(&piece, end - left, left < 8 ? left : 8);
        key = mix(key, piece);
    }
    return key;
}

/*
 * A code object that stays as long as its functions goes by its address. That of a module or a class has run once, and
 * is freed: then others take its place, which have the same size and the same instructions. Its file tells them apart.
 */
static uint64_t code_key(uint64_t code)
{
    enum { TYPE = 8, NEW_LOCALS = 2 }; /* CO_NEWLOCALS: a function's */
    const struct python_layout *l = here.memory.layout;
    if (code == 0 || word(code + TYPE) != here.memory.code_type ||
        (*(const uint32_t *)(uintptr_t)(code + l->code_flags) & NEW_LOCALS) != 0)
        return code;
    uint64_t file = word(code + l->code_file);
    return file == 0 ? code : mix(mix(code, *(const uint32_t *)(uintptr_t)(code + l->code_first_line)), text_key(file));
}

uint64_t interpreter_place(uint32_t most)
{
    const struct python_layout *l = here.memory.layout;
    uint64_t hash = 0, frame = top();
    for (uint32_t i = 0; i < most && frame != 0; i++, frame = word(frame + l->frame_previous))
        hash = mix(mix(hash, code_key(python_reference(word(frame + l->frame_code)))), word(frame + l->frame_at));
    return hash == 0 || hash >> 32 != 0 ? hash : 1;
}

/* 0: it is no code object, or one that is about to be freed, as its frame ends. */
static uint64_t key_of(const struct python_frame *f)
{
    enum { REFERENCES = 0, TYPE = 8 };
    const struct python_layout *l = here.memory.layout;
    if (f->code == 0 || word(f->code + TYPE) != here.memory.code_type || (int64_t)word(f->code + REFERENCES) <= 0)
        return 0;
    uint64_t name = word(f->code + l->code_name), file = word(f->code + l->code_file);
    uint64_t key = mix(mix(mix(0, f->code), f->at), word(f->code + l->code_first_line));
    return mix(mix(key, text_key(name)), text_key(file));
}

uint32_t interpreter_frames(struct interpreter_frame *to, uint32_t most)
{
    const struct python_layout *l = here.memory.layout;
    uint32_t count = 0;
    for (uint64_t frame = top(); count < most && frame != 0; frame = word(frame + l->frame_previous)) {
        bool entry =
            l->frame_owner != 0 && python_is_entry(*(const unsigned char *)(uintptr_t)(frame + l->frame_owner));
        struct python_frame f = {entry ? 0 : python_reference(word(frame + l->frame_code)), word(frame + l->frame_at),
                                 0, 0};
        to[count] = (struct interpreter_frame){key_of(&f), f};
        count += to[count].key != 0;
    }
    return count;
}

bool interpreter_text(const struct interpreter_frame *f, char text[PYTHON_TEXT])
{
    return !sandbox_shut && python_frame_text(&here.memory, &f->at, text);
}

/* --- its lock --- */

uint64_t interpreter_gil_of(uint64_t condition)
{
    if (!__atomic_load_n(&interpreter_there, __ATOMIC_ACQUIRE) || sandbox_shut)
        return 0;
    uint64_t gil = python_gil(&here.memory, here.runtime);
    return gil != 0 && condition == gil + here.memory.layout->gil_condition ? gil : 0;
}

uint64_t interpreter_gil_owner(void)
{
    const struct python_layout *l = here.memory.layout;
    uint64_t gil = sandbox_shut ? 0 : python_gil(&here.memory, here.runtime), state, handle;
    uint32_t locked;
    return gil != 0 && read_own(NULL, gil + l->gil_locked, &locked, sizeof locked) && locked == 1 &&
                   read_own(NULL, gil + l->gil_holder, &state, sizeof state) &&
                   read_own(NULL, state + l->thread_handle, &handle, sizeof handle)
               ? handle
               : 0;
}
