// The lookup of bags, and the gradient of their weights; for bag_kernels_body.h, once per instruction set.
namespace sr::embedding {
namespace {

inline int64_t distance(int64_t row_bytes) {
  const int64_t rows = 2048 / row_bytes;
  return rows < 8 ? 8 : rows > 24 ? 24 : rows;
}

/// How many ids ahead rows are asked into the second cache: its queue holds several times the lines of the first one's.
/// A short walk has none: filling the queue costs more than it saves.
inline int64_t far_distance(int64_t ids) { return ids < 4096 ? 0 : 128; }

/// Only to be prefetched: the id is not checked yet, hence unsigned arithmetic.
inline const char *row_at(const LookupJob &j, int64_t id, int64_t row_bytes) {
  const auto table = reinterpret_cast<uintptr_t>(j.table);
  return reinterpret_cast<const char *>(table + static_cast<uint64_t>(id) * static_cast<uint64_t>(row_bytes));
}

template <int Locality> inline void prefetch_row(const char *row, int64_t row_bytes) {
  for (int64_t line = 0; line < row_bytes; line += 64)
    __builtin_prefetch(row + line, 0, Locality);
}

/// N registers of columns from `column` on, for every bag of the job. The walk over the first columns checks the ids.
/// `Whole`: these columns are all of a row, so that its size is known here and the loops over its lines unroll.
template <Codec C, int N, bool Whole> int64_t pool(const LookupJob &j, int64_t column) {
  const int64_t begin = j.offsets ? j.offsets[j.first] : j.start + j.first;
  const int64_t stop = j.offsets ? j.offsets[j.end] : j.start + j.end;
  const int64_t row_bytes = Whole ? N * kLanes * static_cast<int64_t>(sizeof(float)) : j.row_bytes;
  const int64_t *const ids = j.ids;
  const int64_t ahead = distance(row_bytes);
  // The walk over the first columns fetches whole rows.
  const int64_t far = column == 0 ? far_distance(stop - begin) : 0;
  // At the start nothing is on its way yet.
  for (int64_t p = begin; p < stop && p < begin + ahead; ++p)
    prefetch_row<3>(row_at(j, ids[p], row_bytes), row_bytes);
  for (int64_t p = begin + ahead; p < begin + far; ++p)
    prefetch_row<2>(row_at(j, ids[p], row_bytes), row_bytes);
  for (int64_t b = j.first; b < j.end; ++b) {
    const int64_t from = j.offsets ? j.offsets[b] : j.start + b, to = j.offsets ? j.offsets[b + 1] : from + 1;
    Vector sum[N];
#pragma GCC unroll 8
    for (int n = 0; n < N; ++n)
      sum[n] = Vector{};
    float bias_sum = 0;
    for (int64_t p = from; p < to; ++p) {
      const int64_t id = ids[p];
      if (__builtin_expect(static_cast<uint64_t>(id) >= static_cast<uint64_t>(j.rows), 0))
        return p;
      if (far > 0 && p + far < stop)
        prefetch_row<2>(row_at(j, ids[p + far], row_bytes), row_bytes);
      if (p + ahead < stop) {
        const char *next = row_at(j, ids[p + ahead], row_bytes);
        if (column == 0)
          prefetch_row<3>(next, row_bytes);
        if constexpr (quantised(C))
          __builtin_prefetch(next + row_bytes - 1);
      }
      const char *row = j.table + id * row_bytes;
      float factor = j.weights ? j.weights[p] : 1;
      if constexpr (quantised(C)) {
        float scale, bias;
        scale_and_bias<C>(row, j.dim, scale, bias);
        bias_sum += factor * bias;
        factor *= scale;
#pragma GCC unroll 8
        for (int n = 0; n < N; ++n)
          sum[n] += factor * values<C>(row, column + n * kLanes);
      } else if (j.weights) {
#pragma GCC unroll 8
        for (int n = 0; n < N; ++n)
          sum[n] += factor * values<C>(row, column + n * kLanes);
      } else {
#pragma GCC unroll 8
        for (int n = 0; n < N; ++n)
          sum[n] += values<C>(row, column + n * kLanes);
      }
    }
    const float mean = j.mean && to > from ? 1.0f / static_cast<float>(to - from) : 1.0f;
    float *out = j.out + b * j.stride + column;
#pragma GCC unroll 8
    for (int n = 0; n < N; ++n) {
      Vector v = sum[n];
      if constexpr (quantised(C))
        v += bias_sum;
      if (j.mean)
        v *= mean;
      if (j.stream)
        stream(out + n * kLanes, v);
      else
        store(out + n * kLanes, v);
    }
  }
#if defined(__SSE2__)
  if (j.stream)
    _mm_sfence();
#endif
  return -1;
}

/// The last columns, fewer than a register.
template <Codec C> int64_t pool_tail(const LookupJob &j, int64_t column) {
  for (int64_t b = j.first; b < j.end; ++b) {
    const int64_t from = j.offsets ? j.offsets[b] : j.start + b, to = j.offsets ? j.offsets[b + 1] : from + 1;
    float *out = j.out + b * j.stride;
    for (int64_t i = column; i < j.dim; ++i)
      out[i] = 0;
    for (int64_t p = from; p < to; ++p) {
      const int64_t id = j.ids[p];
      if (static_cast<uint64_t>(id) >= static_cast<uint64_t>(j.rows))
        return p;
      const char *row = j.table + id * j.row_bytes;
      const float factor = j.weights ? j.weights[p] : 1;
      float scale = 1, bias = 0;
      if constexpr (quantised(C))
        scale_and_bias<C>(row, j.dim, scale, bias);
      for (int64_t i = column; i < j.dim; ++i)
        out[i] += factor * (scale * value<C>(row, i) + bias);
    }
    if (j.mean && to > from)
      for (int64_t i = column; i < j.dim; ++i)
        out[i] *= 1.0f / static_cast<float>(to - from);
  }
  return -1;
}

template <Codec C, int N> int64_t pool(const LookupJob &j, int64_t column) {
  if (C == Codec::float32 && column == 0 && j.row_bytes == N * kLanes * static_cast<int64_t>(sizeof(float)))
    return pool<C, N, true>(j, column);
  return pool<C, N, false>(j, column);
}

/// Tables of one column: the first-order weights of a ranking model.
template <Codec C> int64_t pool_single(const LookupJob &j) {
  const int64_t stop = j.offsets ? j.offsets[j.end] : j.start + j.end;
  const int64_t ahead = distance(j.row_bytes);
  for (int64_t b = j.first; b < j.end; ++b) {
    const int64_t from = j.offsets ? j.offsets[b] : j.start + b, to = j.offsets ? j.offsets[b + 1] : from + 1;
    float sum = 0;
    for (int64_t p = from; p < to; ++p) {
      const int64_t id = j.ids[p];
      if (__builtin_expect(static_cast<uint64_t>(id) >= static_cast<uint64_t>(j.rows), 0))
        return p;
      if (p + ahead < stop)
        __builtin_prefetch(row_at(j, j.ids[p + ahead], j.row_bytes));
      sum += (j.weights ? j.weights[p] : 1) * value<C>(j.table + id * j.row_bytes, 0);
    }
    j.out[b * j.stride] = j.mean && to > from ? sum * (1.0f / static_cast<float>(to - from)) : sum;
  }
  return -1;
}

template <Codec C> int64_t lookup(const LookupJob &j) {
  if constexpr (!quantised(C))
    if (j.dim == 1)
      return pool_single<C>(j);
  int64_t column = 0, fault = -1;
  const auto left = [&] { return (j.dim - column) / kLanes; };
  while (left() >= 8 && fault < 0) {
    fault = pool<C, 8>(j, column);
    column += 8 * kLanes;
  }
  if (left() >= 4 && fault < 0) {
    fault = pool<C, 4>(j, column);
    column += 4 * kLanes;
  }
  if (left() >= 2 && fault < 0) {
    fault = pool<C, 2>(j, column);
    column += 2 * kLanes;
  }
  if (left() >= 1 && fault < 0) {
    fault = pool<C, 1>(j, column);
    column += kLanes;
  }
  if (column < j.dim && fault < 0)
    fault = pool_tail<C>(j, column);
  return fault;
}

template <Codec C> float row_dot(const char *row, const float *g, int64_t dim) {
  Vector sums{};
  int64_t i = 0;
  for (; i + kLanes <= dim; i += kLanes)
    sums += values<C>(row, i) * load(g + i);
  float sum = total(sums);
  for (; i < dim; ++i)
    sum += value<C>(row, i) * g[i];
  return sum;
}

void weight_gradient(const LookupJob &j, Codec codec, float *out) {
  for (int64_t b = j.first; b < j.end; ++b) {
    const int64_t from = j.offsets ? j.offsets[b] : j.start + b, to = j.offsets ? j.offsets[b + 1] : from + 1;
    const float *g = j.out + b * j.stride;
    const float mean = j.mean && to > from ? 1.0f / static_cast<float>(to - from) : 1.0f;
    for (int64_t p = from; p < to; ++p) {
      const char *row = j.table + j.ids[p] * j.row_bytes;
      float sum = 0;
      switch (codec) {
      case Codec::float16:
        sum = row_dot<Codec::float16>(row, g, j.dim);
        break;
      case Codec::bfloat16:
        sum = row_dot<Codec::bfloat16>(row, g, j.dim);
        break;
      default:
        sum = row_dot<Codec::float32>(row, g, j.dim);
      }
      out[p] += mean * sum;
    }
  }
}

} // namespace
} // namespace sr::embedding
