// The fused scorer of (user, item) pairs: lookups, elementwise product, ReLU perceptron and linear head in one pass.
//
// Composed of single operators, a batch of 256 spends most of its time between them: some forty kernels of a few
// microseconds, each dispatched, recorded, forked and joined. Here a thread takes a block of rows through the whole
// network while they are in its cache, forward and backward, and autograd sees one node.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "flush_denormals.h"
#include "guard.h"
#include "kernels.h"
#include "node.h"
#include "swiftrec/embedding.h"

namespace {

namespace ag = torch::autograd;
using sr::embedding::Kernels;

constexpr int64_t kBlock = 96; // rows of a block: a multiple of the row tiles, small enough for the second-level cache

struct Layer {
  int64_t in, out;
  const float *weight, *bias; // [out, in], [out]
};

/// Pointers and sizes of one call; the tensors behind them are kept alive by the caller.
struct Shape {
  int64_t batch = 0;
  int64_t product = 0;                  // F
  int64_t user_deep = 0, item_deep = 0; // E, E'
  std::vector<Layer> layers;
  const float *head = nullptr;
  float head_bias = 0;
  int64_t deep() const { return user_deep + item_deep; }
  int64_t last() const { return layers.empty() ? deep() : layers.back().out; }
  /// Floats of all activations of one row.
  int64_t hidden() const {
    int64_t sum = 0;
    for (const auto &l : layers)
      sum += l.out;
    return sum;
  }
};

/// Everything the backward pass needs.
struct Saved {
  std::vector<at::Tensor> inputs; // gu, gi, mu, mi (undefined where missing), weights, biases, head weight, head bias
  at::Tensor users, items;
  at::Tensor user_rows, item_rows; // [B, F]: rows of the product tables
  at::Tensor joined;               // [B, E + E']: the perceptron's input
  std::vector<at::Tensor> hidden;  // [B, N_l]
  size_t layer_count = 0;
  bool sparse = false;
  const at::Tensor &weight(size_t l) const { return inputs[4 + l]; }
  const at::Tensor &bias(size_t l) const { return inputs[4 + layer_count + l]; }
  const at::Tensor &head() const { return inputs[4 + 2 * layer_count]; }
  const at::Tensor &head_bias() const { return inputs[5 + 2 * layer_count]; }
};

void require(bool good, const std::string &message) {
  if (!good)
    throw sr::InvalidArgument("pair tower: " + message);
}

const float *floats(const at::Tensor &t, const char *what) {
  require(t.defined() && t.device().is_cpu() && t.scalar_type() == at::kFloat && t.is_contiguous(),
          std::string(what) + " must be a contiguous float32 CPU tensor");
  return t.data_ptr<float>();
}

Shape shape_of(const Saved &s) {
  Shape shape;
  shape.batch = s.users.numel();
  const auto &gu = s.inputs[0], &gi = s.inputs[1], &mu = s.inputs[2], &mi = s.inputs[3];
  require(gu.defined() == gi.defined() && mu.defined() == mi.defined(), "a table of a pair is missing");
  if (gu.defined()) {
    floats(gu, "the users' product table"), floats(gi, "the items' product table");
    require(gu.dim() == 2 && gi.dim() == 2 && gu.size(1) == gi.size(1), "the product tables differ in width");
    shape.product = gu.size(1);
  }
  if (mu.defined()) {
    floats(mu, "the users' deep table"), floats(mi, "the items' deep table");
    require(mu.dim() == 2 && mi.dim() == 2, "a deep table is no matrix");
    shape.user_deep = mu.size(1);
    shape.item_deep = mi.size(1);
  }
  int64_t width = shape.deep();
  for (size_t l = 0; l < s.layer_count; ++l) {
    const auto &w = s.weight(l), &b = s.bias(l);
    const float *wp = floats(w, "a layer's weight"), *bp = floats(b, "a layer's bias");
    require(w.dim() == 2 && w.size(1) == width && b.numel() == w.size(0), "the layers do not fit together");
    shape.layers.push_back({width, w.size(0), wp, bp});
    width = w.size(0);
  }
  shape.head = floats(s.head(), "the head's weight");
  shape.head_bias = *floats(s.head_bias(), "the head's bias");
  require(s.head().numel() == shape.product + width && s.head_bias().numel() == 1, "the head does not fit");
  require(shape.product + width > 0, "no part is given");
  return shape;
}

const int64_t *ids_of(const at::Tensor &ids, int64_t count, const at::Tensor &a, const at::Tensor &b,
                      const char *what) {
  require(ids.device().is_cpu() && ids.scalar_type() == at::kLong && ids.dim() == 1 && ids.numel() == count &&
              ids.is_contiguous(),
          std::string(what) + "s must be a contiguous int64 vector on the CPU, as many as the other ids");
  const int64_t rows = a.defined() ? a.size(0) : b.size(0);
  require(!a.defined() || !b.defined() || a.size(0) == b.size(0), std::string(what) + " tables differ in rows");
  const auto *data = ids.data_ptr<int64_t>();
  for (int64_t i = 0; i < count; ++i)
    if (data[i] < 0 || data[i] >= rows)
      throw sr::InvalidArgument(std::string(what) + " " + std::to_string(data[i]) + " at position " +
                                std::to_string(i) + " is outside 0..<" + std::to_string(rows));
  return data;
}

int64_t block_rows(int64_t batch) {
  const int64_t each = (batch + at::get_num_threads() - 1) / at::get_num_threads();
  const int64_t pieces = std::max<int64_t>(1, (each + kBlock - 1) / kBlock);
  const int64_t rows = (each + pieces - 1) / pieces;
  return std::max<int64_t>(12, (rows + 11) / 12 * 12);
}

void gather(float *out, int64_t out_stride, const float *table, int64_t width, const int64_t *ids, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    if (i + 8 < count)
      for (int64_t d = 0; d < width; d += 16)
        __builtin_prefetch(table + ids[i + 8] * width + d);
    std::memcpy(out + i * out_stride, table + ids[i] * width, width * sizeof(float));
  }
}

