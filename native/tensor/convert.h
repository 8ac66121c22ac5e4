// C arguments to LibTorch's.
#pragma once
#include <ATen/core/Generator.h>
#include <ATen/core/List.h>
#include <ATen/core/List_inl.h>
#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/Scalar.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <optional>
#include <vector>

#include "guard.h"
#include "swiftrec/random.h"

namespace sr {

inline at::ScalarType dtype(int32_t code) {
  if (code < 0 || code >= static_cast<int32_t>(at::ScalarType::NumOptions))
    throw InvalidArgument("dtype code " + std::to_string(code) + " is unknown");
  return static_cast<at::ScalarType>(code);
}

inline std::optional<at::ScalarType> optional_dtype(int32_t code) {
  return code < 0 ? std::nullopt : std::optional(dtype(code));
}

inline c10::Device device(SRDevice d) {
  return c10::Device(static_cast<c10::DeviceType>(d.type), static_cast<c10::DeviceIndex>(d.index));
}

inline c10::Scalar scalar(SRScalar s) {
  switch (s.kind) {
  case 1:
    return c10::Scalar(s.integer);
  case 2:
    return c10::Scalar(s.integer != 0);
  default:
    return c10::Scalar(s.real);
  }
}

inline std::optional<c10::Scalar> optional_scalar(const SRScalar *s) {
  return s == nullptr ? std::nullopt : std::optional(scalar(*s));
}

static_assert(sizeof(intptr_t) == sizeof(int64_t), "the bridge is for 64-bit machines");
inline at::IntArrayRef ints(const intptr_t *values, intptr_t count) {
  return at::IntArrayRef(reinterpret_cast<const int64_t *>(values), count < 0 ? 0 : count);
}
inline at::OptionalIntArrayRef optional_ints(const intptr_t *values, intptr_t count) {
  return count < 0 ? at::OptionalIntArrayRef() : at::OptionalIntArrayRef(ints(values, count));
}

inline std::vector<at::Tensor> tensors(const SRTensor *const *handles, intptr_t count) {
  std::vector<at::Tensor> out;
  out.reserve(count);
  for (intptr_t i = 0; i < count; ++i)
    out.push_back(unwrap(handles[i]));
  return out;
}

inline c10::List<std::optional<at::Tensor>> optional_tensors(const SRTensor *const *handles, intptr_t count) {
  c10::List<std::optional<at::Tensor>> out;
  for (intptr_t i = 0; i < count; ++i)
    out.push_back(handles[i] ? std::optional<at::Tensor>(unwrap(handles[i])) : std::nullopt);
  return out;
}

inline std::vector<c10::Scalar> scalars(const SRScalar *values, intptr_t count) {
  std::vector<c10::Scalar> out;
  for (intptr_t i = 0; i < count; ++i)
    out.push_back(scalar(values[i]));
  return out;
}

/// Hands a list over as an array of handles that the caller frees with `sr_handles_free`.
inline void wrap_list(std::vector<at::Tensor> list, SRTensor ***out, intptr_t *count) {
  auto **handles = static_cast<SRTensor **>(std::calloc(std::max<size_t>(1, list.size()), sizeof(SRTensor *)));
  if (handles == nullptr)
    throw std::bad_alloc();
  for (size_t i = 0; i < list.size(); ++i)
    handles[i] = wrap(std::move(list[i]));
  *out = handles;
  *count = static_cast<intptr_t>(list.size());
}

inline std::optional<at::Tensor> optional_tensor(const SRTensor *handle) {
  return handle == nullptr ? std::nullopt : std::optional(unwrap(handle));
}

inline std::optional<at::Generator> optional_generator(const SRGenerator *handle) {
  return handle == nullptr ? std::nullopt : std::optional(*reinterpret_cast<const at::Generator *>(handle));
}

} // namespace sr
