/*
 * The ELF files that a target has mapped, by the headers in its memory: where each is, its build-id, and its tables for
 * unwinding. A file without a table of them (static programs have none) gets one made from its .eh_frame.
 */
#ifndef LOCKWATCH_ANALYZER_ATTACH_MODULES_H
#define LOCKWATCH_ANALYZER_ATTACH_MODULES_H

#include "analyzer/attach/target.h"

/*
 * The kernel, which maps the program and the loader, leaves what is between two segments free: where these are aligned
 * to 64 KiB, as on aarch64, other memory comes to lie there.
 */
struct attached_hole {
    uint64_t start, end;
};

struct attached_module {
    uint64_t start, end, bias;
    struct attached_hole hole[4]; /* by address; between start and end, but not the module's */
    unsigned holes;
    const char *path; /* the target's */
    uint8_t build_id[31];
    uint8_t build_id_size;
    uint64_t frames;        /* address of .eh_frame_hdr; 0: none */
    bool tried;             /* what follows was looked for */
    uint64_t base, entries; /* what the addresses in the table count from; its length */
    uint64_t table;         /* its address; one that was made lies at `made` in this process */
    struct frame_entry *made;
};

/* As in .eh_frame_hdr: from `base`. */
struct frame_entry {
    int32_t code, description;
};

struct modules {
    struct target *target;
    struct attached_module *item; /* by address */
    size_t count;
};

/* False: no memory. Close in both cases. */
bool modules_open(struct modules *m, struct target *t);
void modules_close(struct modules *m);

/* The module that contains an address; NULL: none. */
struct attached_module *modules_at(struct modules *m, uint64_t address);

/* Finds the table of a module. False: it has none. */
bool modules_frames(struct modules *all, struct attached_module *m);

#endif
