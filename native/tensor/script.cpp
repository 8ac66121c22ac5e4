#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include "convert.h"
#include "guard.h"
#include "swiftrec/script.h"

extern "C" {

int32_t sr_script_load(const char *path, SRDevice device, SRScript **out) {
  SR_GUARD({
    auto module = torch::jit::load(path, sr::device(device));
    module.eval();
    *out = reinterpret_cast<SRScript *>(new torch::jit::Module(std::move(module)));
  });
}
void sr_script_free(SRScript *module) { delete reinterpret_cast<torch::jit::Module *>(module); }
int32_t sr_script_forward(SRScript *handle, const SRTensor *const *inputs, intptr_t count, SRTensor **out) {
  SR_GUARD({
    auto &module = *reinterpret_cast<torch::jit::Module *>(handle);
    std::vector<c10::IValue> values;
    for (intptr_t i = 0; i < count; ++i)
      values.emplace_back(sr::unwrap(inputs[i]));
    auto result = module.forward(std::move(values));
    if (!result.isTensor())
      throw sr::InvalidArgument("forward returned " + result.tagKind() +
                                "; only a module that returns one tensor can be run");
    *out = sr::wrap(result.toTensor());
  });
}

} // extern "C"
