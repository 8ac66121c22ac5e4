// Embedding rows: optimisers that take the rows of a batch, and the fused scorer of (user, item) pairs.
#pragma once
#include "tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/// One Adam step over several tables, each with the rows of its batch.
typedef struct {
  double learning_rate;
  double beta1;
  double beta2;
  double epsilon;
  double weight_decay; // decoupled (AdamW); 0 for none
  double l2;           // l2 * w is added to the summed gradient of a row; 0 for none
  int64_t step;        // 1 for the first update
  /// false: rows that the batch does not name stay untouched (SparseAdam). true: they take a step with a gradient of
  /// zero, so that the result is dense Adam's, without a dense gradient ever being made.
  bool all_rows;
} SRRowAdam;

/// weights, exp_avgs, exp_avg_sqs: [rows, dim] float32, contiguous, CPU. ids: [n] int64, repeated ids are summed first;
/// gradients: [n, dim] float32. Tables may share one ids tensor: it is grouped once. Nothing is changed on failure.
int32_t sr_row_adam(SRTensor *const *weights, SRTensor *const *exp_avgs, SRTensor *const *exp_avg_sqs,
                    const SRTensor *const *ids, const SRTensor *const *gradients, intptr_t count, SRRowAdam options);

/// One dense Adam step over tensors of any shape, all in one parallel loop: for the many small parameters of a network,
/// where a loop per tensor costs more than the arithmetic. float32, contiguous, CPU; `all_rows` plays no part.
int32_t sr_dense_adam(SRTensor *const *weights, SRTensor *const *exp_avgs, SRTensor *const *exp_avg_sqs,
                      const SRTensor *const *gradients, intptr_t count, SRRowAdam options);

/// What a pair scorer is made of: `head . [user_product[u] * item_product[i]; mlp([user_deep[u]; item_deep[i]])] +
/// bias`. All float32, contiguous, CPU. Either part may be missing (null tables, layer_count 0).
typedef struct {
  const SRTensor *user_product, *item_product; // [users, F], [items, F]
  const SRTensor *user_deep, *item_deep;       // [users, E], [items, E']
  const SRTensor *const *weights;              // layer l: [N_l, N_(l-1)], a ReLU after each
  const SRTensor *const *biases;               // layer l: [N_l]
  intptr_t layer_count;
  const SRTensor *head_weight; // [1, F + N_last]
  const SRTensor *head_bias;   // [1]
  bool sparse;                 // gradients of the tables as sparse rows
} SRPairTower;

/// Scores pairs with one pass over the batch and one autograd node. users, items: [B] int64; *out: [B].
int32_t sr_pair_tower(const SRPairTower *tower, const SRTensor *users, const SRTensor *items, SRTensor **out);

/// The instruction set of the vector kernels in use: "avx512", "avx2" or "plain".
const char *sr_embedding_kernels(void);

#ifdef __cplusplus
}
#endif
