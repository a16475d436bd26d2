/* A server that answers like S3 and does nothing: what is left over in a measurement is the client.
 *
 * One thread, epoll, keep-alive, loopback only. GET of a key: 16 KiB; GET with "list-type=2": a page of 1,000 keys;
 * HEAD, PUT, DELETE: the headers that S3 sends. Bodies of requests are dropped. It prints its port, and ends when its
 * standard input does.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define OBJECT 16384
#define ENTRIES 1000
#define MOST_DESCRIPTORS 4096
#define HEAD_ROOM 65536

struct connection {
    char head[HEAD_ROOM];
    size_t filled;
    long long body_left; /* of the request that was answered last */
    char *out;
    size_t out_length, out_sent;
};

static struct connection *connections[MOST_DESCRIPTORS];
static char *object_answer, *head_answer, *put_answer, *delete_answer, *page_answer;
static size_t object_length, page_length;

static const char *CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
static const char *COMMON =
    "x-amz-id-2: Uuag1LuByRx9e6j5Onimru9pO4ZVKnJ2Qz7/C1NPcfTWAtRPfTaOFg==\r\n"
    "x-amz-request-id: 656c76696e6727732072657175657374\r\n"
    "Date: Fri, 02 Jan 2026 03:04:05 GMT\r\nServer: null\r\n";
static const char *OBJECT_HEADERS =
    "Last-Modified: Fri, 02 Jan 2026 03:04:05 GMT\r\nETag: \"ce114e4501d2f4e2dcea3e17b546f339\"\r\n"
    "x-amz-server-side-encryption: AES256\r\nAccept-Ranges: bytes\r\nContent-Type: application/octet-stream\r\n";

static char *format(const char *pattern, const char *a, const char *b, long size) {
    char *made;
    if (asprintf(&made, pattern, a, b, size) < 0) exit(1);
    return made;
}

static void prepare(void) {
    head_answer = format("HTTP/1.1 200 OK\r\n%s%sContent-Length: %ld\r\n\r\n", COMMON, OBJECT_HEADERS, OBJECT);
    size_t length = strlen(head_answer);
    object_length = length + OBJECT;
    object_answer = malloc(object_length);
    memcpy(object_answer, head_answer, length);
    memset(object_answer + length, 'x', OBJECT);
    put_answer = format("HTTP/1.1 200 OK\r\n%sETag: \"%s\"\r\nContent-Length: %ld\r\n\r\n", COMMON,
                        "ce114e4501d2f4e2dcea3e17b546f339", 0);
    delete_answer = format("HTTP/1.1 204 No Content\r\n%s%s\r\n", COMMON, "", 0);
    char *xml = malloc(600 * ENTRIES + 1000), *end = xml;
    end += sprintf(end, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/"
                        "2006-03-01/\"><Name>bucket</Name><Prefix></Prefix><KeyCount>%d</KeyCount><MaxKeys>1000</MaxKeys>"
                        "<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>", ENTRIES);
    for (int i = 0; i < ENTRIES; i++)
        end += sprintf(end, "<Contents><Key>data/2026/01/part-%06d.parquet</Key><LastModified>2026-01-02T03:04:05.000Z"
                            "</LastModified><ETag>&quot;ce114e4501d2f4e2dcea3e17b546f339&quot;</ETag><Size>%d</Size>"
                            "<StorageClass>STANDARD</StorageClass></Contents>", i, i * 1000);
    end += sprintf(end, "</ListBucketResult>");
    page_answer = format("HTTP/1.1 200 OK\r\n%sContent-Type: application/xml\r\n%sContent-Length: %ld\r\n\r\n", COMMON, "",
                         (long)(end - xml));
    length = strlen(page_answer);
    page_length = length + (end - xml);
    page_answer = realloc(page_answer, page_length);
    memcpy(page_answer + length, xml, end - xml);
    free(xml);
}

static void answer(struct connection *c, const char *head) {
    c->out_sent = 0;
    if (!strncmp(head, "GET ", 4)) {
        const char *line = strstr(head, "\r\n"), *list = strstr(head, "list-type=2");
        int page = list && list < line;
        c->out = page ? page_answer : object_answer;
        c->out_length = page ? page_length : object_length;
        return;
    }
    c->out = !strncmp(head, "HEAD", 4) ? head_answer : !strncmp(head, "DELE", 4) ? delete_answer : put_answer;
    c->out_length = strlen(c->out);
}

/* Sends what is waiting; 0 when all is sent, 1 when the socket is full, -1 when it is gone. */
static int flush_out(int fd, struct connection *c) {
    while (c->out_sent < c->out_length) {
        ssize_t sent = send(fd, c->out + c->out_sent, c->out_length - c->out_sent, MSG_NOSIGNAL);
        if (sent < 0) return errno == EAGAIN ? 1 : -1;
        c->out_sent += sent;
    }
    c->out_length = 0;
    return 0;
}

/* Goes on with what has arrived; -1 when the connection is to be closed. */
static int handle(int fd, struct connection *c) {
    for (;;) {
        if (c->out_length) {
            int state = flush_out(fd, c);
            if (state) return state < 0 ? -1 : 0;
        }
        if (c->body_left > 0 && c->filled) { /* drop the body */
            size_t drop = c->body_left < (long long)c->filled ? (size_t)c->body_left : c->filled;
            memmove(c->head, c->head + drop, c->filled - drop);
            c->filled -= drop;
            c->body_left -= drop;
            if (c->body_left == 0) answer(c, "PUT ");
            continue;
        }
        char *end = c->filled ? memmem(c->head, c->filled, "\r\n\r\n", 4) : NULL;
        if (c->body_left == 0 && end) {
            *end = 0;
            char *length = strcasestr(c->head, "\r\ncontent-length:");
            c->body_left = length ? atoll(length + 17) : 0;
            int waits = strcasestr(c->head, "\r\nexpect: 100-continue") != NULL;
            if (c->body_left == 0) answer(c, c->head);
            size_t used = end + 4 - c->head;
            memmove(c->head, c->head + used, c->filled - used);
            c->filled -= used;
            if (c->body_left && waits) {
                c->out = (char *)CONTINUE;
                c->out_length = strlen(CONTINUE);
                c->out_sent = 0;
            }
            continue;
        }
        ssize_t got = recv(fd, c->head + c->filled, HEAD_ROOM - 1 - c->filled, 0);
        if (got < 0 && errno == EAGAIN) return 0;
        if (got <= 0) return -1;
        c->filled += got;
    }
}

int main(void) {
    prepare();
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 512)) return 1;
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    int poll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, ready[64];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    event.data.fd = 0;
    epoll_ctl(poll, EPOLL_CTL_ADD, 0, &event);
    for (;;) {
        int count = epoll_wait(poll, ready, 64, -1);
        for (int i = 0; i < count; i++) {
            int fd = ready[i].data.fd;
            if (fd == 0) {
                char byte;
                if (read(0, &byte, 1) <= 0) return 0;
            } else if (fd == listener) {
                int accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
                if (accepted < 0 || accepted >= MOST_DESCRIPTORS) continue;
                setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                connections[accepted] = calloc(1, sizeof(struct connection));
                event = (struct epoll_event){.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.fd = accepted};
                epoll_ctl(poll, EPOLL_CTL_ADD, accepted, &event);
            } else if (handle(fd, connections[fd]) < 0) {
                close(fd);
                free(connections[fd]);
                connections[fd] = NULL;
            }
        }
    }
}
