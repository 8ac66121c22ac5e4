// Collectives between the ranks of one host through memory that they share. A message is written once, into memory of
// its sender, and read from there by everybody: no copy through a socket, no thread between, and sending waits for
// nobody.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "swiftrec/shared_memory.h"
#include "tensor/convert.h"
#include "tensor/guard.h"

namespace {

constexpr uint64_t kSlots = 256;
/// Address space for messages: memory is taken only where they are written.
constexpr size_t kSpace = size_t{16} << 30;
/// Behind this place messages begin at the front again, where that is free: what was used stays in the cache.
constexpr size_t kTurn = size_t{16} << 20;
constexpr uint64_t kMagic = 0x5357524d424f5831;

/// One message on its way.
struct Slot {
  std::atomic<uint64_t> number; // 0 before the first
  int32_t operation;
  bool shared;                                  // all of it is for everybody
  uint64_t begin;                               // in the space
  uint64_t ends[SR_MAILBOX_RANKS];              // relative to `begin`
  uint64_t bytes;                               // of all of it
  int64_t sent;                                 // when, in nanoseconds of the host's monotonic clock
  std::atomic<uint64_t> done[SR_MAILBOX_RANKS]; // the last number of this slot that each rank is done with
};

/// The beginning of each rank's memory. Zero is the state before anything was sent.
struct Head {
  uint64_t magic;
  std::atomic<uint32_t> bell; // counts messages; what waiters sleep on
  std::atomic<uint32_t> sleepers;
  std::atomic<uint32_t> left;
  Slot slots[kSlots];
};

constexpr size_t kHead = (sizeof(Head) + 4095) / 4096 * 4096;

struct Outstanding {
  uint64_t number;
  size_t begin, end;
};

/// Tensors begin where vectors may.
size_t room_of(size_t bytes) { return (bytes + 63) / 64 * 64; }

void sleep_on(std::atomic<uint32_t> &word, uint32_t value, std::chrono::nanoseconds limit) {
  timespec time{static_cast<time_t>(limit.count() / 1000000000), static_cast<long>(limit.count() % 1000000000)};
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), FUTEX_WAIT, value, &time, nullptr, 0);
}

} // namespace

struct SRMailbox {
  int32_t rank, size;
  int fd = -1;
  std::vector<Head *> heads;
  std::vector<pid_t> pids;
  std::mutex sending;
  uint64_t last = 0;
  std::deque<Outstanding> outstanding;
  std::atomic<int64_t> latency{0}; // nanoseconds by which other ranks' messages are late

  ~SRMailbox() {
    if (rank < static_cast<int32_t>(heads.size()) && heads[rank] != nullptr) {
      heads[rank]->left.store(1);
      ring(*heads[rank]);
    }
    for (auto *head : heads)
      if (head != nullptr)
        munmap(head, kHead + kSpace);
    if (fd >= 0)
      close(fd);
  }

  static char *space(Head *head) { return reinterpret_cast<char *>(head) + kHead; }
  Slot &slot(int32_t of, uint64_t number) const { return heads[of]->slots[number % kSlots]; }

  static void ring(Head &head) {
    head.bell.fetch_add(1);
    if (head.sleepers.load() > 0)
      syscall(SYS_futex, reinterpret_cast<uint32_t *>(&head.bell), FUTEX_WAKE, INT32_MAX, nullptr, nullptr, 0);
  }

  bool is_done(uint64_t number) const {
    const auto &slot = heads[rank]->slots[number % kSlots];
    for (int32_t p = 0; p < size; ++p)
      if (slot.done[p].load(std::memory_order_acquire) < number)
        return false;
    return true;
  }

  bool is_free(size_t begin, size_t bytes) const {
    return begin + bytes <= kSpace && std::all_of(outstanding.begin(), outstanding.end(), [&](const auto &o) {
             return begin + bytes <= o.begin || o.end <= begin;
           });
  }

  /// A place for `bytes`: behind the last message, or at the front again where nobody reads any more.
  size_t place(size_t bytes) {
    while (!outstanding.empty() && is_done(outstanding.front().number))
      outstanding.pop_front();
    if (outstanding.empty())
      return 0;
    const size_t next = outstanding.back().end;
    if (next + bytes <= kTurn && is_free(next, bytes))
      return next;
    if (is_free(0, bytes))
      return 0;
    size_t top = 0;
    for (const auto &o : outstanding)
      top = std::max(top, o.end);
    if (!is_free(top, bytes))
      throw sr::InvalidArgument("messages of " + std::to_string(top + bytes) + " bytes are sent and not received");
    return top;
  }
};

