/* The same, with threads that are cancelled while they wait. */
#define CANCELS 1
#include "random_locks.c" // NOLINT(bugprone-suspicious-include)
