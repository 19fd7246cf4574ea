/*
 * For libFuzzer: the input is an ELF file, which is the module of a record with places all over it. Whatever is in it,
 * the record is reported, with lines and names or without. libdw and libelf are not instrumented, and most of what
 * libFuzzer does to a file leaves no ELF file; so mostly some bytes of one section are changed, where they are.
 */
#include "analyzer/open_record.h"
#include "analyzer/render/render.h"
#include "tests/unit/forged.h"

#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROOM = 1 << 20, BASE = 1 << 20, PLACES = 24 };

static void ignore(void *context, const char *text, size_t size)
{
    (void)context, (void)text, (void)size;
}

/* Threads that wait for locks in its data, at places in its code. */
static void forge(struct forged *f, const char *path)
{
    forged_begin(f, ROOM);
    forged_module(f, path, BASE, BASE + (1 << 20));
    uint32_t thread[4], lock[4];
    for (uint32_t i = 0; i < 4; i++) {
        lock[i] = forged_lock(f, KIND_MUTEX, BASE + 0x4040 + 40 * i, NULL, 0);
        thread[i] = forged_thread(f, "");
        record_thread(&f->record, thread[i])->routine = BASE + 0x1180 + 64 * i;
    }
    for (uint32_t i = 0; i < 4; i++) {
        forged_hold(f, thread[i], lock[i], BASE + 0x1190 + 37 * i, 0);
        forged_want(f, thread[i], lock[(i + 1) % 4], BASE + 0x11a7 + 41 * i, 0);
    }
    forged_finding(f, CONFIDENCE_CERTAIN, 4, 4, thread, lock);
    uint64_t frames[PLACES];
    for (uint32_t i = 0; i < PLACES; i++)
        frames[i] = BASE + 0x1000 + 0x53 * i;
    ((struct lock *)record_lock(&f->record, lock[0]))->created = forged_stack(f, frames, PLACES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[] = "/dev/shm/lockwatch-module-XXXXXX";
    struct output out = {.write = ignore};
    struct forged f;
    struct opened_record view;
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    forge(&f, path);
    if (opened_record_open_bytes(&view, f.memory, f.size)) {
        for (size_t i = 0; formats[i] != NULL; i++)
            format_record(formats[i], &out, &view);
        dump_record(&out, &view);
    }
    opened_record_close(&view);
    forged_end(&f);
    close(fd);
    unlink(path);
    return 0;
}

static uint64_t random_state;

static uint64_t random_number(uint64_t below)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (random_state >> 33) % below;
}

/* Where a section that this file says it has lies in it; the whole file if it says nothing sensible. */
static void any_section(const uint8_t *data, size_t size, size_t *start, size_t *length)
{
    Elf64_Ehdr header;
    Elf64_Shdr section;
    *start = 0, *length = size;
    if (size < sizeof header)
        return;
    memcpy(&header, data, sizeof header);
    if (header.e_shnum == 0 || header.e_shoff > size || (size - header.e_shoff) / sizeof section < header.e_shnum)
        return;
    uint64_t number = random_number(header.e_shnum + 1u);
    if (number == header.e_shnum) { /* the headers themselves */
        *start = header.e_shoff, *length = header.e_shnum * sizeof section;
        return;
    }
    memcpy(&section, data + header.e_shoff + number * sizeof section, sizeof section);
    if (section.sh_size != 0 && section.sh_offset < size && section.sh_size <= size - section.sh_offset)
        *start = section.sh_offset, *length = section.sh_size;
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    static const uint8_t telling[] = {0, 1, 2, 0x7f, 0x80, 0xff};
    size_t start, length;
    random_state = seed;
    if (size == 0 || random_number(16) == 0)
        return LLVMFuzzerMutate(data, size, most);
    any_section(data, size, &start, &length);
    for (uint64_t n = 1 + random_number(4); n > 0; n--) {
        size_t at = random_number(length), run = random_number(4) == 0 ? 1 + random_number(8) : 1;
        uint8_t to = random_number(2) == 0 ? telling[random_number(sizeof telling)] : (uint8_t)random_number(256);
        for (; run > 0 && at < length; run--, at++)
            data[start + at] = to;
    }
    return size;
}

/* libFuzzer calls this first. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    unsetenv("DEBUGINFOD_URLS"); /* what is read here is no program of the user's */
    return 0;
}
