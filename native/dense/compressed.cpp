// xDeepFM's compressed interaction, forward and backward: the products of a batch are made a few rows at a time, in the
// cache.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "embedding/flush_denormals.h"
#include "embedding/kernels.h"
#include "guard.h"
#include "matrix.h"
#include "node.h"
#include "swiftrec/dense.h"

namespace {

namespace ag = torch::autograd;

struct Shape {
  int64_t rows, h, m, out;
  int64_t products() const { return h * m; }
  /// Rows whose products a second-level cache holds beside the weight.
  int64_t slice() const { return std::clamp<int64_t>(196608 / std::max<int64_t>(1, products()), 8, 512); }
  int64_t shares() const { return std::max<int64_t>(1, std::min<int64_t>(at::get_num_threads(), rows / 64)); }
};

Shape shape_of(const at::Tensor &x, const at::Tensor &y, const at::Tensor &weight) {
  return {x.size(0), x.size(1), y.size(1), weight.size(0)};
}

at::Tensor forward(const at::Tensor &x, const at::Tensor &y, const at::Tensor &weight) {
  const Shape s = shape_of(x, y, weight);
  auto out = at::empty({s.rows, s.out}, x.options());
  const auto &k = sr::embedding::kernels();
  const float *xs = x.data_ptr<float>(), *ys = y.data_ptr<float>(), *w = weight.data_ptr<float>();
  float *o = out.data_ptr<float>();
  const int64_t shares = s.shares(), slice = s.slice();
  at::parallel_for(0, shares, 1, [&](int64_t first, int64_t end) {
    const sr::embedding::FlushDenormals flush;
    std::vector<float> products(slice * s.products());
    for (int64_t from = s.rows * first / shares, to = s.rows * end / shares; from < to; from += slice) {
      const int64_t rows = std::min(slice, to - from);
      for (int64_t r = 0; r < rows; ++r)
        k.outer(products.data() + r * s.products(), xs + (from + r) * s.h, s.h, ys + (from + r) * s.m, s.m);
      sr::dense::product_transposed(rows, s.out, s.products(), products.data(), w, o + from * s.out);
    }
  });
  return out;
}

struct CompressedNode : ag::Node {
  at::Tensor x, y, weight;
  ag::variable_list apply(ag::variable_list &&gradients) override;
  void release_variables() override { x = y = weight = at::Tensor(); }
  std::string name() const override { return "CompressedProductsBackward"; }
};

ag::variable_list CompressedNode::apply(ag::variable_list &&gradients) {
  if (!x.defined())
    throw std::runtime_error(
        "compressed_products: its graph was freed by an earlier backward; pass retainGraph to go through it twice");
  if (!gradients[0].defined())
    return {at::Tensor(), at::Tensor(), at::Tensor()};
  at::AutoDispatchBelowADInplaceOrView below;
  const Shape s = shape_of(x, y, weight);
  const auto gradient = gradients[0].contiguous();
  auto x_slope = at::empty_like(x), y_slope = at::zeros_like(y);
  const auto &k = sr::embedding::kernels();
  const float *xs = x.data_ptr<float>(), *ys = y.data_ptr<float>(), *w = weight.data_ptr<float>();
  const float *g = gradient.data_ptr<float>();
  float *dx = x_slope.data_ptr<float>(), *dy = y_slope.data_ptr<float>();
  const int64_t shares = s.shares(), slice = s.slice();
  // Each share sums into a tensor of its own; the first share's is the result.
  std::vector<at::Tensor> sums;
  for (int64_t share = 0; share < shares; ++share)
    sums.push_back(at::zeros_like(weight));
  at::parallel_for(0, shares, 1, [&](int64_t first, int64_t end) {
    const sr::embedding::FlushDenormals flush;
    std::vector<float> products(slice * s.products());
    for (int64_t share = first; share < end; ++share) {
      float *sum = sums[share].data_ptr<float>();
      for (int64_t from = s.rows * share / shares, to = s.rows * (share + 1) / shares; from < to; from += slice) {
        const int64_t rows = std::min(slice, to - from);
        for (int64_t r = 0; r < rows; ++r)
          k.outer(products.data() + r * s.products(), xs + (from + r) * s.h, s.h, ys + (from + r) * s.m, s.m);
        sr::dense::transposed_product(s.out, s.products(), rows, g + from * s.out, products.data(), sum, true);
        sr::dense::product(rows, s.products(), s.out, g + from * s.out, w, products.data());
        for (int64_t r = 0; r < rows; ++r)
          k.outer_backward(products.data() + r * s.products(), xs + (from + r) * s.h, s.h, ys + (from + r) * s.m, s.m,
                           dx + (from + r) * s.h, dy + (from + r) * s.m);
      }
    }
  });
  for (int64_t share = 1; share < shares; ++share)
    k.add(sums[0].data_ptr<float>(), sums[share].data_ptr<float>(), weight.numel());
  return {x_slope, y_slope, sums[0]};
}

} // namespace

extern "C" int32_t sr_compressed_products(const SRTensor *x_handle, const SRTensor *y_handle,
                                          const SRTensor *weight_handle, SRTensor **out) {
  SR_GUARD({
    const auto x = sr::unwrap(x_handle).contiguous(), y = sr::unwrap(y_handle).contiguous(),
               weight = sr::unwrap(weight_handle).contiguous();
    for (const auto &t : {x, y, weight})
      if (t.dim() != 2 || t.scalar_type() != at::kFloat || !t.device().is_cpu())
        throw sr::InvalidArgument("compressed_products takes [R, H], [R, M] and [N, H * M] float32 tensors on the CPU");
    if (x.size(0) != y.size(0) || weight.size(1) != x.size(1) * y.size(1))
      throw sr::InvalidArgument("compressed_products: " + std::to_string(x.size(0)) + " and " +
                                std::to_string(y.size(0)) + " rows, and a weight of " + std::to_string(weight.size(1)) +
                                " columns for the products of " + std::to_string(x.size(1)) + " and " +
                                std::to_string(y.size(1)));
    at::Tensor result;
    {
      at::AutoDispatchBelowADInplaceOrView below;
      result = forward(x, y, weight);
    }
    if (c10::GradMode::is_enabled() && (x.requires_grad() || y.requires_grad() || weight.requires_grad())) {
      auto node = sr::make_node<CompressedNode>();
      node->x = x;
      node->y = y;
      node->weight = weight;
      node->set_next_edges(ag::collect_next_edges(x, y, weight));
      ag::set_history(result, node);
    }
    *out = sr::wrap(std::move(result));
  });
}
