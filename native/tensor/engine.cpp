// Engine-wide settings: threads, precision, devices.
#include <ATen/Context.h>
#include <ATen/DeviceAccelerator.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <torch/version.h>

#include <algorithm>
#include <cstring>

#include "convert.h"
#include "guard.h"

extern "C" {

const char *sr_torch_version(void) { return TORCH_VERSION; }

int32_t sr_torch_config(char *buffer, intptr_t capacity) {
  SR_GUARD({
    auto text = at::show_config();
    auto count = std::min<intptr_t>(capacity - 1, static_cast<intptr_t>(text.size()));
    std::memcpy(buffer, text.data(), count);
    buffer[count] = 0;
  });
}

intptr_t sr_threads(void) { return at::get_num_threads(); }
int32_t sr_set_threads(intptr_t count) {
  SR_GUARD({ at::set_num_threads(count); });
}
intptr_t sr_interop_threads(void) { return at::get_num_interop_threads(); }
int32_t sr_set_interop_threads(intptr_t count) {
  SR_GUARD({ at::set_num_interop_threads(count); });
}
int32_t sr_set_allow_tf32(bool allow) {
  SR_GUARD({
    at::globalContext().setAllowTF32CuBLAS(allow);
    at::globalContext().setAllowTF32CuDNN(allow);
  });
}
bool sr_has_cuda(void) { return at::hasCUDA(); }
intptr_t sr_cuda_device_count(void) {
  return at::hasCUDA() ? static_cast<intptr_t>(at::detail::getCUDAHooks().getNumGPUs()) : 0;
}
int32_t sr_synchronize(SRDevice device) {
  SR_GUARD({
    if (device.type != 0)
      at::accelerator::synchronizeDevice(static_cast<c10::DeviceIndex>(device.index));
  });
}
int32_t sr_set_flush_denormal(bool on) {
  SR_GUARD({ at::globalContext().setFlushDenormal(on); });
}

} // extern "C"