namespace {

void map(SRMailbox &box, int32_t rank, int fd) {
  void *memory = mmap(nullptr, kHead + kSpace, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
  if (memory == MAP_FAILED)
    throw std::runtime_error("mapping memory of rank " + std::to_string(rank) + ": " + std::strerror(errno));
  box.heads[rank] = static_cast<Head *>(memory);
}

int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// When what all ranks have sent came to this one: a late network carries it for a while.
int64_t arrival(const SRMailbox &box, uint64_t number) {
  int64_t latest = 0;
  for (int32_t p = 0; p < box.size; ++p)
    if (p != box.rank)
      latest = std::max(latest, box.slot(p, number).sent + box.latency.load());
  return latest;
}

/// Whether all ranks have sent the message; throws where one never will.
bool sent_by_all(const SRMailbox &box, int32_t operation, uint64_t number, int32_t &missing) {
  for (int32_t p = 0; p < box.size; ++p) {
    const auto &slot = box.slot(p, number);
    const uint64_t there = slot.number.load(std::memory_order_acquire);
    if (there > number)
      throw std::runtime_error("message " + std::to_string(number) + " of rank " + std::to_string(p) + " is gone");
    if (there < number) {
      missing = p;
      return false;
    }
    if (operation >= 0 && slot.operation != operation)
      throw sr::InvalidArgument("rank " + std::to_string(p) + " made another collective at this place");
  }
  return true;
}

void require_alive(const SRMailbox &box, int32_t rank) {
  const auto &head = *box.heads[rank];
  if (head.left.load())
    throw std::runtime_error("rank " + std::to_string(rank) + " has left");
  if (kill(box.pids[rank], 0) != 0 && errno == ESRCH)
    throw std::runtime_error("rank " + std::to_string(rank) + " has ended");
}

/// What a message has for this rank.
std::pair<const char *, uint64_t> part(const SRMailbox &box, int32_t from, uint64_t number) {
  const auto &slot = box.slot(from, number);
  const char *data = SRMailbox::space(box.heads[from]) + slot.begin;
  if (slot.shared)
    return {data, slot.bytes};
  const uint64_t begin = box.rank == 0 ? 0 : slot.ends[box.rank - 1];
  return {data + begin, slot.ends[box.rank] - begin};
}

at::Tensor whole(const SRMailbox &box, int32_t from, uint64_t number, const at::Tensor &like) {
  const auto &slot = box.slot(from, number);
  if (slot.bytes != static_cast<uint64_t>(like.numel() * like.element_size()))
    throw sr::InvalidArgument("rank " + std::to_string(from) + " sent " + std::to_string(slot.bytes) + " bytes, rank " +
                              std::to_string(box.rank) + " " + std::to_string(like.numel() * like.element_size()));
  return at::from_blob(SRMailbox::space(box.heads[from]) + slot.begin, like.sizes(), like.options());
}

void finish(SRMailbox &box, uint64_t number) {
  for (int32_t p = 0; p < box.size; ++p)
    box.slot(p, number).done[box.rank].store(number, std::memory_order_release);
}

at::Tensor host(const SRTensor *handle) {
  const auto &tensor = sr::unwrap(handle);
  if (!tensor.device().is_cpu() || !tensor.is_contiguous())
    throw sr::InvalidArgument("shared memory carries contiguous tensors of the CPU");
  return tensor;
}

} // namespace

extern "C" int32_t sr_mailbox_create(int32_t rank, int32_t size, SRMailbox **out, char *path) {
  SR_GUARD({
    if (size < 1 || size > SR_MAILBOX_RANKS || rank < 0 || rank >= size)
      throw sr::InvalidArgument("a mailbox is for 1 to 64 ranks");
    auto box = std::make_unique<SRMailbox>();
    box->rank = rank;
    box->size = size;
    box->heads.assign(size, nullptr);
    box->pids.assign(size, 0);
    box->fd = static_cast<int>(syscall(SYS_memfd_create, "swiftrec-mailbox", 1U /* MFD_CLOEXEC */));
    if (box->fd < 0 || ftruncate(box->fd, static_cast<off_t>(kHead + kSpace)) != 0)
      throw std::runtime_error(std::string("memory to share: ") + std::strerror(errno));
    map(*box, rank, box->fd);
    box->heads[rank]->magic = kMagic;
    std::snprintf(path, 64, "/proc/%d/fd/%d", static_cast<int>(getpid()), box->fd);
    *out = box.release();
  });
}

extern "C" int32_t sr_mailbox_connect(SRMailbox *box, const char *const *paths) {
  SR_GUARD({
    for (int32_t p = 0; p < box->size; ++p) {
      int pid = 0;
      if (std::sscanf(paths[p], "/proc/%d/", &pid) != 1 || pid <= 0)
        throw sr::InvalidArgument("\"" + std::string(paths[p]) + "\" is no memory of another process");
      box->pids[p] = pid;
      if (p == box->rank)
        continue;
      const int fd = open(paths[p], O_RDWR | O_CLOEXEC);
      if (fd < 0)
        throw std::runtime_error("opening memory of rank " + std::to_string(p) + ": " + std::strerror(errno));
      try {
        map(*box, p, fd);
      } catch (...) {
        close(fd);
        throw;
      }
      close(fd);
      if (box->heads[p]->magic != kMagic)
        throw std::runtime_error("rank " + std::to_string(p) + " shares memory of another kind");
    }
  });
}

extern "C" void sr_mailbox_free(SRMailbox *box) { delete box; }

extern "C" int32_t sr_mailbox_memory(SRMailbox *box, int64_t count, int32_t dtype, SRTensor **out) {
  SR_GUARD({
    const auto type = sr::dtype(dtype);
    if (count < 1)
      throw sr::InvalidArgument("a message has 1 element or more");
    const std::lock_guard lock(box->sending);
    const size_t begin = box->place(room_of(count * c10::elementSize(type)));
    *out = sr::wrap(
        at::from_blob(SRMailbox::space(box->heads[box->rank]) + begin, {count}, at::TensorOptions().dtype(type)));
  });
}

extern "C" int32_t sr_mailbox_send(SRMailbox *box, int32_t operation, const SRTensor *tensor_, const int64_t *ends,
                                   uint64_t *number) {
  SR_GUARD({
    const auto tensor = host(tensor_);
    const size_t bytes = tensor.numel() * tensor.element_size();
    const std::lock_guard lock(box->sending);
    const uint64_t next = box->last + 1;
    auto &slot = box->slot(box->rank, next);
    // Whoever sends far ahead of a rank that does not receive waits here: at most for that rank's own limit.
    while (next > kSlots && !box->is_done(next - kSlots)) {
      for (int32_t p = 0; p < box->size; ++p)
        if (slot.done[p].load() < next - kSlots && p != box->rank)
          require_alive(*box, p);
      sleep_on(box->heads[box->rank]->bell, box->heads[box->rank]->bell.load(), std::chrono::milliseconds(1));
    }
    const size_t room = room_of(bytes);
    // What was made in the place that it is read from stays there.
    const char *space = SRMailbox::space(box->heads[box->rank]);
    const char *from = static_cast<const char *>(tensor.const_data_ptr());
    const bool is_there = bytes > 0 && from >= space && from < space + kSpace;
    const size_t begin = bytes == 0 ? 0 : is_there ? static_cast<size_t>(from - space) : box->place(room);
    if (is_there && (begin % 64 != 0 || !box->is_free(begin, room)))
      throw sr::InvalidArgument("the memory that was given for this message is another's by now");
    // Who has parts for the others knows its own.
    const size_t own_begin = ends == nullptr || box->rank == 0 ? 0 : static_cast<size_t>(ends[box->rank - 1]);
    const size_t own_end = ends == nullptr ? 0 : static_cast<size_t>(ends[box->rank]);
    if (own_begin > own_end || own_end > bytes)
      throw sr::InvalidArgument("a part leaves its message");
    char *to = SRMailbox::space(box->heads[box->rank]) + begin;
    if (own_begin > 0 && !is_there)
      std::memcpy(to, from, own_begin);
    if (own_end < bytes && !is_there)
      std::memcpy(to + own_end, from + own_end, bytes - own_end);
    slot.operation = operation;
    slot.begin = begin;
    slot.bytes = bytes;
    slot.shared = ends == nullptr;
    slot.sent = now_ns();
    for (int32_t p = 0; p < box->size && ends != nullptr; ++p) {
      slot.ends[p] = static_cast<uint64_t>(ends[p]);
      if (slot.ends[p] > bytes || (p > 0 && slot.ends[p] < slot.ends[p - 1]))
        throw sr::InvalidArgument("a part leaves its message");
    }
    if (bytes > 0)
      box->outstanding.push_back({next, begin, begin + room});
    box->last = next;
    slot.number.store(next, std::memory_order_release);
    SRMailbox::ring(*box->heads[box->rank]);
    *number = next;
  });
}

extern "C" bool sr_mailbox_arrived(SRMailbox *box, uint64_t number) {
  int32_t missing = 0;
  try {
    return sent_by_all(*box, -1, number, missing) && arrival(*box, number) <= now_ns();
  } catch (...) {
    return true; // a wait says why
  }
}

extern "C" int32_t sr_mailbox_wait(SRMailbox *box, int32_t operation, uint64_t number, int64_t timeout_ms, bool *done) {
  SR_GUARD({
    const auto limit = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    // Ranks of one step are rarely far apart: a short look around spares a sleep.
    const auto patience = std::chrono::steady_clock::now() + std::chrono::microseconds(30);
    int32_t missing = 0;
    *done = false;
    while (!sent_by_all(*box, operation, number, missing)) {
      const auto now = std::chrono::steady_clock::now();
      if (now >= limit) {
        require_alive(*box, missing);
        return;
      }
      if (now < patience) {
        std::this_thread::yield();
        continue;
      }
      auto &head = *box->heads[missing];
      const uint32_t bell = head.bell.load();
      head.sleepers.fetch_add(1);
      if (box->slot(missing, number).number.load() < number)
        sleep_on(head.bell, bell, std::min<std::chrono::nanoseconds>(limit - now, std::chrono::milliseconds(100)));
      head.sleepers.fetch_sub(1);
      if (&head == box->heads[missing] && box->slot(missing, number).number.load() < number)
        require_alive(*box, missing);
    }
    // A network that is late by intention: the time passes, the processor is free.
    for (int64_t left = arrival(*box, number) - now_ns(); left > 0; left = arrival(*box, number) - now_ns()) {
      const auto until_limit = limit - std::chrono::steady_clock::now();
      if (until_limit.count() <= 0)
        return;
      std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(std::chrono::nanoseconds(left), until_limit));
    }
    *done = true;
  });
}

