/* What the null store answers; main.c says what there is. */
#include "store.h"

#define WHOLE 65536 /* bodies up to so many bytes go out together with the head */
#define BUCKETS 65536

struct written { struct written *next; long long size, parts; char key[]; };
struct folder { long long count, size; const char *end; };

static struct written *table[BUCKETS];

static const char *COMMON =
    "x-amz-id-2: Uuag1LuByRx9e6j5Onimru9pO4ZVKnJ2Qz7/C1NPcfTWAtRPfTaOFg==\r\n"
    "x-amz-request-id: 656C76696E672773\r\nDate: Fri, 02 Jan 2026 03:04:05 GMT\r\nServer: null\r\n";
static const char *XML = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
static const char *SPACE = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

/* ---- what there is ---------------------------------------------------------------------------------------------- */

static struct written *find(const char *key, int make) {
    unsigned hash = 5381;
    for (const char *at = key; *at; at++) hash = hash * 33 + (unsigned char)*at;
    struct written **slot = &table[hash % BUCKETS];
    for (struct written *each = *slot; each; each = each->next)
        if (!strcmp(each->key, key)) return each;
    if (!make) return NULL;
    struct written *made = calloc(1, sizeof *made + strlen(key) + 1);
    strcpy(made->key, key);
    made->size = -1;
    made->next = *slot;
    return *slot = made;
}

/* The last "<count>x<size>/" in a path or prefix. */
static int find_folder(const char *path, struct folder *found) {
    int there = 0;
    for (const char *at = path; at; at = (at = strchr(at, '/')) ? at + 1 : NULL) {
        char *end;
        if (*at < '0' || *at > '9') continue;
        long long count = strtoll(at, &end, 10);
        if (*end != 'x' || end[1] < '0' || end[1] > '9') continue;
        long long size = strtoll(end + 1, &end, 10);
        if (*end != '/') continue;
        *found = (struct folder){count, size, end + 1};
        there = 1;
    }
    return there;
}

static long long size_of(const char *path) {
    struct written *written = find(path, 0);
    if (written) return written->size;
    struct folder folder;
    long long number;
    int read = 0;
    if (!find_folder(path, &folder)) return -1;
    if (sscanf(folder.end, "part-%7lld.bin%n", &number, &read) != 1 || !read || folder.end[read]) return -1;
    return number < folder.count ? folder.size : -1;
}

static const char *checksum_of(long long size) {
    for (int i = 0; i < checksum_count; i++) {
        char *end;
        if (strtoll(checksums[i], &end, 10) == size && *end == '=') return end + 1;
    }
    return NULL;
}

/* ---- answers ---------------------------------------------------------------------------------------------------- */

void reserve(struct connection *c, size_t room) {
    if (room <= c->out_room) return;
    c->out = realloc(c->out, c->out_room = room);
    if (!c->out) exit(1);
}

static void begin(struct connection *c, const char *status) {
    reserve(c, HEAD_ROOM);
    c->out_sent = 0;
    c->out_length = sprintf(c->out, "HTTP/1.1 %s\r\n%s", status, COMMON);
}

static void answer_xml(struct connection *c, const char *status, const char *text) {
    begin(c, status);
    int head = !strcmp(c->method, "HEAD");
    ADD(c, "Content-Type: application/xml\r\nContent-Length: %zu\r\n\r\n%s", head ? 0 : strlen(XML) + strlen(text),
        head ? "" : XML);
    if (!head) ADD(c, "%s", text);
}

static void answer_empty(struct connection *c, const char *status, const char *headers) {
    begin(c, status);
    ADD(c, "%s%s\r\n", headers, strncmp(status, "204", 3) ? "Content-Length: 0\r\n" : "");
}

