/* A store that speaks S3 and does next to nothing: what is left over in a measurement is the client.
 *
 *     null_store <pattern file> [<certificate.pem> <key.pem>] [<size>=<checksum header>:<value> ...]
 *
 * One thread, epoll, keep-alive, 127.0.0.1 on a free port, which it prints; it ends when its standard input does.
 * Signatures are not looked at. Any bucket is there. The name of a folder says what is in it: "3x100/" has the objects
 * "part-0000000.bin" to "part-0000002.bin" of 100 bytes each, without anything being stored. Byte n of every object is
 * byte n modulo its length of the pattern file. What is written is counted and dropped; only its name and size stay.
 * A whole object comes with its checksum, as from S3, where the command line has one for its size.
 *
 * Known: GET (ranges, ListObjectsV2, GetBucketLocation), HEAD, PUT, DELETE, multipart uploads, chunked bodies.
 * Compile: cc -O2 *.c, for TLS: cc -O2 -DTLS *.c -lssl -lcrypto
 */
#include "store.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_DESCRIPTORS 4096

char *pattern;
long long period;
char **checksums;
int checksum_count;

static struct connection *connections[MOST_DESCRIPTORS];
static int pattern_file;
static char scratch[1 << 18];
#ifdef TLS
static SSL_CTX *tls;
#endif

/* Both return bytes, 0 at the end, -1 with errno EAGAIN when the socket has to be waited for. */
static ssize_t receive(int fd, struct connection *c, char *into, size_t room, int drop) {
#ifdef TLS
    if (c->ssl) {
        int got = SSL_read(c->ssl, into, room < 1 << 30 ? (int)room : 1 << 30);
        if (got > 0) return got;
        int why = SSL_get_error(c->ssl, got);
        errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : EIO;
        return why == SSL_ERROR_ZERO_RETURN ? 0 : -1;
    }
#endif
    (void)c;
    return recv(fd, into, room, drop ? MSG_TRUNC : 0); /* TCP: bytes are dropped without being copied */
}

