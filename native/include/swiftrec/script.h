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

#ifdef __cplusplus
}
#endif
