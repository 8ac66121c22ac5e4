// The sums of gradients by row, and the rules that apply them; for bag_kernels_body.h, once per instruction set.
namespace sr::embedding {
namespace {

inline uint32_t row_of(uint64_t pair) { return static_cast<uint32_t>(pair >> 32); }
inline uint32_t item_of(uint64_t pair) { return static_cast<uint32_t>(pair); }

inline const float *gradient_of(const UpdateJob &j, uint32_t item) {
  return j.sources ? j.sources[item] : j.gradient + static_cast<int64_t>(item) * j.stride;
}

/// Sums the gradients of the row at pair `i`; returns the pair behind the last of that row. DIM 0: j.dim columns.
template <int DIM> int64_t sum_row(const UpdateJob &j, int64_t i, float *__restrict g) {
  const int64_t dim = DIM ? DIM : j.dim;
  const uint32_t row = row_of(j.pairs[i]);
  if constexpr (DIM >= SR_LANES && DIM <= 8 * SR_LANES) {
    constexpr int N = DIM / SR_LANES;
    Vector sum[N];
    const float *x = gradient_of(j, item_of(j.pairs[i]));
    const float scale = j.scales ? j.scales[item_of(j.pairs[i])] : 1;
#pragma GCC unroll 8
    for (int n = 0; n < N; ++n)
      sum[n] = scale * load(x + n * kLanes);
    for (++i; i < j.count && row_of(j.pairs[i]) == row; ++i) {
      x = gradient_of(j, item_of(j.pairs[i]));
      const float factor = j.scales ? j.scales[item_of(j.pairs[i])] : 1;
#pragma GCC unroll 8
      for (int n = 0; n < N; ++n)
        sum[n] += factor * load(x + n * kLanes);
    }
#pragma GCC unroll 8
    for (int n = 0; n < N; ++n)
      store(g + n * kLanes, sum[n]);
  } else {
    for (int64_t d = 0; d < dim; ++d)
      g[d] = 0;
    for (; i < j.count && row_of(j.pairs[i]) == row; ++i) {
      const float *x = gradient_of(j, item_of(j.pairs[i]));
      const float factor = j.scales ? j.scales[item_of(j.pairs[i])] : 1;
      for (int64_t d = 0; d < dim; ++d)
        g[d] += factor * x[d];
    }
  }
  return i;
}

inline float mean_square(const float *g, int64_t dim) {
  Vector sums{};
  const int64_t whole = dim - dim % kLanes;
  for (int64_t d = 0; d < whole; d += kLanes)
    sums += load(g + d) * load(g + d);
  float sum = total(sums);
  if (whole < dim)
    for (int64_t d = whole; d < dim; ++d)
      sum += g[d] * g[d];
  return sum / static_cast<float>(dim);
}

/// w, m, v: the row and its state (null where the rule has none); g: the summed gradient.
template <int DIM, RuleKind K>
inline void apply(const RowRule &r, int64_t any_dim, float *__restrict w, float *__restrict m, float *__restrict v,
                  float *__restrict g) {
  const int64_t dim = DIM ? DIM : any_dim;
  if (r.clip > 0)
    for (int64_t d = 0; d < dim; ++d)
      g[d] = g[d] > r.clip ? r.clip : g[d] < -r.clip ? -r.clip : g[d];
  if (r.l2 != 0)
    for (int64_t d = 0; d < dim; ++d)
      g[d] += r.l2 * w[d];
  if constexpr (K == RuleKind::sgd) {
    for (int64_t d = 0; d < dim; ++d)
      w[d] -= r.learning_rate * g[d];
  } else if constexpr (K == RuleKind::adagrad) {
    for (int64_t d = 0; d < dim; ++d) {
      m[d] += g[d] * g[d];
      w[d] -= r.learning_rate * g[d] / (__builtin_sqrtf(m[d]) + r.epsilon);
    }
  } else if constexpr (K == RuleKind::row_wise_adagrad) {
    const float sum = *m + mean_square(g, dim);
    *m = sum;
    const float size = r.learning_rate / (__builtin_sqrtf(sum) + r.epsilon);
    for (int64_t d = 0; d < dim; ++d)
      w[d] -= size * g[d];
  } else if constexpr (K == RuleKind::adam || K == RuleKind::adamw) {
    for (int64_t d = 0; d < dim; ++d) {
      m[d] = r.beta1 * m[d] + (1 - r.beta1) * g[d];
      v[d] = r.beta2 * v[d] + (1 - r.beta2) * g[d] * g[d];
      const float step = m[d] * r.correction1 / (__builtin_sqrtf(v[d] * r.correction2) + r.epsilon);
      w[d] = w[d] * r.keep - r.learning_rate * step;
    }
  } else {
    const float second = r.beta2 * *v + (1 - r.beta2) * mean_square(g, dim);
    *v = second;
    const float size = r.learning_rate * r.correction1 / (__builtin_sqrtf(second * r.correction2) + r.epsilon);
    for (int64_t d = 0; d < dim; ++d) {
      m[d] = r.beta1 * m[d] + (1 - r.beta1) * g[d];
      w[d] = w[d] * r.keep - size * m[d];
    }
  }
}

/// 32 well-mixed bits for one element of one step.
inline uint32_t mixed(uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352dU;
  x ^= x >> 15;
  x *= 0x846ca68bU;
  return x ^ x >> 16;
}

/// Rounds up with the probability of the part cut off, so that small updates are not lost.
inline uint16_t stochastic_bfloat(float x, uint32_t random) {
  const uint32_t bits = bits_of(x);
  if ((bits & 0x7f800000u) == 0x7f800000u)
    return float_to_bfloat(x);
  return static_cast<uint16_t>((bits + (random & 0xffffu)) >> 16);
}
inline uint16_t stochastic_half(float x, uint32_t random) {
  const uint32_t bits = bits_of(x);
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude >= 0x477fe000u) // 65504 and beyond, infinities, NaN
    return float_to_half(x);
  if (magnitude < 0x38800000u) { // subnormal in half precision: the quantum is 2^-24
    const float u = static_cast<float>(random >> 8) * 0x1p-24f - 0.5f;
    return float_to_half(x + u * 0x1p-24f);
  }
  const uint32_t cut = (bits + (random & 0x1fffu)) & ~0x1fffu;
  float y;
  std::memcpy(&y, &cut, 4);
  return float_to_half(y);
}

template <Codec C> void read_row(const char *row, float *w, int64_t dim) {
  for (int64_t d = 0; d < dim; ++d)
    w[d] = value<C>(row, d);
}
template <Codec C> void write_row(char *row, const float *w, int64_t dim, const RowRule &r, uint32_t number) {
  auto *out = reinterpret_cast<uint16_t *>(row);
  const uint32_t key = mixed(r.seed ^ mixed(number));
  for (int64_t d = 0; d < dim; ++d) {
    const uint32_t random = mixed(key + static_cast<uint32_t>(d));
    if constexpr (C == Codec::float16)
      out[d] = r.stochastic ? stochastic_half(w[d], random) : float_to_half(w[d]);
    else
      out[d] = r.stochastic ? stochastic_bfloat(w[d], random) : float_to_bfloat(w[d]);
  }
}

constexpr bool row_wise_first(RuleKind k) { return k == RuleKind::row_wise_adagrad; }
constexpr bool row_wise_second(RuleKind k) { return k == RuleKind::row_wise_adam; }

template <int DIM, RuleKind K, Codec C> void update_rows(const UpdateJob &j, const RowRule &r) {
  const int64_t dim = DIM ? DIM : j.dim;
  alignas(64) float fixed[DIM ? DIM : 1];
  float *g = DIM ? fixed : j.scratch;
  const int64_t ahead = distance(j.row_bytes);
  const int64_t first_stride = row_wise_first(K) ? 1 : dim, second_stride = row_wise_second(K) ? 1 : dim;
  for (int64_t i = 0; i < j.count;) {
    // One look ahead a row: in a batch with few repeats it covers every row, and repeats need none.
    const int64_t next = i + ahead < j.count ? i + ahead : j.count - 1;
    const int64_t next_row = row_of(j.pairs[next]);
    for (int64_t line = 0; line < j.row_bytes; line += 64)
      __builtin_prefetch(j.table + next_row * j.row_bytes + line, 1);
    if (j.first_state)
      for (int64_t d = 0; d < first_stride; d += 16)
        __builtin_prefetch(j.first_state + next_row * first_stride + d, 1);
    if (j.second_state)
      for (int64_t d = 0; d < second_stride; d += 16)
        __builtin_prefetch(j.second_state + next_row * second_stride + d, 1);
    const float *next_gradient = gradient_of(j, item_of(j.pairs[next]));
    for (int64_t d = 0; d < dim; d += 16)
      __builtin_prefetch(next_gradient + d);
    const uint32_t row = row_of(j.pairs[i]);
    i = sum_row<DIM>(j, i, g);
    char *stored = j.table + static_cast<int64_t>(row) * j.row_bytes;
    float *m = j.first_state ? j.first_state + row * first_stride : nullptr;
    float *v = j.second_state ? j.second_state + row * second_stride : nullptr;
    if constexpr (C == Codec::float32) {
      apply<DIM, K>(r, dim, reinterpret_cast<float *>(stored), m, v, g);
    } else {
      float *w = j.scratch + dim;
      read_row<C>(stored, w, dim);
      apply<DIM, K>(r, dim, w, m, v, g);
      write_row<C>(stored, w, dim, r, row);
    }
  }
}

template <RuleKind K> void update_by_codec(const UpdateJob &j, const RowRule &r) {
  switch (j.codec) {
  case Codec::float16:
    return update_rows<0, K, Codec::float16>(j, r);
  case Codec::bfloat16:
    return update_rows<0, K, Codec::bfloat16>(j, r);
  default:
    break;
  }
  switch (j.dim) {
  case 1:
    return update_rows<1, K, Codec::float32>(j, r);
  case 16:
    return update_rows<16, K, Codec::float32>(j, r);
  case 32:
    return update_rows<32, K, Codec::float32>(j, r);
  case 64:
    return update_rows<64, K, Codec::float32>(j, r);
  case 128:
    return update_rows<128, K, Codec::float32>(j, r);
  default:
    return update_rows<0, K, Codec::float32>(j, r);
  }
}

void update(const UpdateJob &j, const RowRule &r) {
  switch (r.kind) {
  case RuleKind::sgd:
    return update_by_codec<RuleKind::sgd>(j, r);
  case RuleKind::adagrad:
    return update_by_codec<RuleKind::adagrad>(j, r);
  case RuleKind::row_wise_adagrad:
    return update_by_codec<RuleKind::row_wise_adagrad>(j, r);
  case RuleKind::adam:
    return update_by_codec<RuleKind::adam>(j, r);
  case RuleKind::adamw:
    return update_by_codec<RuleKind::adamw>(j, r);
  case RuleKind::row_wise_adam:
    return update_by_codec<RuleKind::row_wise_adam>(j, r);
  case RuleKind::none:
    return;
  }
}

int64_t sum(const UpdateJob &j, int64_t *rows, float *sums) {
  int64_t found = 0;
  for (int64_t i = 0; i < j.count; ++found) {
    rows[found] = row_of(j.pairs[i]);
    i = sum_row<0>(j, i, sums + found * j.dim);
  }
  return found;
}

} // namespace
} // namespace sr::embedding