static ssize_t transmit(int fd, struct connection *c, const char *from, size_t length, int more) {
#ifdef TLS
    if (c->ssl) {
        int sent = SSL_write(c->ssl, from, length < 1 << 20 ? (int)length : 1 << 20);
        if (sent > 0) return sent;
        int why = SSL_get_error(c->ssl, sent);
        errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : EIO;
        return -1;
    }
#endif
    (void)c;
    return send(fd, from, length, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
}

static ssize_t transmit_pattern(int fd, struct connection *c) {
    off_t at = c->file_from % period;
    size_t run = period - at < c->file_left ? period - at : c->file_left;
#ifdef TLS
    if (c->ssl) return transmit(fd, c, pattern + at, run, 0);
#endif
    return sendfile(fd, pattern_file, &at, run);
}

/* Sends what is waiting; 0 when all is sent, 1 when the socket is full, -1 when it is gone. */
static int flush_out(int fd, struct connection *c) {
    while (c->out_sent < c->out_length || c->file_left) {
        int from_file = c->out_sent == c->out_length;
        ssize_t sent = from_file ? transmit_pattern(fd, c)
                                 : transmit(fd, c, c->out + c->out_sent, c->out_length - c->out_sent, c->file_left > 0);
        if (sent < 0) return errno == EAGAIN ? 1 : -1;
        if (from_file) c->file_from += sent, c->file_left -= sent;
        else c->out_sent += sent;
    }
    c->out_length = c->out_sent = 0;
    return 0;
}

static void consume(struct connection *c, size_t used) {
    memmove(c->head, c->head + used, c->filled - used);
    c->filled -= used;
}

static char *header(char *head, const char *name) {
    char *found = strcasestr(head, name);
    if (!found) return NULL;
    found += strlen(name);
    return found + strspn(found, " ");
}

static void take(char *into, size_t room, const char *from) {
    size_t length = strcspn(from, "\r");
    if (length >= room) length = room - 1;
    memcpy(into, from, length);
    into[length] = 0;
}

/* Reads the head of a request, which ends at "end"; returns -1 when it makes no sense. */
static int read_head(struct connection *c, char *end) {
    end[2] = 0; /* the last header keeps its line end */
    char *found, version[16];
    if (sscanf(c->head, "%7s %4095s %15s", c->method, c->target, version) != 3) return -1;
    *c->range = *c->echo = 0;
    if ((found = header(c->head, "\r\nrange: bytes="))) take(c->range, sizeof c->range, found);
    c->wants_checksum = strcasestr(c->head, "\r\nx-amz-checksum-mode: enabled") != NULL;
    if ((found = strcasestr(c->head, "\r\nx-amz-checksum-crc")) || (found = strcasestr(c->head, "\r\nx-amz-checksum-sha"))) {
        take(c->echo, sizeof c->echo - 2, found + 2);
        strcat(c->echo, "\r\n");
    }
    c->chunked = strcasestr(c->head, "\r\ntransfer-encoding: chunked") != NULL;
    c->last_chunk = 0;
    found = header(c->head, "\r\ncontent-length:");
    c->body_left = c->body_size = found && !c->chunked ? atoll(found) : 0;
    c->counts_chunks = c->chunked;
    if ((found = header(c->head, "\r\nx-amz-decoded-content-length:"))) c->body_size = atoll(found), c->counts_chunks = 0;
    c->pending = 1;
    if (strcasestr(c->head, "\r\nexpect: 100-continue") && (c->body_left || c->chunked)) {
        reserve(c, HEAD_ROOM);
        ADD(c, "HTTP/1.1 100 Continue\r\n\r\n");
    }
    consume(c, end + 4 - c->head);
    return 0;
}

/* Reads the line before a chunk; 0 when more bytes are needed. */
static int read_chunk_line(struct connection *c) {
    c->head[c->filled] = 0;
    char *end = strstr(c->head, "\r\n");
    if (!end) return 0;
    if (c->last_chunk) { /* trailers, up to an empty line */
        if (end == c->head) c->chunked = 0;
    } else {
        long long size = strtoll(c->head, NULL, 16);
        c->last_chunk = size == 0;
        c->body_left = size ? size + 2 : 0;
        if (c->counts_chunks) c->body_size += size;
    }
    consume(c, end + 2 - c->head);
    return 1;
}

/* Goes on with what has arrived; -1 when the connection is to be closed. */
static int handle(int fd, struct connection *c) {
    for (;;) {
        if (c->out_length || c->file_left) {
            int state = flush_out(fd, c);
            if (state) return state < 0 ? -1 : 0;
        }
        ssize_t got;
        if (c->body_left && c->filled) { /* drop the body */
            size_t drop = c->body_left < (long long)c->filled ? (size_t)c->body_left : c->filled;
            consume(c, drop);
            c->body_left -= drop;
            continue;
        }
        if (c->body_left) {
            size_t room = c->body_left < (long long)sizeof scratch ? (size_t)c->body_left : sizeof scratch;
            got = receive(fd, c, scratch, room, 1);
            if (got > 0) {
                c->body_left -= got;
                continue;
            }
        } else {
            if (c->pending && c->chunked) {
                if (read_chunk_line(c)) continue;
            } else if (c->pending) {
                c->pending = 0;
                answer(c);
                continue;
            } else {
                char *end = memmem(c->head, c->filled, "\r\n\r\n", 4);
                if (end) {
                    if (read_head(c, end)) return -1;
                    continue;
                }
            }
            if (c->filled == HEAD_ROOM - 1) return -1;
            got = receive(fd, c, c->head + c->filled, HEAD_ROOM - 1 - c->filled, 0);
            if (got > 0) {
                c->filled += got;
                continue;
            }
        }
        return got < 0 && errno == EAGAIN ? 0 : -1;
    }
}

static void open_connection(int poll, int listener) {
    int one = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0) return;
    struct connection *c = fd < MOST_DESCRIPTORS ? calloc(1, sizeof *c) : NULL;
    if (!c) {
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    connections[fd] = c;
#ifdef TLS
    if (tls) {
        c->ssl = SSL_new(tls);
        SSL_set_fd(c->ssl, fd);
        SSL_set_accept_state(c->ssl);
    }
#endif
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.fd = fd};
    epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
}

static void close_connection(int fd) {
#ifdef TLS
    if (connections[fd]->ssl) SSL_free(connections[fd]->ssl);
#endif
    close(fd);
    free(connections[fd]->out);
    free(connections[fd]);
    connections[fd] = NULL;
}

static int prepare(int count, char **arguments) {
    struct stat about;
    if (count < 2) return 0;
    pattern_file = open(arguments[1], O_RDONLY);
    if (pattern_file < 0 || fstat(pattern_file, &about)) return 0;
    period = about.st_size;
    pattern = mmap(NULL, period, PROT_READ, MAP_SHARED, pattern_file, 0);
    if (pattern == MAP_FAILED) return 0;
    checksums = arguments + 2, checksum_count = count - 2;
    if (count < 4 || strchr(arguments[2], '=')) return 1;
    checksums += 2, checksum_count -= 2;
#ifdef TLS
    tls = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return SSL_CTX_use_certificate_chain_file(tls, arguments[2]) == 1 &&
           SSL_CTX_use_PrivateKey_file(tls, arguments[3], SSL_FILETYPE_PEM) == 1;
#else
    fprintf(stderr, "compiled without TLS\n");
    return 0;
#endif
}

int main(int count, char **arguments) {
    signal(SIGPIPE, SIG_IGN); /* OpenSSL writes without MSG_NOSIGNAL */
    if (!prepare(count, arguments)) {
        fprintf(stderr, "null_store <pattern file> [<certificate.pem> <key.pem>] [<size>=<header>:<value> ...]\n");
        return 1;
    }
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
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
        int many = epoll_wait(poll, ready, 64, -1);
        for (int i = 0; i < many; i++) {
            int fd = ready[i].data.fd;
            char byte;
            if (fd == 0 && read(0, &byte, 1) <= 0) return 0;
            if (fd == listener) open_connection(poll, listener);
            else if (fd && handle(fd, connections[fd]) < 0) close_connection(fd);
        }
    }
}
