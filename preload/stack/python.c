#include "preload/stack/python.h"

#include "preload/os/index.h"
#include "preload/os/raw_lock.h"
#include "preload/store/store.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

/* Added under the raw lock, found without. Not from the arena, which is empty in the child of a fork. */
struct python_text {
    struct python_text *next;
    uint64_t hash;
    _Atomic uint32_t id; /* in the record; 0: not there yet */
    uint32_t size;
    char text[];
};

enum { HEADS = 1024, MOST = 1 << 15, PIECE = 64 * 1024 };
static _Atomic(struct python_text *) head[HEADS];
static uint32_t texts; /* under the raw lock, as the two below */
static char *piece;
static size_t piece_left;

static uint64_t hash_of(const char *text, size_t size)
{
    uint64_t h = size;
    for (size_t i = 0; i < size; i++)
        h = index_mix(h ^ (unsigned char)text[i]);
    return h;
}

static struct python_text *find(const char *text, size_t size, uint64_t hash)
{
    struct python_text *t = atomic_load_explicit(&head[hash >> 40 & (HEADS - 1)], memory_order_acquire);
    while (t != NULL && (t->hash != hash || t->size != size || memcmp(t->text, text, size) != 0))
        t = t->next;
    return t;
}

static struct python_text *get_memory(size_t size)
{
    if (piece_left < size) {
        char *fresh = mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (fresh == MAP_FAILED)
            return NULL;
        piece = fresh;
        piece_left = PIECE;
    }
    struct python_text *t = (struct python_text *)(void *)piece;
    piece += size;
    piece_left -= size;
    return t;
}

static struct python_text *add(const char *text, size_t size, uint64_t hash)
{
    struct python_text *t = texts < MOST ? get_memory((sizeof *t + size + 1 + 15) / 16 * 16) : NULL;
    if (t == NULL)
        return NULL;
    _Atomic(struct python_text *) *at = &head[hash >> 40 & (HEADS - 1)];
    t->next = *at;
    t->hash = hash;
    t->size = (uint32_t)size;
    memcpy(t->text, text, size + 1);
    texts++;
    atomic_store_explicit(at, t, memory_order_release);
    return t;
}

static const struct python_text *keep(const char *text)
{
    size_t size = strlen(text);
    uint64_t hash = hash_of(text, size);
    const struct python_text *t = find(text, size, hash);
    if (t != NULL)
        return t;
    struct signals_saved l = raw_lock_acquire();
    t = find(text, size, hash);
    if (t == NULL)
        t = add(text, size, hash);
    raw_lock_release(l);
    return t;
}

/* Apart, as the text takes room on the stack. */
__attribute__((noinline)) static const struct python_text *read_text(const struct interpreter_frame *f)
{
    char text[PYTHON_TEXT];
    return interpreter_text(f, text) ? keep(text) : NULL;
}

/*
 * By the key of a frame. Read and written without locks: the key is kept with the bits of its text turned, so that one
 * beside another's text is not taken for it.
 */
enum { KNOWN = 2048 };
static struct known_frame {
    _Atomic(const struct python_text *) text;
    _Atomic uint64_t sealed;
} known[KNOWN];

static const struct python_text *text_of(const struct interpreter_frame *f)
{
    struct known_frame *k = &known[f->key >> 40 & (KNOWN - 1)];
    const struct python_text *text = atomic_load_explicit(&k->text, memory_order_acquire);
    if (text != NULL && k->sealed == (f->key ^ (uint64_t)(uintptr_t)text))
        return text;
    text = read_text(f);
    if (text != NULL) {
        k->sealed = f->key ^ (uint64_t)(uintptr_t)text;
        atomic_store_explicit(&k->text, text, memory_order_release);
    }
    return text;
}

void python_frames_here(struct python_frames *to)
{
    struct interpreter_frame frame[PYTHON_FRAMES];
    uint32_t count = interpreter_frames(frame, PYTHON_FRAMES);
    to->count = 0;
    for (uint32_t i = 0; i < count; i++)
        if ((to->at[to->count] = text_of(&frame[i])) != NULL)
            to->count++;
}

uint64_t python_recorded(const struct python_text *text)
{
    struct python_text *t = (struct python_text *)(uintptr_t)text;
    if (t->id == 0) {
        struct signals_saved l = raw_lock_acquire();
        if (t->id == 0)
            t->id = record_add_text(&ours, t->text, t->size);
        raw_lock_release(l);
    }
    return t->id != 0 ? FRAME_TEXT | t->id : 0;
}

void python_reset(void)
{
    for (uint32_t i = 0; i < HEADS; i++)
        for (struct python_text *t = head[i]; t != NULL; t = t->next)
            t->id = 0;
}
