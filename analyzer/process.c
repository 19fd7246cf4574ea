#include "analyzer/process.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What follows the command in /proc/PID/stat: from field 3, the state, on. False when there is no such
 * process. */
static bool read_stat(uint32_t pid, char *text, size_t size)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/%u/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, size - 1);
    close(fd);
    text[n > 0 ? n : 0] = 0;
    char *command_end = strrchr(text, ')');
    if (command_end == NULL || command_end[1] != ' ')
        return false;
    memmove(text, command_end + 2, strlen(command_end + 2) + 1);
    return true;
}

bool process_runs(const struct record *r)
{
    char stat[1024];
    if (r->header->end != END_RUNNING || r->header->pid == 0 || !read_stat(r->header->pid, stat, sizeof stat))
        return false;
    if (stat[0] == 'Z' || stat[0] == 'X')
        return false;
    char *at = stat;
    for (int field = 3; field < 22 && at != NULL; field++) {
        at = strchr(at, ' ');
        at = at == NULL ? NULL : at + 1;
    }
    return at != NULL && strtoull(at, NULL, 10) == r->header->process_start;
}

void process_end(const struct record *r, bool runs, char *text, size_t size)
{
    int value = r->header->end_value;
    if (runs)
        snprintf(text, size, "running");
    else if (r->header->end == END_EXIT)
        snprintf(text, size, "exit %d", value);
    else if (r->header->end == END_SIGNAL)
        snprintf(text, size, "signal %d", value);
    else
        snprintf(text, size, "unknown");
}
