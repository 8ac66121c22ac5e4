#include <ATen/ATen.h>
#include <ATen/TracerMode.h>

#include <memory>

#include "convert.h"
#include "guard.h"

using sr::unwrap;
using sr::wrap;

namespace {

const at::Tensor &live(const SRTensor *t) { return *reinterpret_cast<const at::Tensor *>(t); }

} // namespace

extern "C" {

intptr_t sr_tensor_rank(const SRTensor *t) { return live(t).dim(); }
intptr_t sr_tensor_count(const SRTensor *t) { return live(t).numel(); }
void sr_tensor_shape(const SRTensor *t, intptr_t *out) {
  auto sizes = live(t).sizes();
  std::copy(sizes.begin(), sizes.end(), out);
}
int32_t sr_tensor_strides(const SRTensor *t, intptr_t *out) {
  SR_GUARD({
    auto strides = unwrap(t).strides();
    std::copy(strides.begin(), strides.end(), out);
  });
}
int32_t sr_tensor_dtype(const SRTensor *t) { return static_cast<int32_t>(live(t).scalar_type()); }
SRDevice sr_tensor_device(const SRTensor *t) {
  auto device = live(t).device();
  return {static_cast<int32_t>(device.type()), device.index()};
}
bool sr_tensor_is_contiguous(const SRTensor *t) { return live(t).layout() == at::kStrided && live(t).is_contiguous(); }
bool sr_tensor_is_sparse(const SRTensor *t) { return live(t).is_sparse(); }
bool sr_tensor_is_pinned(const SRTensor *t) {
  return live(t).device().is_cpu() && at::globalContext().hasCUDA() && live(t).is_pinned();
}
int32_t sr_tensor_data(const SRTensor *t, void **out) {
  SR_GUARD({
    const auto &tensor = unwrap(t);
    if (!tensor.device().is_cpu())
      throw sr::InvalidArgument("the data of a tensor on " + tensor.device().str() +
                                " cannot be read in place; call cpu() first");
    if (tensor.layout() != at::kStrided || !tensor.is_contiguous())
      throw sr::InvalidArgument("the data of a non-contiguous tensor cannot be read in place; call "
                                "contiguous() first");
    *out = tensor.data_ptr();
  });
}
bool sr_tensor_is_alias(const SRTensor *t, const SRTensor *other) {
  return live(t).layout() == at::kStrided && live(other).layout() == at::kStrided && live(t).is_alias_of(live(other));
}

int32_t sr_tensor_empty(const intptr_t *shape, intptr_t rank, int32_t dtype, SRDevice device, bool pinned,
                        SRTensor **out) {
  SR_GUARD({
    // What is filled by its address is a constant of a trace, not an operator of it.
    const at::tracer::impl::NoTracerDispatchMode unseen;
    auto options = at::TensorOptions().dtype(sr::dtype(dtype)).device(sr::device(device));
    *out = wrap(at::empty(sr::ints(shape, rank), options.pinned_memory(pinned)));
  });
}
int32_t sr_tensor_full(const intptr_t *shape, intptr_t rank, SRScalar value, int32_t dtype, SRDevice device,
                       SRTensor **out) {
  SR_GUARD({
    auto options = at::TensorOptions().dtype(sr::dtype(dtype)).device(sr::device(device));
    *out = wrap(at::full(sr::ints(shape, rank), sr::scalar(value), options));
  });
}
int32_t sr_tensor_arange(SRScalar start, SRScalar end, SRScalar step, int32_t dtype, SRDevice device, SRTensor **out) {
  SR_GUARD({
    auto options = at::TensorOptions().dtype(sr::dtype(dtype)).device(sr::device(device));
    *out = wrap(at::arange(sr::scalar(start), sr::scalar(end), sr::scalar(step), options));
  });
}
int32_t sr_tensor_eye(intptr_t n, int32_t dtype, SRDevice device, SRTensor **out) {
  SR_GUARD({
    auto options = at::TensorOptions().dtype(sr::dtype(dtype)).device(sr::device(device));
    *out = wrap(at::eye(n, options));
  });
}
int32_t sr_tensor_sparse(const SRTensor *indices, const SRTensor *values, const intptr_t *shape, intptr_t rank,
                         SRTensor **out) {
  SR_GUARD({ *out = wrap(at::sparse_coo_tensor(unwrap(indices), unwrap(values), sr::ints(shape, rank))); });
}
int32_t sr_tensor_from_memory(void *address, const intptr_t *shape, intptr_t rank, int32_t dtype, void *context,
                              void (*release)(void *), SRTensor **out) {
  SR_GUARD({
    // Whoever drops the last copy of the deleter releases the memory, whatever throws on the way.
    const std::shared_ptr<void> owner(context, release);
    *out = wrap(at::from_blob(
        address, sr::ints(shape, rank), [owner](void *) {}, at::TensorOptions().dtype(sr::dtype(dtype))));
  });
}

int32_t sr_tensor_to(const SRTensor *t, int32_t dtype, SRDevice device, bool non_blocking, bool copy, SRTensor **out) {
  SR_GUARD({
    const auto &tensor = unwrap(t);
    const auto wanted = sr::device(device);
    // Nothing to do is done without LibTorch: a trace would keep the device.
    const bool stays = !copy && tensor.device().type() == wanted.type() && tensor.scalar_type() == sr::dtype(dtype) &&
                       (wanted.is_cpu() || tensor.device() == wanted);
    *out = wrap(stays ? tensor : tensor.to(wanted, sr::dtype(dtype), non_blocking, copy));
  });
}
int32_t sr_tensor_pin(const SRTensor *t, SRTensor **out) {
  SR_GUARD({ *out = wrap(unwrap(t).pin_memory()); });
}
int32_t sr_tensor_contiguous(const SRTensor *t, SRTensor **out) {
  SR_GUARD({ *out = wrap(unwrap(t).contiguous()); });
}
int32_t sr_tensor_item(const SRTensor *t, SRScalar *out) {
  SR_GUARD({
    auto value = unwrap(t).item();
    if (value.isBoolean())
      *out = {2, value.toBool() ? 1.0 : 0.0, value.toBool()};
    else if (value.isIntegral(false))
      *out = {1, static_cast<double>(value.toLong()), value.toLong()};
    else
      *out = {0, value.toDouble(), 0};
  });
}
int32_t sr_tensor_set_data(SRTensor *t, const SRTensor *data) {
  SR_GUARD({ unwrap(t).set_data(unwrap(data)); });
}
int32_t sr_tensor_resize_storage(SRTensor *t, intptr_t bytes) {
  SR_GUARD({
    const auto &storage = unwrap(t).storage();
    auto *allocator = storage.allocator();
    if (bytes < 0 || allocator == nullptr)
      throw sr::InvalidArgument("the memory of this tensor cannot be changed to " + std::to_string(bytes) + " bytes");
    auto *impl = storage.unsafeGetStorageImpl();
    auto memory = allocator->allocate(static_cast<size_t>(bytes));
    impl->set_data_ptr_noswap(std::move(memory));
    impl->set_nbytes(static_cast<size_t>(bytes));
  });
}
int32_t sr_tensor_index(const SRTensor *t, const SRTensor *const *indices, intptr_t count, SRTensor **out) {
  SR_GUARD({ *out = wrap(at::index(unwrap(t), sr::optional_tensors(indices, count))); });
}
int32_t sr_tensor_index_put_(SRTensor *t, const SRTensor *const *indices, intptr_t count, const SRTensor *values,
                             bool accumulate) {
  SR_GUARD({
    auto self = unwrap(t);
    at::index_put_(self, sr::optional_tensors(indices, count), unwrap(values), accumulate);
  });
}

} // extern "C"
