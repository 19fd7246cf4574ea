/* The stylesheet and the script of the page: page.css and page.js beside this, as they were when this was built. */
#ifndef LOCKWATCH_ANALYZER_PAGE_FILES_H
#define LOCKWATCH_ANALYZER_PAGE_FILES_H

extern const char page_style[], page_script[];

/* "sha256-…" of the script, as a content security policy has it. */
extern const char page_script_hash[];

#endif
