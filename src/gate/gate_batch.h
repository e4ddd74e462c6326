/*
 * gate_batch - one produced record set: checked whole, and brought into the form in which
 * its topic keeps batches.
 *
 * compression.type of a topic says which codec; where a batch came in another one, its
 * records are put into that codec and nothing else of it changes.
 *
 * Trust: the client chose every byte. What store is sent here it checks again for itself.
 *
 * Ownership: works on the caller's bytes in place; the result borrows them or the scratch.
 */
#ifndef GATE_BATCH_H
#define GATE_BATCH_H

#include "buf.h"
#include "record_validate.h"

#define GATE_BATCH_AS_SENT (-1) /* compression.type=producer */

struct gate_batch_form {
    int codec; /* enum record_codec, or GATE_BATCH_AS_SENT */
    int level; /* of that codec */
};

/* Kept from batch to batch, so that memory is not asked for anew. */
struct gate_batch_scratch {
    struct buf plain; /* decompressed records */
    struct buf recoded;
};

void gate_batch_scratch_init(struct gate_batch_scratch *scratch);
void gate_batch_scratch_fini(struct gate_batch_scratch *scratch);

/* Gives back what only a very large batch needed. */
void gate_batch_scratch_trim(struct gate_batch_scratch *scratch);

/*
 * rules: without decompression, which is set here. On RECORD_OK *out is what to store, until
 * the scratch is used again; else *verdict says what is wrong. RECORD_ERR_SIZE also where
 * the batch outgrew the limit by its new codec.
 */
enum record_err gate_batch_take(uint8_t *bytes, size_t len, struct record_rules rules,
    struct gate_batch_form form, struct gate_batch_scratch *scratch,
    struct record_verdict *verdict, struct wire_view *out);

#endif
