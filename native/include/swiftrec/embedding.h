// Embedding rows: optimisers that touch only the rows of a batch.
#pragma once
#include "tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  double learning_rate;
  double beta1;
  double beta2;
  double epsilon;
  int64_t step; // 1 for the first update
} SRRowAdam;

/// One row-lazy Adam step over the rows named by a sparse gradient, repeated ids summed first.
///
/// weight, exp_avg, exp_avg_sq: [rows, dim] float32, contiguous, CPU. ids: [n] int64; grads: [n, dim] float32.
int32_t sr_row_adam(SRTensor *weight, SRTensor *exp_avg, SRTensor *exp_avg_sq, const SRTensor *ids,
                    const SRTensor *gradients, SRRowAdam options);

#ifdef __cplusplus
}
#endif
