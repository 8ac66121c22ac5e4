// Tensors for other libraries in this process, without a copy: DLPack, https://dmlc.github.io/dlpack/latest/.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A view of the tensor's memory, which lives until the view's own deleter is called.
///
/// `out` gets a DLManagedTensorVersioned, or a DLManagedTensor for a reader that is older than DLPack 1.0.
int32_t sr_dlpack_export(const SRTensor *tensor, bool versioned, void **out);
/// Deletes a view that nobody took.
void sr_dlpack_free(void *view, bool versioned);
/// The destructor of a Python capsule that holds a view: deletes the view if nobody has taken it.
///
/// Python's own functions are looked up in the process; it must be called by Python, with its lock held.
void sr_dlpack_capsule_free(void *capsule);

#ifdef __cplusplus
}
#endif
