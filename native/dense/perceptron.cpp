// Linear layers and ReLUs as one autograd node.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <algorithm>
#include <cstring>

#include "embedding/flush_denormals.h"
#include "embedding/kernels.h"
#include "guard.h"
#include "matrix.h"
#include "node.h"
#include "swiftrec/dense.h"

namespace {

namespace ag = torch::autograd;

struct Saved {
  std::vector<at::Tensor> inputs; // x, weights, biases
  std::vector<at::Tensor> hidden; // the output of each layer, activated
  size_t layers = 0;
  bool activate_last = false;

  const at::Tensor &weight(size_t l) const { return inputs[1 + l]; }
  const at::Tensor &bias(size_t l) const { return inputs[1 + layers + l]; }
  bool activated(size_t l) const { return activate_last || l + 1 < layers; }
};

/// Shares of the rows: one a thread, none of them tiny.
int64_t shares(int64_t batch) { return std::max<int64_t>(1, std::min<int64_t>(at::get_num_threads(), batch / 32)); }

void forward(Saved &s) {
  const auto &x = s.inputs[0];
  const int64_t batch = x.size(0);
  for (size_t l = 0; l < s.layers; ++l)
    s.hidden.push_back(at::empty({batch, s.weight(l).size(0)}, x.options()));
  const auto &k = sr::embedding::kernels();
  const int64_t parts = shares(batch);
  at::parallel_for(0, parts, 1, [&](int64_t first, int64_t end) {
    const sr::embedding::FlushDenormals flush;
    for (int64_t part = first; part < end; ++part) {
      const int64_t from = batch * part / parts, rows = batch * (part + 1) / parts - from;
      const float *input = x.data_ptr<float>() + from * x.size(1);
      for (size_t l = 0; l < s.layers; ++l) {
        const int64_t in = s.weight(l).size(1), out = s.weight(l).size(0);
        float *h = s.hidden[l].data_ptr<float>() + from * out;
        sr::dense::product_transposed(rows, out, in, input, s.weight(l).data_ptr<float>(), h);
        const float *bias = s.bias(l).data_ptr<float>();
        if (s.activated(l)) {
          k.bias_relu(h, bias, rows, out);
        } else {
          for (int64_t r = 0; r < rows; ++r)
            k.add(h + r * out, bias, out);
        }
        input = h;
      }
    }
  });
}

struct PerceptronNode : ag::Node {
  Saved saved;
  ag::variable_list apply(ag::variable_list &&gradients) override;
  void release_variables() override { saved = Saved(); }
  std::string name() const override { return "PerceptronBackward"; }
};

ag::variable_list PerceptronNode::apply(ag::variable_list &&gradients) {
  auto &s = saved;
  if (s.inputs.empty())
    throw std::runtime_error(
        "perceptron: its graph was freed by an earlier backward; pass retainGraph to go through it twice");
  ag::variable_list results(s.inputs.size());
  if (!gradients[0].defined())
    return results;
  at::AutoDispatchBelowADInplaceOrView below;
  const auto &x = s.inputs[0];
  const auto gradient = gradients[0].contiguous();
  const int64_t batch = x.size(0), parts = shares(batch);
  const bool down = task_should_compute_output(0);
  if (down)
    results[0] = at::empty_like(x);
  // Each share sums into tensors of its own; the first share's are the result.
  std::vector<std::vector<at::Tensor>> sums(parts);
  int64_t widest = 1;
  for (size_t l = 0; l < s.layers; ++l) {
    widest = std::max({widest, s.weight(l).size(0), s.weight(l).size(1)});
    for (auto &sum : sums) {
      sum.push_back(at::empty_like(s.weight(l)));
      sum.push_back(at::empty_like(s.bias(l)));
    }
  }
  std::vector<at::Tensor> scratch;
  for (int64_t part = 0; part < parts; ++part)
    scratch.push_back(at::empty({2, batch / parts + 1, widest}, x.options()));
  const auto &k = sr::embedding::kernels();
  at::parallel_for(0, parts, 1, [&](int64_t first, int64_t end) {
    const sr::embedding::FlushDenormals flush;
    for (int64_t part = first; part < end; ++part) {
      const int64_t from = batch * part / parts, rows = batch * (part + 1) / parts - from;
      float *d = scratch[part].data_ptr<float>(), *below = d + rows * widest;
      const int64_t last = gradient.size(1);
      std::memcpy(d, gradient.data_ptr<float>() + from * last, rows * last * sizeof(float));
      for (size_t l = s.layers; l-- > 0;) {
        const int64_t in = s.weight(l).size(1), out = s.weight(l).size(0);
        if (s.activated(l))
          k.relu_backward(d, s.hidden[l].data_ptr<float>() + from * out, rows * out);
        const float *input = (l > 0 ? s.hidden[l - 1].data_ptr<float>() : x.data_ptr<float>()) + from * in;
        sr::dense::transposed_product(out, in, rows, d, input, sums[part][2 * l].data_ptr<float>());
        float *bias = sums[part][2 * l + 1].data_ptr<float>();
        std::memset(bias, 0, out * sizeof(float));
        for (int64_t r = 0; r < rows; ++r)
          k.add(bias, d + r * out, out);
        if (l > 0) {
          sr::dense::product(rows, in, out, d, s.weight(l).data_ptr<float>(), below);
          std::swap(d, below);
        } else if (down) {
          sr::dense::product(rows, in, out, d, s.weight(l).data_ptr<float>(), results[0].data_ptr<float>() + from * in);
        }
      }
    }
  });
  for (size_t l = 0; l < s.layers; ++l)
    for (size_t i = 0; i < 2; ++i) {
      auto &sum = sums[0][2 * l + i];
      float *into = sum.data_ptr<float>();
      at::parallel_for(0, parts > 1 ? sum.numel() : 0, 16384, [&](int64_t first, int64_t end) {
        for (int64_t part = 1; part < parts; ++part)
          k.add(into + first, sums[part][2 * l + i].data_ptr<float>() + first, end - first);
      });
      results[1 + i * s.layers + l] = sum;
    }
  return results;
}

const at::Tensor &matrix(const SRTensor *handle, const char *what, int64_t dims) {
  const auto &t = sr::unwrap(handle);
  if (!t.device().is_cpu() || t.scalar_type() != at::kFloat || t.dim() != dims || !t.is_contiguous())
    throw sr::InvalidArgument(std::string("perceptron: ") + what + " must be a contiguous float32 CPU tensor of " +
                              std::to_string(dims) + " dimensions");
  return t;
}

} // namespace