static void answer_object(struct connection *c, long long size) {
    long long start = 0, stop = size;
    int part = 0;
    if (*c->range == '-') {
        long long tail = atoll(c->range + 1);
        start = tail < size ? size - tail : 0, part = 1;
    } else if (*c->range) {
        char *dash;
        start = strtoll(c->range, &dash, 10), part = 1;
        if (dash[0] == '-' && dash[1] && atoll(dash + 1) + 1 < size) stop = atoll(dash + 1) + 1;
    }
    if (part && start >= size) {
        answer_xml(c, "416 Requested Range Not Satisfiable",
                   "<Error><Code>InvalidRange</Code><Message>The requested range is not satisfiable</Message></Error>");
        return;
    }
    begin(c, part ? "206 Partial Content" : "200 OK");
    ADD(c, "Last-Modified: Fri, 02 Jan 2026 03:04:05 GMT\r\nETag: \"null-%lld\"\r\nAccept-Ranges: bytes\r\n"
           "x-amz-server-side-encryption: AES256\r\nContent-Type: application/octet-stream\r\n"
           "Content-Length: %lld\r\n", size, stop - start);
    if (part) ADD(c, "Content-Range: bytes %lld-%lld/%lld\r\n", start, stop - 1, size);
    const char *checksum = part || !c->wants_checksum ? NULL : checksum_of(size);
    if (checksum) ADD(c, "x-amz-checksum-type: FULL_OBJECT\r\n%s\r\n", checksum);
    ADD(c, "\r\n");
    if (!strcmp(c->method, "HEAD")) return;
    c->file_from = start, c->file_left = stop - start;
    if (c->file_left > WHOLE) return;
    reserve(c, c->out_length + c->file_left);
    while (c->file_left) {
        long long at = c->file_from % period, run = period - at < c->file_left ? period - at : c->file_left;
        memcpy(c->out + c->out_length, pattern + at, run);
        c->out_length += run, c->file_from += run, c->file_left -= run;
    }
}

/* A value of the query, with %2F read as "/"; other escapes stay, since our own names have none. */
static int value_of(const char *query, const char *name, char *value, size_t room) {
    size_t length = strlen(name), filled = 0;
    for (const char *at = query; at; at = (at = strchr(at, '&')) ? at + 1 : NULL) {
        if (strncmp(at, name, length) || (at[length] != '=' && at[length] != '&' && at[length])) continue;
        at += length + (at[length] == '=');
        while (*at && *at != '&' && filled < room - 1) {
            int slash = !strncasecmp(at, "%2F", 3);
            value[filled++] = slash ? '/' : *at;
            at += slash ? 3 : 1;
        }
        value[filled] = 0;
        return 1;
    }
    return 0;
}

static void answer_page(struct connection *c, const char *query) {
    char prefix[TARGET_ROOM] = "", after[TARGET_ROOM] = "", number[32];
    struct folder folder = {0, 0, ""};
    value_of(query, "prefix", prefix, sizeof prefix);
    int known = find_folder(prefix, &folder) && !*folder.end;
    long long from = 0, most = value_of(query, "max-keys", number, sizeof number) ? atoll(number) : 1000;
    if (most > 1000) most = 1000;
    if (value_of(query, "continuation-token", number, sizeof number)) from = atoll(number);
    else if (value_of(query, "start-after", after, sizeof after)) {
        /* Keys are compared as our own are: by their number. */
        size_t length = strlen(prefix);
        if (!strncmp(after, prefix, length) && !strncmp(after + length, "part-", 5)) from = atoll(after + length + 5) + 1;
        else if (strcmp(after, prefix) > 0) from = folder.count;
    }
    long long to = known ? (from + most < folder.count ? from + most : folder.count) : from;
    if (to < from) to = from;
    char *xml = malloc(2 * TARGET_ROOM + 500 + (to - from) * (300 + strlen(prefix))), *end = xml;
    if (!xml) exit(1);
    end += sprintf(end, "%s<ListBucketResult %s><Name>bucket</Name><Prefix>%s</Prefix><KeyCount>%lld</KeyCount>"
                        "<MaxKeys>%lld</MaxKeys><IsTruncated>%s</IsTruncated>", XML, SPACE, prefix, to - from, most,
                   to < folder.count ? "true" : "false");
    if (value_of(query, "encoding-type", number, sizeof number)) end += sprintf(end, "<EncodingType>url</EncodingType>");
    if (to < folder.count) end += sprintf(end, "<NextContinuationToken>%lld</NextContinuationToken>", to);
    for (long long i = from; i < to; i++)
        end += sprintf(end, "<Contents><Key>%spart-%07lld.bin</Key><LastModified>2026-01-02T03:%02lld:%02lld.000Z"
                            "</LastModified><ETag>&quot;null-%lld&quot;</ETag><Size>%lld</Size><StorageClass>STANDARD"
                            "</StorageClass></Contents>", prefix, i, i / 60 % 60, i % 60, folder.size, folder.size);
    end += sprintf(end, "</ListBucketResult>");
    begin(c, "200 OK");
    ADD(c, "Content-Type: application/xml\r\nContent-Length: %zu\r\n\r\n", (size_t)(end - xml));
    reserve(c, c->out_length + (end - xml));
    memcpy(c->out + c->out_length, xml, end - xml);
    c->out_length += end - xml;
    free(xml);
}

