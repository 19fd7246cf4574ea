// expect: none
#define HELD 0
#include "gio_task.c"
