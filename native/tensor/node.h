// Graph nodes across PyTorch releases.
#pragma once
#include <torch/csrc/autograd/function.h>

#include <memory>
#include <type_traits>

namespace sr {

/// PyTorch 2.13 counts graph nodes intrusively, earlier releases by shared_ptr.
template <class N> auto make_node() {
  if constexpr (std::is_base_of_v<c10::intrusive_ptr_target, N>)
    return c10::make_intrusive<N>();
  else
    return std::make_shared<N>();
}

} // namespace sr
