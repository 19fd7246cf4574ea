/*
 * Load for a memcached on a Unix socket: memcached_load SOCKET [GETS]. Eight connections, each with one request at a
 * time on its way; values of 100 bytes. Waits until the server is there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CONNECTIONS = 8, KEYS = 1000, VALUE = 100, TRIES = 1000 };

static int server(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    for (int i = 0; i < TRIES; i++) {
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) {
            return fd;
        }
        close(fd);
        usleep(5000);
    }
    fputs("memcached_load: no server\n", stderr);
    exit(3);
}

static void ask(int fd, const char *text)
{
    size_t length = strlen(text);
    if (write(fd, text, length) != (ssize_t)length) {
        perror("memcached_load: write");
        exit(3);
    }
}

static void answered(int fd, const char *end)
{
    char text[512];
    size_t length = 0, ending = strlen(end);
    do {
        ssize_t got = read(fd, text + length, sizeof text - length);
        if (got <= 0) {
            fputs("memcached_load: the server went away\n", stderr);
            exit(3);
        }
        length += (size_t)got;
    } while (length < ending || memcmp(text + length - ending, end, ending) != 0);
}

int main(int argc, char **argv)
{
    int fd[CONNECTIONS];
    unsigned gets = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 40000;
    if (argc < 2) {
        fputs("usage: memcached_load SOCKET [GETS]\n", stderr);
        return 2;
    }
    for (int i = 0; i < CONNECTIONS; i++) {
        fd[i] = server(argv[1]);
    }
    char text[256];
    for (unsigned key = 0; key < KEYS; key++) {
        snprintf(text, sizeof text, "set key%u 0 0 %d\r\n%0*u\r\n", key, VALUE, VALUE, key);
        ask(fd[0], text);
        answered(fd[0], "STORED\r\n");
    }
    for (unsigned get = 0; get < gets; get += CONNECTIONS) {
        for (unsigned i = 0; i < CONNECTIONS; i++) {
            snprintf(text, sizeof text, "get key%u\r\n", (get + i) * 7 % KEYS);
            ask(fd[i], text);
        }
        for (int i = 0; i < CONNECTIONS; i++) {
            answered(fd[i], "END\r\n");
        }
    }
    return 0;
}
