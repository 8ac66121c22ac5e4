// Exact top-K by LibTorch's operators, for tensors that are not on the CPU.
#pragma once

#include <ATen/core/Tensor.h>

#include "topk.h"

namespace sr::retrieval {

/// Scores for the queries begin ..< end, [end - begin, N] float32, on any device.
using ScoreBlock = at::Tensor (*)(const void *context, int64_t begin, int64_t end);

/// The same keys as `search_dot` and `search_scores` make, on the CPU. Memory is bounded by blocks
/// of about four million scores.
Fault search_tensor(const Search &search, const at::Device &device, ScoreBlock block, const void *context,
                    uint64_t *keys);

} // namespace sr::retrieval
