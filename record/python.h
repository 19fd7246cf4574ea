/*
 * Where CPython keeps the call stack of its programs, and what the frames say: read from the memory of a process, one's
 * own or another.
 *
 * All reading goes through struct python_memory, which may refuse any address: what lies there is believed only where
 * its type is the one that it should have. Allocates nothing. A frame costs some six reads, its text some ten.
 */
#ifndef LOCKWATCH_RECORD_PYTHON_H
#define LOCKWATCH_RECORD_PYTHON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the fields are that are read, in bytes; of one minor version. */
struct python_layout {
    unsigned version;                                          /* as Py_Version has it, without the lower half */
    uint16_t thread_frames, thread_handle, frames_top;         /* of PyThreadState; of what thread_frames leads to */
    bool frames_direct;                                        /* it is the innermost frame itself */
    uint16_t frame_code, frame_previous, frame_at, frame_size; /* of _PyInterpreterFrame */
    uint16_t frame_owner;                                      /* 0: it has none */
    uint16_t frame_values, tuple_items;                        /* of a tuple */
    uint16_t code_flags, code_first_line, code_file, code_name, code_lines, code_bytes, code_size; /* of PyCodeObject */
    uint16_t text_length, text_hash, text_state, text_ascii, text_other;                           /* of str */
    uint16_t bytes_length, bytes_at;                                                               /* of bytes */
    bool gil_pointed;                                    /* `gil` is where an interpreter has the address of it */
    uint16_t gil, gil_holder, gil_locked, gil_condition; /* of _PyRuntime; of the GIL's state */
    uint16_t runtime_main, main_threads, thread_next; /* of _PyRuntime: the main interpreter; of that; PyThreadState */
};

/* NULL: not known. `version`: Py_Version. */
const struct python_layout *python_layout_of(unsigned long version);

typedef bool python_read(void *context, uint64_t address, void *to, size_t size);

/*
 * The layout of an interpreter whose _PyRuntime is at `runtime`: what it publishes there itself, from 3.14 on; the rest
 * as its version has it. False: it is not known, or the interpreter says that it is another one, or has no GIL.
 */
bool python_layout_read(struct python_layout *to, unsigned long version, python_read *read, void *context,
                        uint64_t runtime);

/* Since 3.14 the lowest bits of a frame's references say how these are counted. 0: it is a number, or none. */
static inline uint64_t python_reference(uint64_t word)
{
    enum { BITS = 3 };
    return (word & BITS) == BITS ? 0 : word & ~(uint64_t)BITS;
}

struct python_memory {
    python_read *read;
    void *context;
    const struct python_layout *layout;
    uint64_t code_type, text_type, bytes_type; /* addresses of PyCode_Type, PyUnicode_Type, PyBytes_Type */
};

struct python_frame {
    uint64_t code, at; /* the code object; the instruction that it has come to */
    uint64_t previous; /* the frame that called it; 0: none */
    unsigned line;     /* where it stands; 0: where that instruction is */
};

/* The address of the GIL of the main interpreter; 0: not known. `runtime`: that of _PyRuntime. */
uint64_t python_gil(const struct python_memory *m, uint64_t runtime);

/* Whether a frame, by what its field says, is none of Python code, but where C calls it. */
static inline bool python_is_entry(unsigned char owner)
{
    return owner >= 3; /* FRAME_OWNED_BY_CSTACK; since 3.14 also FRAME_OWNED_BY_INTERPRETER */
}

/* The innermost frame of a thread, by its PyThreadState; 0: it has none. */
uint64_t python_top(const struct python_memory *m, uint64_t thread);

bool python_frame_read(const struct python_memory *m, uint64_t frame, struct python_frame *to);

/*
 * "LINE:COLUMN FUNCTION FILE", NUL-terminated; what is too long loses its beginning. False: it is no frame of Python's.
 * LINE is 0 where it has none; ":COLUMN", in bytes from 1 on, where the code of its instruction begins, may be missing.
 */
enum { PYTHON_TEXT = 512 };
bool python_frame_text(const struct python_memory *m, const struct python_frame *f, char text[PYTHON_TEXT]);

/* What a str says, or its end, in UTF-8: `room` bytes with the NUL. False: it is none. */
bool python_text(const struct python_memory *m, uint64_t object, char *to, size_t room);

#endif
