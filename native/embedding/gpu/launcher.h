// Who runs the device kernels: a GPU, or the emulator.
#pragma once
#include <c10/core/Device.h>

#include <memory>

#include "layout.h"

namespace sr::gpu {

enum class Kernel { survey, look_up, weight_gradient, items, update, update_long };
/// Their names in row_kernels.cu.
constexpr const char *kKernelNames[] = {"rows_survey", "rows_look_up", "rows_weight_gradient",
                                        "rows_items",  "rows_update",  "rows_update_long"};

struct Launcher {
  virtual ~Launcher() = default;
  /// Enqueues `blocks` blocks of kBlock threads; on a GPU on PyTorch's current stream.
  virtual void launch(Kernel kernel, i64 blocks, const Call &call) const = 0;
};

std::shared_ptr<const Launcher> emulator();

/// The kernels compiled for a GPU, once a process. Throws with the remedy where that can't be done, each time the same.
std::shared_ptr<const Launcher> launcher_of(c10::Device device);

} // namespace sr::gpu
