// DLRM's pairwise dot products, forward and backward, without a batched product, a cat or an index.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <cstring>
#include <vector>

#include "embedding/flush_denormals.h"
#include "embedding/kernels.h"
#include "guard.h"
#include "node.h"
#include "swiftrec/dense.h"

namespace {

namespace ag = torch::autograd;

struct Shape {
  int64_t batch, dim, vectors; // vectors: the bottom and every embedding
  int64_t out() const { return dim + vectors * (vectors - 1) / 2; }
  int64_t padded() const { return (vectors + 15) / 16 * 16; }
};

Shape shape_of(const at::Tensor &bottom, const at::Tensor &embeddings) {
  return {bottom.size(0), bottom.size(1), 1 + embeddings.size(1) / bottom.size(1)};
}

void gather(const Shape &s, const float *bottom, const float *embeddings, int64_t sample, float *vectors) {
  std::memcpy(vectors, bottom + sample * s.dim, s.dim * sizeof(float));
  const int64_t rest = (s.vectors - 1) * s.dim;
  std::memcpy(vectors + s.dim, embeddings + sample * rest, rest * sizeof(float));
}

at::Tensor forward(const at::Tensor &bottom, const at::Tensor &embeddings) {
  const Shape s = shape_of(bottom, embeddings);
  auto out = at::empty({s.batch, s.out()}, bottom.options());
  const auto &k = sr::embedding::kernels();
  const float *b = bottom.data_ptr<float>(), *e = embeddings.data_ptr<float>();
  float *o = out.data_ptr<float>();
  at::parallel_for(0, s.batch, 64, [&](int64_t first, int64_t end) {
    const sr::embedding::FlushDenormals flush;
    const int64_t n = s.vectors, width = s.padded();
    std::vector<float> vectors(n * s.dim), turned(s.dim * width, 0.0f), products(n * width);
    for (int64_t sample = first; sample < end; ++sample) {
      gather(s, b, e, sample, vectors.data());
      for (int64_t i = 0; i < n; ++i)
        for (int64_t d = 0; d < s.dim; ++d)
          turned[d * width + i] = vectors[i * s.dim + d];
      k.gemm(n, width, s.dim, vectors.data(), s.dim, 1, turned.data(), width, products.data(), width, false);
      float *row = o + sample * s.out();
      std::memcpy(row, vectors.data(), s.dim * sizeof(float));
      row += s.dim;
      for (int64_t i = 1; i < n; row += i, ++i)
        std::memcpy(row, products.data() + i * width, i * sizeof(float));
    }
  });
  return out;
}

struct InteractionNode : ag::Node {
  at::Tensor bottom, embeddings;
  ag::variable_list apply(ag::variable_list &&gradients) override;
  void release_variables() override { bottom = embeddings = at::Tensor(); }
  std::string name() const override { return "DotInteractionBackward"; }
};

ag::variable_list InteractionNode::apply(ag::variable_list &&gradients) {
  if (!bottom.defined())
    throw std::runtime_error(
        "dot_interaction: its graph was freed by an earlier backward; pass retainGraph to go through it twice");
  if (!gradients[0].defined())
    return {at::Tensor(), at::Tensor()};
  at::AutoDispatchBelowADInplaceOrView below;
  const Shape s = shape_of(bottom, embeddings);
  const auto gradient = gradients[0].contiguous();
  auto d_bottom = at::empty_like(bottom), d_embeddings = at::empty_like(embeddings);
  const auto &k = sr::embedding::kernels();
  const float *b = bottom.data_ptr<float>(), *e = embeddings.data_ptr<float>(), *g = gradient.data_ptr<float>();
  float *db = d_bottom.data_ptr<float>(), *de = d_embeddings.data_ptr<float>();
  at::parallel_for(0, s.batch, 64, [&](int64_t first, int64_t end) {
    const sr::embedding::FlushDenormals flush;
    const int64_t n = s.vectors, rest = (n - 1) * s.dim;
    // The gradient of the products as a symmetric matrix; its diagonal stays zero.
    std::vector<float> vectors(n * s.dim), slopes(n * n, 0.0f);
    for (int64_t sample = first; sample < end; ++sample) {
      gather(s, b, e, sample, vectors.data());
      const float *row = g + sample * s.out() + s.dim;
      for (int64_t i = 1; i < n; ++i)
        for (int64_t j = 0; j < i; ++j)
          slopes[i * n + j] = slopes[j * n + i] = *row++;
      k.gemm(1, s.dim, n, slopes.data(), n, 1, vectors.data(), s.dim, db + sample * s.dim, s.dim, false);
      k.add(db + sample * s.dim, g + sample * s.out(), s.dim);
      k.gemm(n - 1, s.dim, n, slopes.data() + n, n, 1, vectors.data(), s.dim, de + sample * rest, s.dim, false);
    }
  });
  return {d_bottom, d_embeddings};
}

} // namespace

extern "C" int32_t sr_dot_interaction(const SRTensor *bottom_handle, const SRTensor *embeddings_handle,
                                      SRTensor **out) {
  SR_GUARD({
    const auto bottom = sr::unwrap(bottom_handle).contiguous(), embeddings = sr::unwrap(embeddings_handle).contiguous();
    for (const auto &t : {bottom, embeddings})
      if (t.dim() != 2 || t.scalar_type() != at::kFloat || !t.device().is_cpu())
        throw sr::InvalidArgument("dot_interaction takes [B, D] and [B, F * D] float32 tensors on the CPU");
    if (bottom.size(1) == 0 || embeddings.size(1) % bottom.size(1) != 0 || embeddings.size(0) != bottom.size(0))
      throw sr::InvalidArgument("dot_interaction: the embeddings' columns must be a multiple of the bottom's " +
                                std::to_string(bottom.size(1)) + ", over the same batch");
    at::Tensor result;
    {
      at::AutoDispatchBelowADInplaceOrView below;
      result = forward(bottom, embeddings);
    }
    if (c10::GradMode::is_enabled() && (bottom.requires_grad() || embeddings.requires_grad())) {
      auto node = sr::make_node<InteractionNode>();
      node->bottom = bottom;
      node->embeddings = embeddings;
      node->set_next_edges(ag::collect_next_edges(bottom, embeddings));
      ag::set_history(result, node);
    }
    *out = sr::wrap(std::move(result));
  });
}
