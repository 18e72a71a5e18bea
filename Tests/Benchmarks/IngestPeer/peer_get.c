#define _GNU_SOURCE
#include "ingest_peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int connect_to(uint16_t port, char *why) {
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    struct timeval patience = {.tv_sec = 30};
    int yes = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0) return descriptor;
    peer_fail(why, "port %d: %s", port, strerror(errno));
    close(descriptor);
    return -1;
}

static bool send_all(int descriptor, const char *text, size_t length) {
    while (length > 0) {
        ssize_t count = send(descriptor, text, length, MSG_NOSIGNAL);
        if (count <= 0) return false;
        text += count;
        length -= (size_t)count;
    }
    return true;
}

/// Reads all until the server hangs up; NULL on failure.
static char *receive_all(int descriptor, size_t *length) {
    size_t room = 65536;
    char *bytes = malloc(room);
    *length = 0;
    while (bytes != NULL) {
        if (*length == room - 1) {
            room *= 2;
            bytes = realloc(bytes, room);
            if (bytes == NULL) break;
        }
        ssize_t count = recv(descriptor, bytes + *length, room - 1 - *length, 0);
        if (count == 0) {
            bytes[*length] = 0;
            return bytes;
        }
        if (count < 0) break;
        *length += (size_t)count;
    }
    free(bytes);
    return NULL;
}

int peer_get(
    uint16_t port, const char *path, const char *token, char *body, size_t capacity,
    size_t *length, char *why) {
    char request[2048];
    int size = snprintf(
        request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s%s%s"
        "Connection: close\r\n\r\n",
        path, port, token != NULL ? "Authorization: Bearer " : "", token != NULL ? token : "",
        token != NULL ? "\r\n" : "");
    int descriptor = connect_to(port, why);
    if (descriptor < 0) return -1;
    int status = -1;
    size_t count = 0;
    char *answer = NULL;
    if (size < (int)sizeof request && send_all(descriptor, request, (size_t)size))
        answer = receive_all(descriptor, &count);
    close(descriptor);
    char *start = answer != NULL ? strstr(answer, "\r\n\r\n") : NULL;
    if (start == NULL || sscanf(answer, "HTTP/1.1 %d", &status) != 1) {
        peer_fail(why, "%s: no answer", path);
    } else {
        start += 4;
        *length = count - (size_t)(start - answer);
        memcpy(body, start, *length < capacity ? *length : capacity);
    }
    free(answer);
    return status;
}