/// [out, in] to [in, out].
std::vector<float> transposed(const Layer &l) {
  std::vector<float> t(l.in * l.out);
  for (int64_t o = 0; o < l.out; ++o)
    for (int64_t i = 0; i < l.in; ++i)
      t[i * l.out + o] = l.weight[o * l.in + i];
  return t;
}

at::Tensor forward(Saved &s) {
  const auto shape = shape_of(s);
  const auto &k = sr::embedding::kernels();
  const int64_t batch = shape.batch, product = shape.product, deep = shape.deep();
  const auto *users = ids_of(s.users, batch, s.inputs[0], s.inputs[2], "user");
  const auto *items = ids_of(s.items, batch, s.inputs[1], s.inputs[3], "item");
  const auto options = at::TensorOptions().dtype(at::kFloat);
  auto logits = at::empty({batch}, options);
  s.user_rows = at::empty({batch, product}, options);
  s.item_rows = at::empty({batch, product}, options);
  s.joined = at::empty({batch, deep}, options);
  std::vector<std::vector<float>> weights;
  std::vector<float *> hidden;
  for (const auto &l : shape.layers) {
    weights.push_back(transposed(l));
    s.hidden.push_back(at::empty({batch, l.out}, options));
    hidden.push_back(s.hidden.back().data_ptr<float>());
  }
  float *user_rows = s.user_rows.data_ptr<float>(), *item_rows = s.item_rows.data_ptr<float>();
  float *joined = s.joined.data_ptr<float>(), *out = logits.data_ptr<float>();
  auto table = [&](int i) { return s.inputs[i].defined() ? s.inputs[i].data_ptr<float>() : nullptr; };
  const float *gu = table(0), *gi = table(1), *mu = table(2), *mi = table(3);
  const int64_t rows = block_rows(batch), blocks = (batch + rows - 1) / rows;
  at::parallel_for(0, blocks, 1, [&](int64_t first, int64_t end) {
    const sr::embedding::FlushDenormals flush;
    std::vector<float> scratch(std::max<int64_t>(1, product));
    for (int64_t block = first; block < end; ++block) {
      const int64_t at = block * rows, n = std::min(rows, batch - at);
      if (product > 0) {
        gather(user_rows + at * product, product, gu, product, users + at, n);
        gather(item_rows + at * product, product, gi, product, items + at, n);
      }
      if (deep > 0) {
        gather(joined + at * deep, deep, mu, shape.user_deep, users + at, n);
        gather(joined + at * deep + shape.user_deep, deep, mi, shape.item_deep, items + at, n);
      }
      const float *input = joined + at * deep;
      for (size_t l = 0; l < shape.layers.size(); ++l) {
        const auto &layer = shape.layers[l];
        float *h = hidden[l] + at * layer.out;
        k.gemm(n, layer.out, layer.in, input, layer.in, 1, weights[l].data(), layer.out, h, layer.out, false);
        k.bias_relu(h, layer.bias, n, layer.out);
        input = h;
      }
      for (int64_t i = 0; i < n; ++i) {
        float sum = shape.head_bias;
        if (product > 0) {
          k.multiply(scratch.data(), user_rows + (at + i) * product, item_rows + (at + i) * product, product);
          sum += k.dot(scratch.data(), shape.head, product);
        }
        if (shape.last() > 0)
          sum += k.dot(input + i * shape.last(), shape.head + product, shape.last());
        out[at + i] = sum;
      }
    }
  });
  return logits;
}

