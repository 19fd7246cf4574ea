/* The only place where the version stands: for --version, JSON's tool.version and the manual pages. */
#ifndef LOCKWATCH_ANALYZER_VERSION_H
#define LOCKWATCH_ANALYZER_VERSION_H

#define LOCKWATCH_VERSION "0.1.0"

#endif