extern "C" int64_t sr_mailbox_arrival(const SRMailbox *box, uint64_t number) {
  return std::max(arrival(*box, number), box->slot(box->rank, number).sent + box->latency.load());
}

extern "C" void sr_mailbox_set_latency(SRMailbox *box, int64_t nanoseconds) { box->latency.store(nanoseconds); }

extern "C" int32_t sr_mailbox_take(SRMailbox *box, uint64_t number, SRTensor *output_, const int64_t *starts,
                                   const int64_t *counts) {
  SR_GUARD({
    const auto output = host(output_);
    const auto room = static_cast<uint64_t>(output.numel() * output.element_size());
    for (int32_t p = 0; p < box->size; ++p) {
      if (counts[p] < 0)
        continue;
      const auto [from, there] = part(*box, p, number);
      if (there != static_cast<uint64_t>(counts[p]) || starts[p] < 0 || static_cast<uint64_t>(starts[p]) + there > room)
        throw sr::InvalidArgument("rank " + std::to_string(p) + " sent " + std::to_string(there) + " bytes where " +
                                  std::to_string(counts[p]) + " were expected");
      if (there > 0)
        std::memcpy(static_cast<char *>(output.mutable_data_ptr()) + starts[p], from, there);
    }
    finish(*box, number);
  });
}

