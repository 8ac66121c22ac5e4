// Stores and process groups.
#pragma once
#include "tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct SRStore SRStore;
typedef struct SRProcessGroup SRProcessGroup;

/// Reads TORCH_DISTRIBUTED_DEBUG and TORCH_CPP_LOG_LEVEL: by itself c10d does so where Python loads it.
int32_t sr_distributed_debug(void);

// Stores. A store may be used from several threads.

/// Serves on `port` (0: one that is free) when `server`, else connects to `host`. `workers` < 0: as many as come.
int32_t sr_store_tcp(const char *host, uint16_t port, bool server, int64_t workers, int64_t timeout_ms, SRStore **out);
/// A store in this process alone, for ranks that are threads of it.
int32_t sr_store_local(int64_t timeout_ms, SRStore **out);
/// The same store with `prefix` before every key.
int32_t sr_store_prefix(SRStore *store, const char *prefix, SRStore **out);
void sr_store_free(SRStore *store);
/// The port of a TCP store, 0 of any other.
int32_t sr_store_port(SRStore *store, uint16_t *out);
int32_t sr_store_set_timeout(SRStore *store, int64_t timeout_ms);
int32_t sr_store_set(SRStore *store, const char *key, const uint8_t *bytes, intptr_t count);
/// Waits until the key is there. `out` is freed by `sr_store_bytes_free`.
int32_t sr_store_get(SRStore *store, const char *key, uint8_t **out, intptr_t *count);
void sr_store_bytes_free(uint8_t *bytes);
int32_t sr_store_add(SRStore *store, const char *key, int64_t amount, int64_t *out);
int32_t sr_store_wait(SRStore *store, const char *const *keys, intptr_t count, int64_t timeout_ms);
int32_t sr_store_check(SRStore *store, const char *const *keys, intptr_t count, bool *out);
int32_t sr_store_delete(SRStore *store, const char *key, bool *out);
int32_t sr_store_key_count(SRStore *store, int64_t *out);

// Process groups. Every rank calls the same functions in the same order. A collective starts and hands out a work,
// which keeps its tensors alive until it is done; freeing it before is safe. All tensors are contiguous.

typedef enum { SR_REDUCE_SUM, SR_REDUCE_MEAN, SR_REDUCE_PRODUCT, SR_REDUCE_MIN, SR_REDUCE_MAX } SRReduce;

typedef struct SRWork SRWork;

/// `address`: the local address to listen on; null: GLOO_SOCKET_IFNAME, else what the host name resolves to.
int32_t sr_group_gloo(SRStore *store, int32_t rank, int32_t size, int64_t timeout_ms, const char *address,
                      SRProcessGroup **out);
/// SR_NOT_IMPLEMENTED where the bridge was built without NCCL.
int32_t sr_group_nccl(SRStore *store, int32_t rank, int32_t size, int64_t timeout_ms, SRProcessGroup **out);
/// One rank of a simulated world: nothing is sent, outputs are filled from this rank's own inputs.
int32_t sr_group_fake(int32_t rank, int32_t size, SRProcessGroup **out);
bool sr_has_nccl(void);
/// `abandon`: collectives that hang are left to a thread of their own, else this waits for them.
void sr_group_free(SRProcessGroup *group, bool abandon);

/// `reduce`: SR_REDUCE_MEAN only where `sr_group_has_mean`.
int32_t sr_group_all_reduce(SRProcessGroup *group, SRTensor *tensor, int32_t reduce, SRWork **out);
bool sr_group_has_mean(const SRProcessGroup *group);
int32_t sr_group_broadcast(SRProcessGroup *group, SRTensor *tensor, int32_t root, SRWork **out);
/// `output` holds `size` inputs, one behind the other.
int32_t sr_group_all_gather(SRProcessGroup *group, const SRTensor *input, SRTensor *output, SRWork **out);
/// Splits in elements, one a rank; any of them may be 0.
int32_t sr_group_all_to_all(SRProcessGroup *group, const SRTensor *input, const int64_t *input_splits, SRTensor *output,
                            const int64_t *output_splits, SRWork **out);
/// `input` holds `size` outputs. NCCL only: with Gloo the caller sums what an all-to-all brought.
int32_t sr_group_reduce_scatter(SRProcessGroup *group, const SRTensor *input, SRTensor *output, int32_t reduce,
                                SRWork **out);
int32_t sr_group_barrier(SRProcessGroup *group, SRWork **out);

/// Waits for at most `timeout_ms` (0: on a GPU only until the stream is ordered, else for good); *done tells whether
/// the work is over. A work that failed gives its error, SR_TIMEOUT when the group's own limit ended it.
int32_t sr_work_wait(SRWork *work, int64_t timeout_ms, bool *done);
bool sr_work_is_completed(SRWork *work);
/// When a work of gloo that is over came to its end: nanoseconds of the monotonic clock; 0 where nobody knows.
int64_t sr_work_arrival(const SRWork *work);
/// From now on works of gloo end so much later than they would. For tests of what hides traffic.
void sr_group_set_latency(SRProcessGroup *group, int64_t nanoseconds);
void sr_work_free(SRWork *work);

#ifdef __cplusplus
}
#endif
