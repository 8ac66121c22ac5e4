// Collectives between the ranks of one host through memory that they share: each rank writes what it sends into memory
// of its own, and the others read it there.
#pragma once
#include "collectives.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct SRMailbox SRMailbox;

/// What the ranks of a host at most are.
enum { SR_MAILBOX_RANKS = 64 };

/// Makes this rank's memory. `path`: how the other ranks open it, at least 64 bytes. SR_NOT_IMPLEMENTED where the
/// system has no such memory.
int32_t sr_mailbox_create(int32_t rank, int32_t size, SRMailbox **out, char *path);
/// Opens the memory of all ranks, `paths` in their order.
int32_t sr_mailbox_connect(SRMailbox *box, const char *const *paths);
/// Tells the others that this rank has left.
void sr_mailbox_free(SRMailbox *box);

/// Memory for the next message, which is to be filled and sent before any other: sending it copies nothing then.
/// `count` >= 1.
int32_t sr_mailbox_memory(SRMailbox *box, int64_t count, int32_t dtype, SRTensor **out);

/// Puts a contiguous CPU tensor where the others find it, as message `*number`, counted from 1 on every rank alike.
/// `ends`: which bytes are for which rank, each beginning where the one before ends, the sender's own left out; null:
/// all are for everybody. `operation` tells messages of one number apart that are of different collectives.
int32_t sr_mailbox_send(SRMailbox *box, int32_t operation, const SRTensor *tensor, const int64_t *ends,
                        uint64_t *number);

/// Waits for at most `timeout_ms` until all ranks have sent message `number`; *done tells whether they have.
///
/// A rank that has ended or left gives SR_STD, one that has sent a message of another
/// collective SR_INVALID_ARGUMENT.
int32_t sr_mailbox_wait(SRMailbox *box, int32_t operation, uint64_t number, int64_t timeout_ms, bool *done);
bool sr_mailbox_arrived(SRMailbox *box, uint64_t number);
/// When the last part of a message that all ranks have sent came to its last receiver: nanoseconds of the monotonic
/// clock. To be asked before the message is dropped.
int64_t sr_mailbox_arrival(const SRMailbox *box, uint64_t number);
/// From now on what other ranks send comes so much later than it would. For tests of what hides traffic.
void sr_mailbox_set_latency(SRMailbox *box, int64_t nanoseconds);

/// Of a message that all ranks have sent: copies what rank p has for this one to byte `starts[p]` of `output`,
/// `counts[p]` bytes of it; negative counts are left out. The message is done with then.
int32_t sr_mailbox_take(SRMailbox *box, uint64_t number, SRTensor *output, const int64_t *starts,
                        const int64_t *counts);
/// The same bytes where they lie, as a tensor of one dimension; good until the message is dropped, and nobody's to
/// change.
int32_t sr_mailbox_part(SRMailbox *box, uint64_t number, int32_t from, int32_t dtype, SRTensor **out);
/// The same, joined in the order of the ranks: every rank has sent a tensor like `output`.
int32_t sr_mailbox_reduce(SRMailbox *box, uint64_t number, SRTensor *output, int32_t reduce);
/// Does without a message; may be called before it has come.
void sr_mailbox_drop(SRMailbox *box, uint64_t number);

#ifdef __cplusplus
}
#endif
