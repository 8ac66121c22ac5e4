// Autograd: gradients, modes, hooks, custom functions, autocast.
#pragma once
#include "tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

bool sr_tensor_requires_grad(const SRTensor *tensor);
int32_t sr_tensor_set_requires_grad(SRTensor *tensor, bool on);
bool sr_tensor_is_leaf(const SRTensor *tensor);
/// *out is null when there is no gradient yet.
int32_t sr_tensor_grad(const SRTensor *tensor, SRTensor **out);
/// A null gradient clears it.
int32_t sr_tensor_set_grad(SRTensor *tensor, const SRTensor *gradient);
int32_t sr_tensor_detach(const SRTensor *tensor, SRTensor **out);

/// Roots and their gradients (null: ones for a scalar root) flow back into the leaves' `.grad`.
int32_t sr_backward(const SRTensor *const *roots, const SRTensor *const *gradients, intptr_t count, bool retain_graph,
                    bool create_graph);
/// Writes `input_count` handles, null where an input was unused and that is allowed.
int32_t sr_grad(const SRTensor *const *outputs, const SRTensor *const *gradients, intptr_t output_count,
                const SRTensor *const *inputs, intptr_t input_count, bool retain_graph, bool create_graph,
                bool allow_unused, SRTensor **out);

// Modes are thread-local. Each setter returns what stood there before.
bool sr_grad_mode(void);
bool sr_set_grad_mode(bool on);
typedef struct SRInferenceGuard SRInferenceGuard;
int32_t sr_inference_enter(SRInferenceGuard **out);
void sr_inference_leave(SRInferenceGuard *guard);

typedef struct {
  int32_t device_type;
  bool was_enabled;
  int32_t previous_dtype;
} SRAutocastState;
int32_t sr_autocast_enter(int32_t device_type, int32_t dtype, bool enabled, SRAutocastState *out);
void sr_autocast_leave(SRAutocastState state);
bool sr_autocast_enabled(int32_t device_type);

// Callbacks own a context that `release` frees. A callback that returns non-zero fails the call it ran in.
typedef void (*SRRelease)(void *context);
/// May put a replacement gradient into *out; leaves null to keep it.
typedef int32_t (*SRHook)(void *context, SRTensor *gradient, SRTensor **out);
int32_t sr_register_hook(SRTensor *tensor, SRHook hook, void *context, SRRelease release, uint32_t *out);
int32_t sr_remove_hook(SRTensor *tensor, uint32_t hook);
typedef int32_t (*SRPostAccumulateHook)(void *context, SRTensor *tensor);
int32_t sr_register_post_accumulate_hook(SRTensor *tensor, SRPostAccumulateHook hook, void *context, SRRelease release,
                                         uint32_t *out);
int32_t sr_remove_post_accumulate_hook(SRTensor *tensor, uint32_t hook);

/// Receives one gradient per output (null where none), writes one per input (null: none).
typedef int32_t (*SRBackward)(void *context, SRTensor *const *gradients, intptr_t gradient_count, SRTensor **out,
                              intptr_t input_count);
/// Ties `outputs`, computed without autograd, to `inputs` through a custom backward.
int32_t sr_attach_function(const char *name, const SRTensor *const *inputs, intptr_t input_count,
                           SRTensor *const *outputs, intptr_t output_count, SRBackward backward, void *context,
                           SRRelease release);

#ifdef __cplusplus
}
#endif
