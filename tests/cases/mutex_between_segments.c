// expect: deadlock error certain threads=2 locks=t->mutex[0],t->mutex[1]

// Memory between two segments of the program, which is linked for pages of 2 MiB, is not the program's: the kernel
// leaves it free. Locks there have the names of any other memory.
#define _GNU_SOURCE
#include "tests/order.h"

#include <link.h>
#include <stdint.h>
#include <sys/mman.h>

struct two {
    pthread_mutex_t mutex[2];
};

static struct two *t;

/* The largest hole: its middle, where `size` bytes must fit. */
static int find_hole(struct dl_phdr_info *info, size_t size, void *to)
{
    uintptr_t end = 0, largest = 0;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        if (p->p_type != PT_LOAD)
            continue;
        uintptr_t start = info->dlpi_addr + p->p_vaddr;
        if (end != 0 && start - end > largest) {
            largest = start - end;
            *(uintptr_t *)to = (end + largest / 2) & ~(uintptr_t)0xffff;
        }
        end = start + p->p_memsz;
    }
    return 1; /* the program comes first */
}

static void *second(void *x)
{
    pthread_mutex_lock(&t->mutex[1]);
    step();
    await_step(2);
    pthread_mutex_lock(&t->mutex[0]);
    return x;
}

int main(void)
{
    uintptr_t hole = 0;
    pthread_t thread;
    dl_iterate_phdr(find_hole, &hole);
    t = mmap((void *)hole, sizeof *t, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (t != (void *)hole)
        return 1;
    for (int i = 0; i < 2; i++)
        pthread_mutex_init(&t->mutex[i], NULL);
    pthread_mutex_lock(&t->mutex[0]);
    pthread_create(&thread, NULL, second, NULL);
    step();
    await_step(2);
    pthread_mutex_lock(&t->mutex[1]);
}
