/* What both halves of the null store know: a connection, and what all objects are made of. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/types.h>
#ifdef TLS
#include <openssl/ssl.h>
#endif

#define HEAD_ROOM 65536
#define TARGET_ROOM 4096

struct connection {
    char head[HEAD_ROOM];
    size_t filled;
    char method[8], target[TARGET_ROOM], range[64], echo[256]; /* echo: the checksum that came with a body */
    int wants_checksum, pending; /* pending: a request waits for the end of its body */
    int chunked, last_chunk, counts_chunks; /* counts_chunks: the body's size is told by its chunks alone */
    long long body_left, body_size;
    char *out;
    size_t out_length, out_sent, out_room;
    long long file_from, file_left; /* goes out behind "out" */
#ifdef TLS
    SSL *ssl;
#endif
};

extern char *pattern;     /* the bytes of all objects, again and again */
extern long long period;  /* how many they are */
extern char **checksums;  /* "<size>=<header>:<value>" */
extern int checksum_count;

/* Puts the answer to the request into "out", or its head there and its bytes into "file_from" and "file_left". */
void answer(struct connection *c);

/* Makes room for so many bytes in "out". */
void reserve(struct connection *c, size_t room);

#define ADD(c, ...) ((c)->out_length += sprintf((c)->out + (c)->out_length, __VA_ARGS__))
