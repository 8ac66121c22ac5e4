// Collectives: each call waits for its result, and a failure names the operation, the tensor and the rank.
#include <ATen/ATen.h>

#include <vector>

#include "collectives/handles.h"

namespace {

std::string described(const at::Tensor &tensor) {
  std::string text = "[";
  for (int64_t i = 0; i < tensor.dim(); ++i) {
    text += (i ? ", " : "") + std::to_string(tensor.size(i));
  }
  return text + "] " + std::string(c10::toString(tensor.scalar_type())) + " on " + tensor.device().str();
}

/// Starts the work, waits for it, and puts the operation and the rank before whatever went wrong.
template <class Start> void complete(SRProcessGroup &group, const std::string &operation, Start start) {
  sr::with_deadline(
      group.timeout,
      [&] {
        return operation + " on rank " + std::to_string(group.backend->getRank()) + " of " +
               std::to_string(group.backend->getSize()) + " (" + group.name + ")";
      },
      [&] {
        auto work = start();
        // NCCL's wait without a limit only orders the stream; with one it blocks until the result is there.
        work->wait(group.name == "nccl" ? group.timeout : std::chrono::milliseconds::zero());
      });
}

c10d::ReduceOp::RedOpType reduction(int32_t reduce) {
  switch (reduce) {
  case SR_REDUCE_SUM:
    return c10d::ReduceOp::SUM;
  case SR_REDUCE_MEAN:
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

void sr_group_free(SRProcessGroup *group) {
  // Destructors of process groups may throw while peers are gone; nobody is left to tell.
  sr::guard([&] { delete group; });
}

int32_t sr_group_all_reduce(SRProcessGroup *handle, SRTensor *tensor, int32_t reduce) {
  SR_GUARD({
    auto &group = sr::unwrap(handle);
    const auto &target = sr::unwrap(static_cast<const SRTensor *>(tensor));
    auto op = reduction(reduce);
    const bool divide = op == c10d::ReduceOp::AVG && !group.has_mean;
    if (divide) {
      if (!at::isFloatingType(target.scalar_type())) {
        throw sr::InvalidArgument("all-reduce: the mean of " + described(target) +
                                  " is not exact; use a floating dtype or sum");
      }
      op = c10d::ReduceOp::SUM;
    }
    at::NoGradGuard no_grad;
    std::vector<at::Tensor> tensors{target.detach().contiguous()};
    group.device = target.device();
    complete(group, "all-reduce of " + described(target), [&] {
      c10d::AllreduceOptions options;
      options.reduceOp = op;
      options.timeout = group.timeout;
      return group.backend->allreduce(tensors, options);
    });
    if (divide) {
      tensors[0].div_(group.backend->getSize());
    }
    if (!tensors[0].is_same(target) && tensors[0].data_ptr() != target.data_ptr()) {
      target.detach().copy_(tensors[0]);
    }
  });
}

int32_t sr_group_broadcast(SRProcessGroup *handle, SRTensor *tensor, int32_t root) {
  SR_GUARD({
    auto &group = sr::unwrap(handle);
    const auto &target = sr::unwrap(static_cast<const SRTensor *>(tensor));
    if (root < 0 || root >= group.backend->getSize()) {
      throw sr::InvalidArgument("broadcast from rank " + std::to_string(root) + " in a group of " +
                                std::to_string(group.backend->getSize()));
    }
    at::NoGradGuard no_grad;
    std::vector<at::Tensor> tensors{target.detach().contiguous()};
    group.device = target.device();
    complete(group, "broadcast of " + described(target), [&] {
      c10d::BroadcastOptions options;
      options.rootRank = root;
      options.timeout = group.timeout;
      return group.backend->broadcast(tensors, options);
    });
    if (tensors[0].data_ptr() != target.data_ptr()) {
      target.detach().copy_(tensors[0]);
    }
  });
}

int32_t sr_group_all_gather(SRProcessGroup *handle, const SRTensor *tensor, SRTensor **out) {
  SR_GUARD({
    auto &group = sr::unwrap(handle);
    at::NoGradGuard no_grad;
    std::vector<at::Tensor> inputs{sr::unwrap(tensor).detach().contiguous()};
    std::vector<std::vector<at::Tensor>> outputs(1);
    group.device = inputs[0].device();
    for (int rank = 0; rank < group.backend->getSize(); ++rank) {
      outputs[0].push_back(at::empty_like(inputs[0]));
    }
    complete(group, "all-gather of " + described(inputs[0]), [&] {
      c10d::AllgatherOptions options;
      options.timeout = group.timeout;
      return group.backend->allgather(outputs, inputs, options);
    });
    for (std::size_t rank = 0; rank < outputs[0].size(); ++rank) {
      out[rank] = sr::wrap(outputs[0][rank]);
    }
  });
}

int32_t sr_group_barrier(SRProcessGroup *handle) {
  SR_GUARD({
    auto &group = sr::unwrap(handle);
    complete(group, "barrier", [&] {
      c10d::BarrierOptions options;
      options.timeout = group.timeout;
      options.device = group.device;
      return group.backend->barrier(options);
    });
  });
}

} // extern "C"
