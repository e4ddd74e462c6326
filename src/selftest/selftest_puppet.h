/*
 * selftest_puppet - the words between schloss-selftest and a gate that it has taken over.
 *
 * As an intruder would: the orders come over the client's connection, and what the gate
 * finds goes back the same way. A connection that begins with PUPPET_MAGIC takes the gate
 * over; any other is served as by the real gate.
 *
 * Each order and each report is a head of PUPPET_HEAD bytes, numbers little-endian, and
 * `length` bytes behind it:  u8 what, u8 channel, u16 0, u32 count, u32 length.
 */
#ifndef SELFTEST_PUPPET_H
#define SELFTEST_PUPPET_H

#define PUPPET_MAGIC       "TAKEOVER"
#define PUPPET_MAGIC_BYTES 8
#define PUPPET_HEAD        12
#define PUPPET_LENGTH_MAX  (256u * 1024)

/* The gate's neighbours, in the order of its descriptors. */
enum puppet_channel {
    PUPPET_WARDEN,
    PUPPET_PORTER,
    PUPPET_BROKER,
    PUPPET_KEYS,
    PUPPET_STORE,
    PUPPET_CHANNELS
};

enum puppet_order {
    PUPPET_SEND =
        1, /* the bytes as one packet (to store: into the stream), count times */
    PUPPET_SEND_FD = 2, /* the same, with the client's socket attached */
    PUPPET_DEAF = 3,    /* do not read this channel any more */
    PUPPET_END = 4,     /* exit */
};

enum puppet_report {
    PUPPET_TAKEN = 16,  /* the first word: the gate is taken over; u64 its number */
    PUPPET_FOUND = 17,  /* bytes that came in on the channel */
    PUPPET_CLOSED = 18, /* the channel ended */
};

#endif
