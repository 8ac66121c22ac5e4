#include "guard.h"

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace sr {
namespace {

thread_local std::string last_error;
std::atomic<int64_t> live_handles{0};

int32_t keep(int32_t code, const char *message) noexcept {
  try {
    last_error = message;
  } catch (...) {
    last_error.clear();
  }
  return code;
}

/// c10's message without the backtrace.
int32_t keep(int32_t code, const c10::Error &error) noexcept { return keep(code, error.what_without_backtrace()); }

} // namespace

void clear_error() noexcept {
  if (!last_error.empty())
    last_error.clear();
}

int32_t translate_current_exception() noexcept {
  try {
    throw;
  } catch (const c10::IndexError &e) {
    return keep(SR_INDEX, e);
  } catch (const c10::ValueError &e) {
    return keep(SR_VALUE, e);
  } catch (const c10::TypeError &e) {
    return keep(SR_TYPE, e);
  } catch (const c10::NotImplementedError &e) {
    return keep(SR_NOT_IMPLEMENTED, e);
  } catch (const c10::OutOfMemoryError &e) {
    return keep(SR_OUT_OF_MEMORY, e);
  } catch (const c10::LinAlgError &e) {
    return keep(SR_LINALG, e);
  } catch (const c10::Error &e) {
    return keep(SR_TORCH, e);
  } catch (const InvalidArgument &e) {
    return keep(SR_INVALID_ARGUMENT, e.what());
  } catch (const Timeout &e) {
    return keep(SR_TIMEOUT, e.what());
  } catch (const CallbackFailed &e) {
    return keep(SR_CALLBACK, e.what());
  } catch (const std::bad_alloc &) {
    return keep(SR_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception &e) {
    return keep(SR_STD, e.what());
  } catch (...) {
    return keep(SR_UNKNOWN, "an exception of unknown type");
  }
}

const at::Tensor &unwrap(const SRTensor *handle) {
  if (handle == nullptr)
    throw InvalidArgument("a null tensor handle");
  return *reinterpret_cast<const at::Tensor *>(handle);
}

at::Tensor unwrap_optional(const SRTensor *handle) { return handle == nullptr ? at::Tensor() : unwrap(handle); }

SRTensor *wrap(at::Tensor tensor) {
  if (!tensor.defined())
    return nullptr;
  auto *handle = new at::Tensor(std::move(tensor));
  live_handles.fetch_add(1, std::memory_order_relaxed);
  return reinterpret_cast<SRTensor *>(handle);
}

} // namespace sr

extern "C" {

const char *sr_last_error_message(void) { return sr::last_error.c_str(); }

void sr_tensor_free(SRTensor *tensor) {
  if (tensor == nullptr)
    return;
  sr::live_handles.fetch_sub(1, std::memory_order_relaxed);
  delete reinterpret_cast<at::Tensor *>(tensor);
}

int32_t sr_tensor_alias(const SRTensor *tensor, SRTensor **out) {
  SR_GUARD({ *out = sr::wrap(sr::unwrap(tensor)); });
}

void sr_handles_free(SRTensor **handles) { std::free(handles); }

int64_t sr_live_handles(void) { return sr::live_handles.load(std::memory_order_relaxed); }

} // extern "C"
