#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/variable.h>

#include <memory>
#include <vector>

#include "convert.h"
#include "guard.h"
#include "node.h"
#include "swiftrec/autograd.h"

using sr::unwrap;
using sr::wrap;
namespace ag = torch::autograd;

namespace {

/// A callback's context, released with its last owner.
struct Context {
  void *pointer;
  SRRelease release;
  Context(void *p, SRRelease r) : pointer(p), release(r) {}
  Context(const Context &) = delete;
  ~Context() {
    if (release != nullptr)
      release(pointer);
  }
};

/// Takes ownership of handles a callback wrote.
at::Tensor take(SRTensor *handle) {
  auto tensor = sr::unwrap_optional(handle);
  sr_tensor_free(handle);
  return tensor;
}

/// PyTorch keeps one post-accumulate hook a tensor; this one calls several, in the order in which they came.
struct PostAccumulate : ag::PostAccumulateGradHook {
  struct Entry {
    uint32_t id;
    std::shared_ptr<Context> context;
    SRPostAccumulateHook hook;
  };
  std::vector<Entry> entries;
  uint32_t next = 0;

  void operator()(const ag::Variable &tensor) override {
    // A hook may remove itself or another.
    const auto calls = entries;
    for (const auto &entry : calls) {
      auto *handle = wrap(tensor);
      auto failed = entry.hook(entry.context->pointer, handle);
      sr_tensor_free(handle);
      if (failed != 0)
        throw sr::CallbackFailed("a post-accumulate hook failed");
    }
  }

  /// The hooks of a tensor, null before the first.
  static PostAccumulate *of(const at::Tensor &tensor) {
    return dynamic_cast<PostAccumulate *>(ag::impl::post_acc_grad_hooks(tensor).get());
  }
};

struct CustomNode : ag::Node {
  std::string label;
  std::shared_ptr<Context> context;
  SRBackward backward;
  size_t input_count;

  std::string name() const override { return label; }

  ag::variable_list apply(ag::variable_list &&gradients) override {
    std::vector<SRTensor *> given;
    for (auto &gradient : gradients)
      given.push_back(wrap(gradient));
    std::vector<SRTensor *> results(input_count, nullptr);
    auto failed = backward(context->pointer, given.data(), static_cast<intptr_t>(given.size()), results.data(),
                           static_cast<intptr_t>(input_count));
    for (auto *handle : given)
      sr_tensor_free(handle);
    ag::variable_list out;
    for (auto *handle : results)
      out.push_back(take(handle));
    if (failed != 0)
      throw sr::CallbackFailed("the backward of " + label + " failed");
    return out;
  }
};

ag::variable_list gradients_or_undefined(const SRTensor *const *handles, intptr_t count) {
  ag::variable_list list;
  bool any = false;
  for (intptr_t i = 0; i < count; ++i) {
    list.push_back(handles == nullptr ? at::Tensor() : sr::unwrap_optional(handles[i]));
    any = any || list.back().defined();
  }
  return any ? list : ag::variable_list();
}

} // namespace