extern "C" int32_t sr_mailbox_part(SRMailbox *box, uint64_t number, int32_t from, int32_t dtype, SRTensor **out) {
  SR_GUARD({
    if (from < 0 || from >= box->size)
      throw sr::InvalidArgument("no such rank");
    const auto type = sr::dtype(dtype);
    const auto [data, bytes] = part(*box, from, number);
    const auto size = static_cast<int64_t>(c10::elementSize(type));
    if (bytes % size != 0)
      throw sr::InvalidArgument("rank " + std::to_string(from) + " sent " + std::to_string(bytes) +
                                " bytes, no whole number of elements");
    *out = sr::wrap(
        at::from_blob(const_cast<char *>(data), {static_cast<int64_t>(bytes) / size}, at::TensorOptions().dtype(type)));
  });
}

extern "C" int32_t sr_mailbox_reduce(SRMailbox *box, uint64_t number, SRTensor *output_, int32_t reduce) {
  SR_GUARD({
    const at::NoGradGuard no_grad;
    auto output = host(output_);
    // 16-bit sums are made in full precision.
    const bool narrow = output.scalar_type() == at::kHalf || output.scalar_type() == at::kBFloat16;
    auto sum = whole(*box, 0, number, output);
    if (narrow)
      sum = sum.to(at::kFloat);
    for (int32_t p = 1; p < box->size; ++p) {
      auto next = whole(*box, p, number, output);
      if (narrow)
        next = next.to(at::kFloat);
      auto into = narrow ? sum : output;
      switch (reduce) {
      case SR_REDUCE_SUM:
      case SR_REDUCE_MEAN:
        at::add_out(into, sum, next);
        break;
      case SR_REDUCE_PRODUCT:
        at::mul_out(into, sum, next);
        break;
      case SR_REDUCE_MIN:
        at::minimum_out(into, sum, next);
        break;
      default:
        at::maximum_out(into, sum, next);
      }
      sum = into;
    }
    if (!sum.is_same(output))
      output.copy_(sum);
    finish(*box, number);
  });
}

extern "C" void sr_mailbox_drop(SRMailbox *box, uint64_t number) { finish(*box, number); }
