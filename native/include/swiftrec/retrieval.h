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
  const uint64_t *allowed; // [allowed_count = Q * ceil(N / 64)]: a bit an item that a query may get, or null for all;
                           // not off the CPU
  int64_t allowed_count;
  int32_t path;
} SRTopKOptions;

/// What byte vectors leave open about the float ones: bounds over all items, see sr_retrieval_compress.
typedef struct {
  float residual;      // the largest |x - s c| / s
  float magnitude;     // the largest |c|
  float largest_scale; // the largest s
  float largest_bias;  // the largest finite |bias|
} SRCodeBounds;

/// queries [Q, D], items [N, D], item_bias [N] or null; ids and scores have room for Q * k.
int32_t sr_retrieval_topk_dot(const SRTensor *queries, const SRTensor *items, const SRTensor *item_bias,
                              const SRTopKOptions *options, int32_t *ids, float *scores);
/// matrix [Q, N]; ids and scores have room for Q * k.
int32_t sr_retrieval_topk_scores(const SRTensor *matrix, const SRTopKOptions *options, int32_t *ids, float *scores);
/// Makes byte vectors of items [N, D]: codes [ceil(N / 64), ceil(D / 4), 64, 4] uint8, which hold 128 + round(x / s),
/// and the scale s of each item [64 * ceil(N / 64)] float32. Refuses items and biases that are not finite, but takes a
/// bias of minus infinity.
int32_t sr_retrieval_compress(const SRTensor *items, const SRTensor *item_bias, SRTensor **codes, SRTensor **scales,
                              SRCodeBounds *bounds);
/// As sr_retrieval_topk_dot, and the same answer: byte vectors say which items can be among the best, and these are
/// scored in full. `scored` gets how many were. On the CPU only.
int32_t sr_retrieval_topk_codes(const SRTensor *queries, const SRTensor *items, const SRTensor *item_bias,
                                const SRTensor *codes, const SRTensor *scales, const SRCodeBounds *bounds,
                                const SRTopKOptions *options, int32_t *ids, float *scores, int64_t *scored);
/// Whether this processor has a path.
bool sr_retrieval_has_path(int32_t path);

#ifdef __cplusplus
}
#endif
