// Process groups of a simulated world: c10d's own, which sends nothing.
#include <torch/csrc/distributed/c10d/FakeProcessGroup.hpp>

#include "collectives/handles.h"

extern "C" int32_t sr_group_fake(int32_t rank, int32_t size, SRProcessGroup **out) {
  SR_GUARD({
    if (size < 1 || rank < 0 || rank >= size) {
      throw sr::InvalidArgument("fake group: rank " + std::to_string(rank) + " of " + std::to_string(size));
    }
    auto options = c10::make_intrusive<c10d::FakeProcessGroup::Options>();
    auto backend = c10::make_intrusive<c10d::FakeProcessGroup>(rank, size, std::move(options));
    *out = new SRProcessGroup{std::move(backend), "fake", std::chrono::milliseconds(1000), false, std::nullopt};
  });
}
