#include "analyzer/page/files.h"

#ifndef PAGE_SCRIPT_HASH /* the Makefile has it; tools that only read this file do not need it */
#define PAGE_SCRIPT_HASH ""
#endif

const char page_script_hash[] = PAGE_SCRIPT_HASH;

#define EMBED(name, path)                                                                                              \
    __asm__(".pushsection .rodata\n.global " #name "\n" #name ":\n.incbin \"" path "\"\n.byte 0\n.popsection")

EMBED(page_style, "analyzer/page/page.css");
EMBED(page_script, "analyzer/page/page.js");