extern "C" {

bool sr_tensor_requires_grad(const SRTensor *t) { return reinterpret_cast<const at::Tensor *>(t)->requires_grad(); }
int32_t sr_tensor_set_requires_grad(SRTensor *t, bool on) {
  SR_GUARD({ unwrap(t).set_requires_grad(on); });
}
bool sr_tensor_is_leaf(const SRTensor *t) { return reinterpret_cast<const at::Tensor *>(t)->is_leaf(); }
int32_t sr_tensor_grad(const SRTensor *t, SRTensor **out) {
  SR_GUARD({
    const auto &gradient = unwrap(t).grad();
    *out = gradient.defined() ? wrap(gradient) : nullptr;
  });
}
int32_t sr_tensor_set_grad(SRTensor *t, const SRTensor *gradient) {
  SR_GUARD({ unwrap(t).mutable_grad() = sr::unwrap_optional(gradient); });
}
int32_t sr_tensor_detach(const SRTensor *t, SRTensor **out) {
  SR_GUARD({ *out = wrap(unwrap(t).detach()); });
}

int32_t sr_backward(const SRTensor *const *roots, const SRTensor *const *gradients, intptr_t count, bool retain_graph,
                    bool create_graph) {
  SR_GUARD({
    ag::backward(sr::tensors(roots, count), gradients_or_undefined(gradients, count), retain_graph, create_graph);
  });
}
int32_t sr_grad(const SRTensor *const *outputs, const SRTensor *const *gradients, intptr_t output_count,
                const SRTensor *const *inputs, intptr_t input_count, bool retain_graph, bool create_graph,
                bool allow_unused, SRTensor **out) {
  SR_GUARD({
    auto results = ag::grad(sr::tensors(outputs, output_count), sr::tensors(inputs, input_count),
                            gradients_or_undefined(gradients, output_count), retain_graph, create_graph, allow_unused);
    for (intptr_t i = 0; i < input_count; ++i)
      out[i] = results[i].defined() ? wrap(results[i]) : nullptr;
  });
}

bool sr_grad_mode(void) { return c10::GradMode::is_enabled(); }
bool sr_set_grad_mode(bool on) {
  bool before = c10::GradMode::is_enabled();
  c10::GradMode::set_enabled(on);
  return before;
}
int32_t sr_inference_enter(SRInferenceGuard **out) {
  SR_GUARD({ *out = reinterpret_cast<SRInferenceGuard *>(new c10::InferenceMode(true)); });
}
void sr_inference_leave(SRInferenceGuard *guard) { delete reinterpret_cast<c10::InferenceMode *>(guard); }

int32_t sr_autocast_enter(int32_t device_type, int32_t dtype, bool enabled, SRAutocastState *out) {
  SR_GUARD({
    auto type = static_cast<c10::DeviceType>(device_type);
    auto wanted = sr::dtype(dtype);
    SRAutocastState before{device_type, at::autocast::is_autocast_enabled(type),
                           static_cast<int32_t>(at::autocast::get_autocast_dtype(type))};
    at::autocast::set_autocast_enabled(type, enabled);
    at::autocast::set_autocast_dtype(type, wanted);
    at::autocast::increment_nesting();
    *out = before;
  });
}
void sr_autocast_leave(SRAutocastState state) {
  auto type = static_cast<c10::DeviceType>(state.device_type);
  // The weight casts of a finished outermost scope would otherwise live on in the cache.
  if (at::autocast::decrement_nesting() == 0)
    at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(type, state.was_enabled);
  at::autocast::set_autocast_dtype(type, static_cast<at::ScalarType>(state.previous_dtype));
}

bool sr_autocast_enabled(int32_t device_type) {
  return at::autocast::is_autocast_enabled(static_cast<c10::DeviceType>(device_type));
}

int32_t sr_register_hook(SRTensor *t, SRHook hook, void *context, SRRelease release, uint32_t *out) {
  auto owner = std::make_shared<Context>(context, release);
  SR_GUARD({
    *out = unwrap(t).register_hook([owner, hook](at::Tensor gradient) -> at::Tensor {
      auto *handle = wrap(gradient);
      SRTensor *replacement = nullptr;
      auto failed = hook(owner->pointer, handle, &replacement);
      sr_tensor_free(handle);
      auto result = take(replacement);
      if (failed != 0)
        throw sr::CallbackFailed("a gradient hook failed");
      return result.defined() ? result : gradient;
    });
  });
}
int32_t sr_remove_hook(SRTensor *t, uint32_t hook) {
  SR_GUARD({ unwrap(t).remove_hook(hook); });
}
int32_t sr_register_post_accumulate_hook(SRTensor *t, SRPostAccumulateHook hook, void *context, SRRelease release,
                                         uint32_t *out) {
  auto owner = std::make_shared<Context>(context, release);
  SR_GUARD({
    const auto &tensor = unwrap(t);
    if (!tensor.is_leaf() || !tensor.requires_grad())
      throw sr::InvalidArgument("a post-accumulate hook needs a leaf that requires a gradient");
    auto *hooks = PostAccumulate::of(tensor);
    if (hooks == nullptr) {
      auto made = std::make_unique<PostAccumulate>();
      hooks = made.get();
      ag::impl::set_post_acc_grad_hooks(tensor, std::move(made));
    }
    *out = hooks->next++;
    hooks->entries.push_back({*out, owner, hook});
  });
}
int32_t sr_remove_post_accumulate_hook(SRTensor *t, uint32_t hook) {
  SR_GUARD({
    if (auto *hooks = PostAccumulate::of(unwrap(t)))
      std::erase_if(hooks->entries, [&](const auto &entry) { return entry.id == hook; });
  });
}

int32_t sr_attach_function(const char *name, const SRTensor *const *inputs, intptr_t input_count,
                           SRTensor *const *outputs, intptr_t output_count, SRBackward backward, void *context,
                           SRRelease release) {
  auto owner = std::make_shared<Context>(context, release);
  SR_GUARD({
    auto given = sr::tensors(inputs, input_count);
    for (intptr_t i = 0; i < output_count; ++i)
      if (unwrap(outputs[i]).requires_grad())
        throw sr::InvalidArgument("output " + std::to_string(i) + " of " + name +
                                  " already requires a gradient; return fresh tensors from forward");
    auto node = sr::make_node<CustomNode>();
    node->label = name;
    node->context = owner;
    node->backward = backward;
    node->input_count = given.size();
    node->set_next_edges(ag::collect_next_edges(given));
    for (intptr_t i = 0; i < output_count; ++i) {
      auto output = unwrap(outputs[i]);
      ag::set_history(output, node);
    }
  });
}

} // extern "C"
