// Collectives: each starts a piece of work, whose failure names the operation, the tensor and the rank.
#include <ATen/ATen.h>
#include <torch/csrc/distributed/c10d/Work.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "collectives/handles.h"

struct SRWork {
  c10::intrusive_ptr<c10d::Work> work;
  // What is in flight; c10d keeps some of it, not all.
  std::vector<at::Tensor> tensors;
  // The connections must outlive the work.
  c10::intrusive_ptr<c10d::Backend> backend;
  std::string what;
  std::chrono::milliseconds limit;
  sr::Clock::time_point start;
  // When gloo's ended, 0 before: a caller may ask long after a failure.
  std::shared_ptr<std::atomic<int64_t>> ended;
  bool on_stream;
  bool is_fake;
  // Nobody sees its end before that much more time has passed.
  std::chrono::nanoseconds latency;
};

namespace {

std::string described(const at::Tensor &tensor) {
  std::string text = "[";
  for (int64_t i = 0; i < tensor.dim(); ++i) {
    text += (i ? ", " : "") + std::to_string(tensor.size(i));
  }
  return text + "] " + std::string(c10::toString(tensor.scalar_type())) + " on " + tensor.device().str();
}

int64_t nanoseconds(sr::Clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

/// When a work that is over came to its end, as its callers are to see it.
int64_t arrival(const SRWork &work) {
  int64_t none = 0;
  if (work.ended->load() == 0) // its callback is about to run
    work.ended->compare_exchange_strong(none, nanoseconds(sr::Clock::now()));
  return work.ended->load() + work.latency.count();
}

/// The bytes of a tensor in one dimension: what copies values and does not compute with them takes any type so.
at::Tensor bytes(const at::Tensor &tensor) { return tensor.reshape({-1}).view(at::kByte); }

const at::Tensor &contiguous(const SRTensor *handle) {
  const auto &tensor = sr::unwrap(handle);
  if (tensor.layout() != at::kStrided || !tensor.is_contiguous()) {
    throw sr::InvalidArgument("a collective needs contiguous tensors, received " + described(tensor));
  }
  return tensor;
}

/// Starts a collective; a fault that shows at once carries the same words as one that shows in the wait.
template <class Start>
SRWork *started(SRProcessGroup &group, const std::string &operation, std::vector<at::Tensor> tensors, Start start) {
  const auto what = operation + " on rank " + std::to_string(group.backend->getRank()) + " of " +
                    std::to_string(group.backend->getSize()) + " (" + group.name + ")";
  const auto began = sr::Clock::now();
  if (!tensors.empty()) {
    group.device = tensors[0].device();
  }
  auto work = sr::with_deadline(
      group.timeout, [&] { return what; }, start);
  auto ended = std::make_shared<std::atomic<int64_t>>(0);
  const bool is_gloo = group.name == "gloo";
  if (is_gloo) {
    work->getFuture()->addCallback([ended](c10::ivalue::Future &) {
      int64_t none = 0;
      ended->compare_exchange_strong(none, nanoseconds(sr::Clock::now()));
    });
  }
  return new SRWork{std::move(work),      std::move(tensors),
                    group.backend,        what,
                    group.timeout,        began,
                    std::move(ended),     group.name == "nccl",
                    group.name == "fake", is_gloo ? group.latency : std::chrono::nanoseconds(0)};
}

c10d::ReduceOp::RedOpType reduction(const SRProcessGroup &group, int32_t reduce) {
  switch (reduce) {
  case SR_REDUCE_SUM:
    return c10d::ReduceOp::SUM;
  case SR_REDUCE_MEAN:
    if (!group.has_mean) {
      throw sr::InvalidArgument(group.name + " has no mean");
    }
    return c10d::ReduceOp::AVG;
  case SR_REDUCE_PRODUCT:
    return c10d::ReduceOp::PRODUCT;
  case SR_REDUCE_MIN:
    return c10d::ReduceOp::MIN;
  case SR_REDUCE_MAX:
    return c10d::ReduceOp::MAX;
  default:
    throw sr::InvalidArgument("no reduction has the number " + std::to_string(reduce));
  }
}

} // namespace

extern "C" {

void sr_group_free(SRProcessGroup *group, bool abandon) {
  // Destructors of process groups may throw while peers are gone; nobody is left to tell.
  if (abandon) {
    sr::guard([&] { std::thread([group] { sr::guard([&] { delete group; }); }).detach(); });
  } else {
    sr::guard([&] { delete group; });
  }
}

bool sr_group_has_mean(const SRProcessGroup *group) { return group != nullptr && group->has_mean; }

int32_t sr_group_all_reduce(SRProcessGroup *handle, SRTensor *tensor, int32_t reduce, SRWork **out) {
  SR_GUARD({
    auto &group = sr::unwrap(handle);
    at::NoGradGuard no_grad;
    const auto target = contiguous(tensor).detach();
    std::vector<at::Tensor> tensors{target};
    c10d::AllreduceOptions options;
    options.reduceOp = reduction(group, reduce);
    options.timeout = group.timeout;
    *out = started(group, "all-reduce of " + described(target), tensors,
                   [&] { return group.backend->allreduce(tensors, options); });
  });
}

int32_t sr_group_broadcast(SRProcessGroup *handle, SRTensor *tensor, int32_t root, SRWork **out) {
  SR_GUARD({
    auto &group = sr::unwrap(handle);
    at::NoGradGuard no_grad;
    const auto target = contiguous(tensor).detach();
    std::vector<at::Tensor> tensors{bytes(target)};
    c10d::BroadcastOptions options;
    options.rootRank = root;
    options.timeout = group.timeout;
    *out = started(group, "broadcast of " + described(target), tensors,
                   [&] { return group.backend->broadcast(tensors, options); });
  });
}

int32_t sr_group_all_gather(SRProcessGroup *handle, const SRTensor *input, SRTensor *output, SRWork **out) {
  SR_GUARD({
    auto &group = sr::unwrap(handle);
    at::NoGradGuard no_grad;
    const auto given = contiguous(input).detach();
    auto from = bytes(given);
    auto to = bytes(contiguous(output).detach());
    c10d::AllgatherOptions options;
    options.timeout = group.timeout;
    *out = started(group, "all-gather of " + described(given), {from, to},
                   [&] { return group.backend->_allgather_base(to, from, options); });
  });
}

int32_t sr_group_all_to_all(SRProcessGroup *handle, const SRTensor *input, const int64_t *input_splits,
                            SRTensor *output, const int64_t *output_splits, SRWork **out) {
  SR_GUARD({
    auto &group = sr::unwrap(handle);
    at::NoGradGuard no_grad;
    const auto given = contiguous(input).detach();
    auto from = bytes(given);
    auto to = bytes(contiguous(output).detach());
    const auto width = static_cast<int64_t>(given.element_size());
    std::vector<int64_t> sent(input_splits, input_splits + group.backend->getSize());
    std::vector<int64_t> received(output_splits, output_splits + group.backend->getSize());
    for (auto *splits : {&sent, &received}) {
      for (auto &split : *splits) {
        split *= width;
      }
    }
    c10d::AllToAllOptions options;
    options.timeout = group.timeout;
    *out = started(group, "all-to-all of " + described(given), {from, to},
                   [&] { return group.backend->alltoall_base(to, from, received, sent, options); });
  });
}

int32_t sr_group_reduce_scatter(SRProcessGroup *handle, const SRTensor *input, SRTensor *output, int32_t reduce,
                                SRWork **out) {
  SR_GUARD({
    auto &group = sr::unwrap(handle);
    at::NoGradGuard no_grad;
    auto from = contiguous(input).detach();
    auto to = contiguous(output).detach();
    c10d::ReduceScatterOptions options;
    options.reduceOp = reduction(group, reduce);
    options.timeout = group.timeout;
    *out = started(group, "reduce-scatter of " + described(from), {from, to},
                   [&] { return group.backend->_reduce_scatter_base(to, from, options); });
  });
}

int32_t sr_group_barrier(SRProcessGroup *handle, SRWork **out) {
  SR_GUARD({
    auto &group = sr::unwrap(handle);
    c10d::BarrierOptions options;
    options.timeout = group.timeout;
    options.device = group.device;
    *out = started(group, "barrier", {}, [&] { return group.backend->barrier(options); });
  });
}

int32_t sr_work_wait(SRWork *work, int64_t timeout_ms, bool *done) {
  SR_GUARD({
    *done = false;
    const auto asked = nanoseconds(sr::Clock::now());
    // A network that is late by intention: the time passes, the processor is free.
    const auto come_late = [&] {
      if (work->latency.count() > 0) {
        const int64_t now = nanoseconds(sr::Clock::now());
        const int64_t limit = timeout_ms > 0 ? asked + timeout_ms * 1000000 : arrival(*work);
        std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(limit, arrival(*work)) - now));
      }
      *done = work->latency.count() == 0 || nanoseconds(sr::Clock::now()) >= arrival(*work);
    };
    try {
      work->work->wait(std::chrono::milliseconds(timeout_ms));
      come_late();
    } catch (const std::exception &error) {
      if (!work->is_fake && !work->work->isCompleted()) {
        return; // only the wait ran out
      }
      if (!work->on_stream && work->work->exception() == nullptr) {
        come_late(); // it ended between the two
        return;
      }
      std::string cause = error.what();
      if (const auto *torch = dynamic_cast<const c10::Error *>(&error)) {
        cause = torch->what_without_backtrace();
      }
      const auto known = work->ended->load();
      const auto spent = ((known > 0 ? known : nanoseconds(sr::Clock::now())) - nanoseconds(work->start)) / 1000000;
      if (spent * 100 >= work->limit.count() * 95) {
        throw sr::Timeout(work->what + " timed out after " + std::to_string(work->limit.count()) + " ms: " + cause);
      }
      throw std::runtime_error(work->what + " failed: " + cause);
    }
  });
}

bool sr_work_is_completed(SRWork *work) {
  if (work == nullptr || work->is_fake) {
    return true;
  }
  bool completed = true;
  sr::guard([&] { completed = work->work->isCompleted(); });
  return completed && (work->latency.count() == 0 || nanoseconds(sr::Clock::now()) >= arrival(*work));
}

int64_t sr_work_arrival(const SRWork *work) {
  return work == nullptr || work->is_fake || work->on_stream ? 0 : arrival(*work);
}

void sr_group_set_latency(SRProcessGroup *group, int64_t nanoseconds) {
  if (group != nullptr)
    group->latency = std::chrono::nanoseconds(nanoseconds);
}

void sr_work_free(SRWork *work) {
  sr::guard([&] { delete work; });
}

} // extern "C"