extern "C" int32_t sr_perceptron(const SRTensor *x, const SRTensor *const *weights, const SRTensor *const *biases,
                                 intptr_t layers, bool activate_last, SRTensor **out) {
  SR_GUARD({
    Saved s;
    s.layers = static_cast<size_t>(layers);
    s.activate_last = activate_last;
    s.inputs.push_back(sr::unwrap(x).contiguous());
    if (s.inputs[0].dim() != 2 || s.inputs[0].scalar_type() != at::kFloat || !s.inputs[0].device().is_cpu())
      throw sr::InvalidArgument("perceptron: x must be a [B, K] float32 tensor on the CPU");
    for (intptr_t l = 0; l < layers; ++l)
      s.inputs.push_back(matrix(weights[l], "a weight", 2));
    for (intptr_t l = 0; l < layers; ++l)
      s.inputs.push_back(matrix(biases[l], "a bias", 1));
    int64_t width = s.inputs[0].size(1);
    for (size_t l = 0; l < s.layers; ++l) {
      if (s.weight(l).size(1) != width || s.bias(l).size(0) != s.weight(l).size(0))
        throw sr::InvalidArgument("perceptron: layer " + std::to_string(l) + " takes " +
                                  std::to_string(s.weight(l).size(1)) + " columns and gets " + std::to_string(width));
      width = s.weight(l).size(0);
    }
    if (s.layers == 0)
      throw sr::InvalidArgument("perceptron: no layers");
    bool wanted = false;
    for (const auto &input : s.inputs)
      wanted = wanted || input.requires_grad();
    wanted = wanted && c10::GradMode::is_enabled();
    const auto inputs = s.inputs;
    {
      at::AutoDispatchBelowADInplaceOrView below;
      forward(s);
    }
    // Another handle on the same numbers: the node holds the hidden layers, and the output holds the node.
    at::Tensor result = wanted ? s.hidden.back().detach() : s.hidden.back();
    if (wanted) {
      auto node = sr::make_node<PerceptronNode>();
      node->saved = std::move(s);
      node->set_next_edges(ag::collect_next_edges(inputs));
      ag::set_history(result, node);
    }
    *out = sr::wrap(std::move(result));
  });
}
