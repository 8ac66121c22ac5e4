#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/serialization/import.h>

#include <map>
#include <sstream>
#include <string>

#include "convert.h"
#include "guard.h"
#include "swiftrec/script.h"

namespace {

/// What the interpreter says went wrong, without the lines of the script that it quotes.
std::string reason(const std::string &message) {
  std::istringstream lines(message);
  std::string line, found;
  while (std::getline(lines, line)) {
    if (const auto mark = line.find("Error: "); mark != std::string::npos)
      found = line.substr(mark + 7);
  }
  return found.empty() ? message.substr(0, message.find('\n')) : found;
}

c10::IValue forward(SRScript *handle, const SRTensor *const *inputs, intptr_t count) {
  std::vector<c10::IValue> values;
  for (intptr_t i = 0; i < count; ++i)
    values.emplace_back(sr::unwrap(inputs[i]));
  try {
    return reinterpret_cast<torch::jit::Module *>(handle)->forward(std::move(values));
  } catch (const std::bad_alloc &) {
    throw;
  } catch (const c10::OutOfMemoryError &) {
    throw;
  } catch (const std::exception &error) {
    throw sr::InvalidArgument(reason(error.what()));
  }
}

void append(const c10::IValue &value, std::vector<at::Tensor> &out) {
  if (value.isTensor()) {
    out.push_back(value.toTensor());
  } else if (value.isTuple()) {
    for (const auto &element : value.toTupleRef().elements())
      append(element, out);
  } else if (value.isTensorList()) {
    for (const at::Tensor &element : value.toTensorVector())
      out.push_back(element);
  } else {
    throw sr::InvalidArgument("forward returned " + value.tagKind() +
                              "; only tensors, tuples and lists of them can be");
  }
}

/// Modules by the dotted names of their tensors: `mlp.0.weight` is `weight` of `0` of `mlp`.
class ModuleTree {
public:
  ModuleTree() : unit_(std::make_shared<torch::jit::CompilationUnit>()), root_(make("Model")) {
    modules_.emplace("", root_);
  }

  torch::jit::Module &root() { return root_; }

  void add(const std::string &name, const at::Tensor &tensor, bool is_parameter) {
    const auto dot = name.rfind('.');
    auto owner = module(dot == std::string::npos ? "" : name.substr(0, dot));
    const auto key = dot == std::string::npos ? name : name.substr(dot + 1);
    if (is_parameter)
      owner.register_parameter(key, tensor, false);
    else
      owner.register_buffer(key, tensor);
  }

private:
  torch::jit::Module make(const std::string &type) {
    torch::jit::Module made(c10::QualifiedName("__torch__.swiftrec." + type), unit_, true);
    made.register_attribute("training", c10::BoolType::get(), false);
    return made;
  }

  torch::jit::Module module(const std::string &path) {
    if (const auto found = modules_.find(path); found != modules_.end())
      return found->second;
    const auto dot = path.rfind('.');
    auto owner = module(dot == std::string::npos ? "" : path.substr(0, dot));
    auto made = make("Part");
    owner.register_module(dot == std::string::npos ? path : path.substr(dot + 1), made);
    modules_.emplace(path, made);
    return made;
  }

  std::shared_ptr<torch::jit::CompilationUnit> unit_;
  torch::jit::Module root_;
  std::map<std::string, torch::jit::Module> modules_;
};

} // namespace

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
    auto result = forward(handle, inputs, count);
    if (!result.isTensor())
      throw sr::InvalidArgument("forward returned " + result.tagKind() +
                                "; only a module that returns one tensor can be run");
    *out = sr::wrap(result.toTensor());
  });
}
int32_t sr_script_forward_all(SRScript *handle, const SRTensor *const *inputs, intptr_t count, SRTensor ***out,
                              intptr_t *out_count) {
  SR_GUARD({
    std::vector<at::Tensor> found;
    append(forward(handle, inputs, count), found);
    sr::wrap_list(std::move(found), out, out_count);
  });
}

int32_t sr_script_trace(const char *const *input_names, const SRTensor *const *inputs, intptr_t input_count,
                        const char *const *names, const SRTensor *const *tensors, const bool *are_parameters,
                        intptr_t tensor_count, SRTraceBody body, void *context, const char *path) {
  SR_GUARD({
    ModuleTree tree;
    for (intptr_t i = 0; i < tensor_count; ++i)
      tree.add(names[i], sr::unwrap(tensors[i]), are_parameters[i]);
    torch::jit::Stack stack;
    std::vector<std::string> arguments;
    for (intptr_t i = 0; i < input_count; ++i) {
      stack.emplace_back(sr::unwrap(inputs[i]));
      arguments.emplace_back(input_names[i]);
    }
    const auto run = [&](torch::jit::Stack values) -> torch::jit::Stack {
      std::vector<SRTensor *> handles;
      for (auto &value : values)
        handles.push_back(sr::wrap(value.toTensor()));
      SRTensor *out = nullptr;
      const int32_t status = body(context, handles.data(), static_cast<intptr_t>(handles.size()), &out);
      for (auto *handle : handles)
        sr_tensor_free(handle);
      if (status != 0 || out == nullptr)
        throw sr::CallbackFailed("what was to be traced failed");
      at::Tensor result = sr::unwrap(out);
      sr_tensor_free(out);
      return {result};
    };
    const auto nameless = [](const at::Tensor &) { return std::string(); };
    auto &module = tree.root();
    const auto traced = torch::jit::tracer::trace(std::move(stack), run, nameless, /*strict=*/true,
                                                  /*force_outplace=*/false, &module, arguments);
    auto *function = module._ivalue()->compilation_unit()->create_function(
        c10::QualifiedName(*module.type()->name(), "forward"), traced.first->graph);
    module.type()->addMethod(function);
    // Written by the caller's rules: beside the file, synced and renamed.
    module.save(path);
  });
}
bool sr_is_tracing(void) { return torch::jit::tracer::isTracing(); }

} // extern "C"