/// Where one thread sums the gradients of what all rows share.
struct Shared {
  std::vector<std::vector<float>> weights, biases;
  std::vector<float> head, first, second;
  double head_bias = 0;
  bool used = false;
};

struct PairTowerNode : ag::Node {
  Saved saved;
  std::string name() const override { return "PairTower"; }
  void release_variables() override { saved = Saved(); }
  ag::variable_list apply(ag::variable_list &&gradients) override;
};

at::Tensor row_gradient(const at::Tensor &table, const at::Tensor &ids, at::Tensor values, bool sparse) {
  if (!sparse)
    return at::embedding_dense_backward(values, ids, table.size(0), -1, false);
  return at::_sparse_coo_tensor_unsafe(ids.unsqueeze(0), std::move(values), table.sizes(),
                                       table.options().layout(at::kSparse));
}

ag::variable_list PairTowerNode::apply(ag::variable_list &&gradients) {
  auto &s = saved;
  require(s.users.defined(), "its graph was freed by an earlier backward; pass retainGraph to go through it twice");
  ag::variable_list results(s.inputs.size());
  if (!gradients[0].defined())
    return results;
  const auto shape = shape_of(s);
  const auto &k = sr::embedding::kernels();
  const auto gradient = gradients[0].contiguous();
  const float *dlogits = floats(gradient, "the gradient");
  const int64_t batch = shape.batch, product = shape.product, deep = shape.deep(), last = shape.last();
  const auto options = at::TensorOptions().dtype(at::kFloat);
  auto d_user = at::empty({batch, product}, options), d_item = at::empty({batch, product}, options);
  auto d_mu = at::empty({batch, shape.user_deep}, options), d_mi = at::empty({batch, shape.item_deep}, options);
  float *du = d_user.data_ptr<float>(), *di = d_item.data_ptr<float>();
  float *dmu = d_mu.data_ptr<float>(), *dmi = d_mi.data_ptr<float>();
  const float *user_rows = s.user_rows.data_ptr<float>(), *item_rows = s.item_rows.data_ptr<float>();
  const float *joined = s.joined.data_ptr<float>();
  const size_t layers = shape.layers.size();
  std::vector<const float *> hidden;
  int64_t widest = std::max<int64_t>(1, last);
  for (size_t l = 0; l < layers; ++l) {
    hidden.push_back(s.hidden[l].data_ptr<float>());
    widest = std::max({widest, shape.layers[l].out, shape.layers[l].in});
  }
  const int64_t rows = block_rows(batch), blocks = (batch + rows - 1) / rows;
  std::vector<Shared> shared(at::get_num_threads());
  at::parallel_for(0, blocks, 1, [&](int64_t first, int64_t end) {
    const sr::embedding::FlushDenormals flush;
    auto &sum = shared[at::get_thread_num()];
    if (!sum.used) {
      sum.used = true;
      for (const auto &l : shape.layers) {
        sum.weights.emplace_back(l.in * l.out, 0.0f);
        sum.biases.emplace_back(l.out, 0.0f);
      }
      sum.head.assign(product + last, 0.0f);
      sum.first.resize(rows * widest);
      sum.second.resize(rows * widest);
    }
    std::vector<float> scratch(std::max<int64_t>(1, product));
    for (int64_t block = first; block < end; ++block) {
      const int64_t at = block * rows, n = std::min(rows, batch - at);
      float *d = sum.first.data(), *below = sum.second.data();
      const float *top = layers > 0 ? hidden[layers - 1] + at * last : joined + at * deep;
      for (int64_t i = 0; i < n; ++i) {
        const float g = dlogits[at + i];
        sum.head_bias += g;
        if (product > 0) {
          const float *u = user_rows + (at + i) * product, *v = item_rows + (at + i) * product;
          k.multiply(scratch.data(), u, v, product);
          k.axpy(sum.head.data(), g, scratch.data(), product);
          k.scaled_product(du + (at + i) * product, g, shape.head, v, product);
          k.scaled_product(di + (at + i) * product, g, shape.head, u, product);
        }
        if (last > 0) {
          k.axpy(sum.head.data() + product, g, top + i * last, last);
          for (int64_t j = 0; j < last; ++j)
            d[i * last + j] = g * shape.head[product + j];
        }
      }
      if (deep > 0 && layers == 0)
        for (int64_t i = 0; i < n; ++i) {
          std::memcpy(dmu + (at + i) * shape.user_deep, d + i * deep, shape.user_deep * sizeof(float));
          std::memcpy(dmi + (at + i) * shape.item_deep, d + i * deep + shape.user_deep,
                      shape.item_deep * sizeof(float));
        }
      for (size_t l = layers; l-- > 0;) {
        const auto &layer = shape.layers[l];
        k.relu_backward(d, hidden[l] + at * layer.out, n * layer.out);
        const float *input = l > 0 ? hidden[l - 1] + at * layer.in : joined + at * deep;
        k.gemm(layer.out, layer.in, n, d, 1, layer.out, input, layer.in, sum.weights[l].data(), layer.in, true);
        for (int64_t i = 0; i < n; ++i)
          k.add(sum.biases[l].data(), d + i * layer.out, layer.out);
        if (l > 0) {
          k.gemm(n, layer.in, layer.out, d, layer.out, 1, layer.weight, layer.in, below, layer.in, false);
          std::swap(d, below);
        } else {
          k.gemm(n, shape.user_deep, layer.out, d, layer.out, 1, layer.weight, layer.in, dmu + at * shape.user_deep,
                 shape.user_deep, false);
          k.gemm(n, shape.item_deep, layer.out, d, layer.out, 1, layer.weight + shape.user_deep, layer.in,
                 dmi + at * shape.item_deep, shape.item_deep, false);
        }
      }
    }
  });

  // The threads' sums, always added in the order of the threads.
  auto total = [&](const at::Tensor &like, auto part) {
    auto out = at::empty(like.sizes(), options);
    float *data = out.template data_ptr<float>();
    bool fresh = true;
    for (auto &sum : shared) {
      if (!sum.used)
        continue;
      const std::vector<float> &values = part(sum);
      if (fresh)
        std::memcpy(data, values.data(), values.size() * sizeof(float));
      else
        k.add(data, values.data(), static_cast<int64_t>(values.size()));
      fresh = false;
    }
    if (fresh)
      out.zero_();
    return out;
  };
  if (product > 0) {
    if (task_should_compute_output(0))
      results[0] = row_gradient(s.inputs[0], s.users, d_user, s.sparse);
    if (task_should_compute_output(1))
      results[1] = row_gradient(s.inputs[1], s.items, d_item, s.sparse);
  }
  if (deep > 0) {
    if (task_should_compute_output(2))
      results[2] = row_gradient(s.inputs[2], s.users, d_mu, s.sparse);
    if (task_should_compute_output(3))
      results[3] = row_gradient(s.inputs[3], s.items, d_mi, s.sparse);
  }
  for (size_t l = 0; l < layers; ++l) {
    results[4 + l] = total(s.weight(l), [l](Shared &x) -> std::vector<float> & { return x.weights[l]; });
    results[4 + layers + l] = total(s.bias(l), [l](Shared &x) -> std::vector<float> & { return x.biases[l]; });
  }
  results[4 + 2 * layers] = total(s.head(), [](Shared &x) -> std::vector<float> & { return x.head; });
  double bias = 0;
  for (const auto &sum : shared)
    bias += sum.head_bias;
  results[5 + 2 * layers] = at::full(s.head_bias().sizes(), bias, options);
  return results;
}

} // namespace

