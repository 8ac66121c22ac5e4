// Graph nodes across PyTorch releases.
#pragma once
#include <torch/csrc/autograd/function.h>

#include <memory>
#include <type_traits>

// Nodes have this since 2.13. Weak, so that the loader lets a bridge for 2.13 start on an older PyTorch that was put in
// its place: the program then says which was found and what mends it, before it makes any node.
__asm__(".weak _ZN5torch8autograd4Node17release_resourcesEv");

namespace sr {

/// PyTorch 2.13 counts graph nodes intrusively, earlier releases by shared_ptr.
template <class N> auto make_node() {
  if constexpr (std::is_base_of_v<c10::intrusive_ptr_target, N>)
    return c10::make_intrusive<N>();
  else
    return std::make_shared<N>();
}

} // namespace sr