static void answer_upload(struct connection *c, const char *path, const char *query) {
    char text[600], etag[64], none[8];
    struct written *written;
    if (value_of(query, "uploads", none, sizeof none)) {
        find(path, 1)->parts = 0;
        sprintf(text, "<InitiateMultipartUploadResult %s><Bucket>bucket</Bucket><Key>%.200s</Key>"
                      "<UploadId>null-upload</UploadId></InitiateMultipartUploadResult>", SPACE, path);
        answer_xml(c, "200 OK", text);
    } else if (!strcmp(c->method, "PUT")) {
        find(path, 1)->parts += c->body_size;
        sprintf(text, "ETag: \"null-%lld\"\r\n%s", c->body_size, c->echo);
        answer_empty(c, "200 OK", text);
    } else if (!strcmp(c->method, "POST") && (written = find(path, 0))) {
        written->size = written->parts;
        sprintf(etag, "&quot;null-%lld&quot;", written->size);
        sprintf(text, "<CompleteMultipartUploadResult %s><Location>http://127.0.0.1/</Location><Bucket>bucket</Bucket>"
                      "<Key>%.200s</Key><ETag>%s</ETag></CompleteMultipartUploadResult>", SPACE, path, etag);
        answer_xml(c, "200 OK", text);
    } else if (!strcmp(c->method, "DELETE")) {
        answer_empty(c, "204 No Content", "");
    } else {
        answer_xml(c, "404 Not Found", "<Error><Code>NoSuchUpload</Code><Message>No such upload</Message></Error>");
    }
}

void answer(struct connection *c) {
    char *query = strchr(c->target, '?'), *path = c->target, none[8];
    if (query) *query++ = 0;
    const char *key = strchr(path + 1, '/');
    int of_bucket = !key || !key[1], writes = !strcmp(c->method, "PUT");
    if (value_of(query, "uploads", none, sizeof none) || value_of(query, "uploadId", none, sizeof none)) {
        answer_upload(c, path, query);
    } else if (of_bucket && value_of(query, "list-type", none, sizeof none)) {
        answer_page(c, query);
    } else if (of_bucket && value_of(query, "location", none, sizeof none)) {
        answer_xml(c, "200 OK", "<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>");
    } else if (of_bucket && (writes || !strcmp(c->method, "HEAD"))) {
        answer_empty(c, "200 OK", "x-amz-bucket-region: us-east-1\r\n");
    } else if (writes) {
        char headers[512];
        find(path, 1)->size = c->body_size;
        sprintf(headers, "ETag: \"null-%lld\"\r\n%s", c->body_size, c->echo);
        answer_empty(c, "200 OK", headers);
    } else if (!strcmp(c->method, "DELETE")) {
        struct written *written = find(path, 0);
        if (written) written->size = -1;
        answer_empty(c, "204 No Content", "");
    } else if (of_bucket || (strcmp(c->method, "GET") && strcmp(c->method, "HEAD"))) {
        answer_xml(c, "501 Not Implemented",
                   "<Error><Code>NotImplemented</Code><Message>The null store has not got that</Message></Error>");
    } else if (size_of(path) < 0) {
        answer_xml(c, "404 Not Found", "<Error><Code>NoSuchKey</Code><Message>No such key</Message></Error>");
    } else {
        answer_object(c, size_of(path));
    }
}
