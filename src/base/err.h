/*
 * err - the ways the world can fail us, as values.
 *
 * Three kinds of error never mix: what a peer did wrong is that parser's own enum
 * (wire_err, ...); what the world did is `enum err`, returned and checked; what we did
 * wrong is fatal().
 */
#ifndef ERR_H
#define ERR_H

#define ERR_LIST(X)                                                                      \
    X(ERR_NOMEM, "out of memory")                                                        \
    X(ERR_IO, "I/O error")                                                               \
    X(ERR_FULL, "limit reached")                                                         \
    X(ERR_INVALID, "malformed")                                                          \
    X(ERR_CORRUPT, "stored data is damaged")                                             \
    X(ERR_NOT_FOUND, "not found")                                                        \
    X(ERR_EXISTS, "exists already")                                                      \
    X(ERR_DENIED, "not permitted")                                                       \
    X(ERR_TIMEOUT, "timed out")                                                          \
    X(ERR_CLOSED, "closed by the other side")                                            \
    X(ERR_AGAIN, "not now")                                                              \
    X(ERR_UNSUPPORTED, "not supported here")

enum err {
    OK = 0,
#define ERR_ENUM(name, text) name,
    ERR_LIST(ERR_ENUM)
#undef ERR_ENUM
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* A constant sentence fragment, never NULL. */
const char *err_text(enum err e);

/*
 * Our own invariant is broken: say so on stderr and end the process by a trap. (abort()
 * raises a signal that a seccomp filter may kill differently; a trap says what it is.)
 */
_Noreturn void fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define INVARIANT(condition)                                                             \
    ((condition) ? (void)0 : fatal("%s:%d: %s", __FILE__, __LINE__, #condition))

#endif