extern "C" int32_t sr_pair_tower(const SRPairTower *tower, const SRTensor *users, const SRTensor *items,
                                 SRTensor **out) {
  SR_GUARD({
    Saved s;
    s.layer_count = static_cast<size_t>(tower->layer_count);
    s.sparse = tower->sparse;
    s.users = sr::unwrap(users).contiguous();
    s.items = sr::unwrap(items).contiguous();
    for (const auto *t : {tower->user_product, tower->item_product, tower->user_deep, tower->item_deep})
      s.inputs.push_back(sr::unwrap_optional(t));
    for (const auto *const *list : {tower->weights, tower->biases})
      for (intptr_t l = 0; l < tower->layer_count; ++l)
        s.inputs.push_back(sr::unwrap(list[l]));
    s.inputs.push_back(sr::unwrap(tower->head_weight));
    s.inputs.push_back(sr::unwrap(tower->head_bias));

    bool wanted = false;
    for (const auto &input : s.inputs)
      wanted = wanted || (input.defined() && input.requires_grad());
    wanted = wanted && c10::GradMode::is_enabled();
    auto inputs = s.inputs;
    at::Tensor logits;
    {
      at::AutoDispatchBelowADInplaceOrView below;
      logits = forward(s);
    }
    if (wanted) {
      auto node = sr::make_node<PairTowerNode>();
      node->saved = std::move(s);
      node->set_next_edges(ag::collect_next_edges(inputs));
      ag::set_history(logits, node);
    }
    *out = sr::wrap(std::move(logits));
  });
}
