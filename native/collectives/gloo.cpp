// Process groups on Gloo: CPU tensors, over TCP.
#ifndef USE_C10D_GLOO
#define USE_C10D_GLOO
#endif
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

#include <cstdlib>

#include "collectives/handles.h"

extern "C" int32_t sr_group_gloo(SRStore *store, int32_t rank, int32_t size, int64_t timeout_ms, const char *address,
                                 SRProcessGroup **out) {
  SR_GUARD({
    if (size < 1 || rank < 0 || rank >= size || timeout_ms <= 0) {
      throw sr::InvalidArgument("gloo group: rank " + std::to_string(rank) + " of " + std::to_string(size) +
                                " with a timeout of " + std::to_string(timeout_ms) + " ms");
    }
    auto &meeting = sr::unwrap(store);
    const std::chrono::milliseconds timeout(timeout_ms);
    auto options = c10d::ProcessGroupGloo::Options::create(timeout);
    const char *interface = std::getenv("GLOO_SOCKET_IFNAME");
    if (address != nullptr) {
      options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname(address));
    } else if (interface != nullptr && *interface != '\0') {
      options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForInterface(interface));
    } else {
      options->devices.push_back(c10d::ProcessGroupGloo::createDefaultDevice());
    }
    auto backend = sr::with_deadline(
        timeout, [&] { return "connecting rank " + std::to_string(rank) + " of " + std::to_string(size) + " (gloo)"; },
        [&] { return c10::make_intrusive<c10d::ProcessGroupGloo>(meeting, rank, size, options); });
    *out = new SRProcessGroup{std::move(backend), "gloo", timeout, false, std::nullopt};
  });
}
