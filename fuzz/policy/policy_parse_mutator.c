/*
 * Mutates policy files as such: words of the grammar, whole statements, names that stand
 * elsewhere in the input. Bytes are left to libFuzzer, every other time.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(
    uint8_t *data, size_t size, size_t max_size, unsigned int seed);

static const char *const words[] = {
    "policy",
    "include",
    "scope",
    "team",
    "net",
    "auth",
    "role",
    "grant",
    "allow",
    "deny",
    "never",
    "delegate",
    "exclusive",
    "test",
    "can",
    "cannot",
    "to",
    "from",
    "not",
    "via",
    "with",
    "and",
    "after",
    "until",
    "reason",
    "ticket",
    "tls",
    ">=",
    "1.2",
    "1.3",
    "age",
    "<",
    "8h",
    "issuer",
    "at",
    "ldap",
    "claim",
    "any",
    "anonymous",
    "@a",
    "@b",
    "User:a",
    "a",
    "b",
    "a*",
    "*",
    "\"a b\"",
    "topic",
    "group",
    "txn",
    "cluster",
    "token",
    "user",
    "all",
    "read",
    "write",
    "create",
    "delete",
    "alter",
    "describe",
    "alter-configs",
    "describe-configs",
    "cluster-action",
    "idempotent-write",
    "create-tokens",
    "describe-tokens",
    "two-phase-commit",
    "produce",
    "consume",
    "manage",
    "observe",
    "mtls",
    "gssapi",
    "plain",
    "scram256",
    "10.0.0.0/8",
    "10.0.0.1",
    "2001:db8::/32",
    "2026-01-01",
    "2026-11-21T18:00Z",
    "{",
    "}",
    "=",
    ",",
    "#",
    "l:",
};

static const char *const statements[] = {
    "policy 1 cluster a serial 1 signatures 1\n",
    "include \"x.policy\" scope topic a* group *\n",
    "%% x.policy\n",
    "team a = { a, b }\n",
    "team b from ldap \"g\"\n",
    "net a = { 10.0.0.0/8, ::1 }\n",
    "auth a = { mtls, gssapi }\n",
    "role a {\n    consume topic a, a* group b\n}\n",
    "grant a to @a from @a with a\n",
    "l: allow @a, b to produce topic a* txn a via A with tls >= 1.3 and age < 8h\n",
    "deny any to all topic * from not ::1 until 2027-01-01 reason \"r\" ticket t\n",
    "never @a to read, write topic a*\n",
    "delegate topic a* group b\n",
    "exclusive @a, @b\n",
    "test \"t\" {\n    a can read topic a from 10.0.0.1 with mtls tls 1.3\n}\n",
    "    b cannot write topic b at 2026-01-01 via A\n",
};

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* What stood at `at` for `gone` bytes becomes the text, if there is room. */
static size_t replace(uint8_t *data, size_t size, size_t max_size, size_t at, size_t gone,
    const void *text, size_t length)
{
    if (size - gone + length > max_size) {
        return size;
    }
    memmove(data + at + length, data + at + gone, size - at - gone);
    memcpy(data + at, text, length);
    return size - gone + length;
}

static int is_end(uint8_t c, int of_line)
{
    return c == '\n' || (!of_line && c == ' ');
}

/* A word or line around a random place: its offset; *length without its end. */
static size_t pick(
    const uint8_t *data, size_t size, int line, uint32_t *seed, size_t *length)
{
    size_t start = next(seed) % size;
    size_t end = start;

    while (start > 0 && !is_end(data[start - 1], line)) {
        start--;
    }
    while (end < size && !is_end(data[end], line)) {
        end++;
    }
    *length = end - start;
    return start;
}

/* A word or line of the input in the place of another, or before it. */
static size_t copy_inside(
    uint8_t *data, size_t size, size_t max_size, int line, uint32_t *seed)
{
    uint8_t copy[256];
    size_t length = 0;
    size_t gone = 0;
    size_t from = pick(data, size, line, seed, &length);

    if (length + 1 > sizeof(copy)) {
        return size;
    }
    memcpy(copy, data + from, length);
    size_t at = pick(data, size, line, seed, &gone);
    if (next(seed) % 2 == 0) {
        copy[length++] = line ? '\n' : ' ';
        gone = 0;
    }
    return replace(data, size, max_size, at, gone, copy, length);
}

static size_t put_word(uint8_t *data, size_t size, size_t max_size, uint32_t *seed)
{
    char text[32] = "";
    size_t gone = 0;
    size_t at = pick(data, size, 0, seed, &gone);

    strcpy(text, words[next(seed) % COUNT(words)]);
    if (next(seed) % 2 == 0) {
        strcat(text, " ");
        gone = 0;
    }
    return replace(data, size, max_size, at, gone, text, strlen(text));
}

size_t LLVMFuzzerCustomMutator(
    uint8_t *data, size_t size, size_t max_size, unsigned int seed_in)
{
    uint32_t seed = seed_in;
    size_t length = 0;
    size_t at = 0;

    if (size == 0 || next(&seed) % 2 == 0) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    switch (next(&seed) % 6) {
    case 0:
        at = pick(data, size, 1, &seed, &length);
        const char *s = statements[next(&seed) % COUNT(statements)];
        return replace(data, size, max_size, at, 0, s, strlen(s));
    case 1:
        at = pick(data, size, 1, &seed, &length);
        return replace(data, size, max_size, at, length, "", 0);
    case 2:
        return copy_inside(data, size, max_size, 1, &seed);
    case 3:
        return copy_inside(data, size, max_size, 0, &seed);
    default:
        return put_word(data, size, max_size, &seed);
    }
}
