// TorchScript modules, loaded and run without Python.
#pragma once
#include "tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct SRScript SRScript;

int32_t sr_script_load(const char *path, SRDevice device, SRScript **out);
void sr_script_free(SRScript *module);
/// Runs `forward` on tensors; the module must return one tensor.
int32_t sr_script_forward(SRScript *module, const SRTensor *const *inputs, intptr_t count, SRTensor **out);
/// The same for a module that returns a tensor, or a tuple or list of them: `out` is freed with sr_handles_free.
int32_t sr_script_forward_all(SRScript *module, const SRTensor *const *inputs, intptr_t count, SRTensor ***out,
                              intptr_t *out_count);

/// Writes what `body` makes of its inputs: a handle in `out`, which the caller of `body` takes over; anything but 0 is
/// a failure.
typedef int32_t (*SRTraceBody)(void *context, SRTensor *const *inputs, intptr_t count, SRTensor **out);
/// Records the operators that `body` runs on `inputs` and saves them as a TorchScript module whose `forward` takes
/// inputs of these names. Tensors of the module are known by their dotted names; what `body` uses besides becomes
/// constants.
int32_t sr_script_trace(const char *const *input_names, const SRTensor *const *inputs, intptr_t input_count,
                        const char *const *names, const SRTensor *const *tensors, const bool *are_parameters,
                        intptr_t tensor_count, SRTraceBody body, void *context, const char *path);
/// Whether this thread is recording: only LibTorch's own operators are seen then.
bool sr_is_tracing(void);

#ifdef __cplusplus
}
#endif
