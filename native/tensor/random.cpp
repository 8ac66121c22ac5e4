#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>

#include "convert.h"
#include "guard.h"
#include "swiftrec/random.h"

namespace {

at::Generator &live(SRGenerator *g) {
  if (g == nullptr)
    throw sr::InvalidArgument("a null generator handle");
  return *reinterpret_cast<at::Generator *>(g);
}

SRGenerator *wrap_generator(at::Generator g) {
  return reinterpret_cast<SRGenerator *>(new at::Generator(std::move(g)));
}

} // namespace

extern "C" {

int32_t sr_generator_make(SRDevice device, uint64_t seed, SRGenerator **out) {
  SR_GUARD({
    auto d = sr::device(device);
    at::Generator generator =
        d.is_cpu() ? at::make_generator<at::CPUGeneratorImpl>()
                   : at::globalContext().getAcceleratorHooksInterface(d.type()).getNewGenerator(d.index());
    generator.set_current_seed(seed);
    *out = wrap_generator(std::move(generator));
  });
}
int32_t sr_generator_default(SRDevice device, SRGenerator **out) {
  SR_GUARD({ *out = wrap_generator(at::globalContext().defaultGenerator(sr::device(device))); });
}
void sr_generator_free(SRGenerator *g) { delete reinterpret_cast<at::Generator *>(g); }
int32_t sr_generator_seed(SRGenerator *g, uint64_t seed) {
  SR_GUARD({
    auto &generator = live(g);
    std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_current_seed(seed);
  });
}
int32_t sr_generator_get_state(const SRGenerator *g, SRTensor **out) {
  SR_GUARD({
    auto &generator = live(const_cast<SRGenerator *>(g));
    std::lock_guard<std::mutex> lock(generator.mutex());
    *out = sr::wrap(generator.get_state());
  });
}
int32_t sr_generator_set_state(SRGenerator *g, const SRTensor *state) {
  SR_GUARD({
    auto &generator = live(g);
    std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_state(sr::unwrap(state));
  });
}
int32_t sr_manual_seed(uint64_t seed) {
  SR_GUARD({ at::manual_seed(seed); });
}

} // extern "C"
