// Exact top-K: the best items of each query by dot product, or from scores that are given.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "swiftrec/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Which code runs. All give the same ids and, where the scores are given or exact, the same bits.
enum {
  SR_RETRIEVAL_AUTO = 0, // the widest that this processor has; tensor operators off the CPU
  SR_RETRIEVAL_PLAIN = 1,
  SR_RETRIEVAL_AVX2 = 2,
  SR_RETRIEVAL_AVX512 = 3,
  SR_RETRIEVAL_TENSOR = 4 // LibTorch's operators, on any device
};

typedef struct {
  int64_t k;
  uint64_t seed;            // of the tie break
  const int64_t *query_ids; // [query_ids_count = Q], or null for 0..<Q
  int64_t query_ids_count;
  const int64_t *offsets; // [offsets_count = Q + 1] into `excluded`, or null
  int64_t offsets_count;
  const int32_t *excluded; // [excluded_count] item ids that a query may not get
  int64_t excluded_count;
  int32_t path;
} SRTopKOptions;

/// queries [Q, D], items [N, D], item_bias [N] or null; ids and scores have room for Q * k.
int32_t sr_retrieval_topk_dot(const SRTensor *queries, const SRTensor *items, const SRTensor *item_bias,
                              const SRTopKOptions *options, int32_t *ids, float *scores);
/// matrix [Q, N]; ids and scores have room for Q * k.
int32_t sr_retrieval_topk_scores(const SRTensor *matrix, const SRTopKOptions *options, int32_t *ids, float *scores);
/// Whether this processor has a path.
bool sr_retrieval_has_path(int32_t path);

#ifdef __cplusplus
}
#endif
