/*
 * For libFuzzer: the input is an ELF file, which is the module of a record with places all over it. Whatever is in it,
 * the record is told, with lines and names or without.
 */
#include "analyzer/render/render.h"
#include "tests/unit/forged.h"

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
        text_format.record(&out, &view, 0, 1);
        json_format.record(&out, &view, 0, 1);
        dump_record(&out, &view);
    }
    opened_record_close(&view);
    forged_end(&f);
    close(fd);
    unlink(path);
    return 0;
}
