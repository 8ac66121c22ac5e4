// The dense half of a ranking model, fused: perceptrons and the interaction of features.
#pragma once
#include "tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A stack of linear layers with a ReLU between them, as one autograd node. Each thread takes a share of the rows
/// through all layers. x: [B, K] float32 on the CPU; weights[l]: [N_l, N_(l-1)], biases[l]: [N_l], contiguous. *out:
/// [B, N_last].
int32_t sr_perceptron(const SRTensor *x, const SRTensor *const *weights, const SRTensor *const *biases, intptr_t layers,
                      bool activate_last, SRTensor **out);

/// DLRM's interaction: `[bottom, t_i . t_j for j < i]` over t = (bottom, each embedding). bottom: [B, D]; embeddings:
/// [B, F * D], both float32, contiguous, CPU. *out: [B, D + (F + 1) F / 2], the pairs row by row of the lower triangle.
int32_t sr_dot_interaction(const SRTensor *bottom, const SRTensor *embeddings, SRTensor **out);

/// xDeepFM's compressed products: `out[r] = weight (x[r] outer y[r])`. x: [R, H], y: [R, M], weight: [N, H * M],
/// float32 on the CPU. *out: [R, N]. The products of all rows are never in memory at once, backward makes them again.
int32_t sr_compressed_products(const SRTensor *x, const SRTensor *y, const SRTensor *weight, SRTensor **out);

#ifdef __cplusplus
}
#endif
