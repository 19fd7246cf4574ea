/*
 * What lies at an address of the watched process: functions, source lines and data symbols, read with
 * elfutils from the files on disk and their separate debug files (/usr/lib/debug, .gnu_debuglink, .dwo); from the
 * network only if DEBUGINFOD_URLS is set, by the client of elfutils.
 *
 * A file whose build-id is not the recorded one is not read: then only module and offset are known. Modules
 * are opened when first needed, answers are cached; what is returned lives until symbols_close. For one thread.
 */
#ifndef LOCKWATCH_ANALYZER_SYMBOLS_SYMBOLS_H
#define LOCKWATCH_ANALYZER_SYMBOLS_SYMBOLS_H

#include "analyzer/symbols/sealed.h"

struct symbols;

struct symbols_place {
    uint32_t module;                   /* id; 0: in none */
    bool python;                       /* of Python code: it has one frame, and no address */
    uint64_t offset;                   /* the file's own address, as addr2line takes it; without a module the address */
    unsigned count;                    /* at least 1 */
    const struct symbols_frame *frame; /* innermost first; all but the last are inlined */
};

/* NULL when there is no memory. */
struct symbols *symbols_open(const struct record *r);
void symbols_close(struct symbols *s);

/* From now on `sealed` answers, or is filled with all answers. It stays until symbols_close. */
void symbols_seal(struct symbols *s, struct sealed *sealed);
struct sealed *symbols_sealed(const struct symbols *s);

/* Fills it with what is known of modules, too. */
void symbols_seal_modules(struct symbols *s);

/* Where a code address is. `call`: it is a return address, and the call before it is meant. Never NULL. */
const struct symbols_place *symbols_place(struct symbols *s, uint64_t address, bool call);

/*
 * The program's own part of a stack: the innermost frame that is not of the C or C++ library, as a frame of
 * its place. Without a stack that of `site`; NULL when that is 0, too.
 */
const struct symbols_frame *symbols_own(struct symbols *s, uint32_t stack, uint64_t site,
                                        const struct symbols_place **place);

/* The one that is `further` own frames out from that; NULL when there is none. */
const struct symbols_frame *symbols_own_further(struct symbols *s, uint32_t stack, uint64_t site, unsigned further,
                                                const struct symbols_place **place);

/* The entry of its function in the debugging information; false: there is none, or the record is sealed. */
bool symbols_function(struct symbols *s, const struct symbols_place *place, const struct symbols_frame *frame,
                      Dwarf_Die *function);

/* Whether a frame has a distinctive name: not that of every lambda, as gcc -g1 writes it, or of
 * every parallel region, as clang does. */
bool symbols_telling(const struct symbols_frame *frame);

/* Whether two frames read alike: function and line. */
bool symbols_alike(const struct symbols_frame *a, const struct symbols_frame *b);

/* Whether a module is liblockwatch.so, whether a frame is in it, and whether it is in a toolkit. */
bool symbols_watcher_module(struct symbols *s, uint32_t module);
bool symbols_watcher(struct symbols *s, const struct symbols_place *place);
bool symbols_toolkit(struct symbols *s, const struct symbols_place *place);

/* Whether a module is Python's interpreter, or comes with it. */
bool symbols_interpreter(struct symbols *s, uint32_t module);

/* Whether a frame is of the C++ library's templates. */
bool symbols_standard(const struct symbols_frame *frame);

/* Whether a frame of a place only wraps a lock: of a header, or of the C++ library's templates. */
bool symbols_wrapper(const struct symbols_frame *frame);

/* Whether a frame is of a C library that is linked statically: what waits for a lock, or starts a thread. */
bool symbols_waits(const struct symbols_frame *frame);

/* Whether a frame only starts threads or calls main: it is such a wrapper, or in the C or C++ library. */
bool symbols_starter(struct symbols *s, const struct symbols_place *place, const struct symbols_frame *frame);

/* The outermost function at a place that does more than start a thread or call main; NULL: there is none. */
const struct symbols_frame *symbols_outermost(struct symbols *s, const struct symbols_place *place);

/* The base name of a module's file, "" for none; its build-id in hex, NULL for none; why it was not read, or
 * NULL. */
const char *symbols_module(struct symbols *s, uint32_t module);
const char *symbols_build_id(struct symbols *s, uint32_t module);
const char *symbols_problem(struct symbols *s, uint32_t module);

/* The data symbol that covers an address: its name as in the file, and how far into it the address is. */
const char *symbols_data(struct symbols *s, uint64_t address, uint64_t *offset);

/* The symbol that covers an address, of data or of code, if no other symbol of its file has that name; else NULL. */
const char *symbols_unique(struct symbols *s, uint64_t address, bool data, uint64_t *offset);

/*
 * The debugging information of the module an address is in, and the address as it is counted there; NULL when
 * there is none. `module` gets the module's id.
 */
Dwarf *symbols_dwarf(struct symbols *s, uint64_t address, Dwarf_Addr *there, uint32_t *module);

#endif
