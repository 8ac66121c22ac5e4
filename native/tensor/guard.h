// What every C function of the bridge shares: handles, and the wall that no C++ exception crosses.
#pragma once
#include <ATen/core/Tensor.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "swiftrec/status.h"
#include "swiftrec/tensor.h"

namespace sr {

/// Refused by the bridge itself, before LibTorch is asked.
struct InvalidArgument : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// A collective or a store ran out of time.
struct Timeout : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// A Swift callback returned a failure; the Swift side holds the error itself.
struct CallbackFailed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void clear_error() noexcept;
/// Turns the exception in flight into a status code and keeps its message for this thread.
int32_t translate_current_exception() noexcept;

template <class F> int32_t guard(F &&body) noexcept {
  clear_error();
  try {
    body();
    return SR_OK;
  } catch (...) {
    return translate_current_exception();
  }
}

/// The tensor behind a handle; throws for a null handle.
const at::Tensor &unwrap(const SRTensor *handle);
/// The tensor behind a handle, an undefined tensor for null.
at::Tensor unwrap_optional(const SRTensor *handle);
/// A new handle, counted as live until `sr_tensor_free`; null for an undefined tensor.
SRTensor *wrap(at::Tensor tensor);

} // namespace sr

#define SR_GUARD(...) return ::sr::guard([&]() { __VA_ARGS__; });
