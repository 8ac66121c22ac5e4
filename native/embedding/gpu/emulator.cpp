// The device kernels on the CPU: the same source, thread by thread. It is there for the tests, which thus check
// indexing and arithmetic where there is no GPU; it is slow.
//
// The checked longjmp of hardened builds takes a jump between stacks for an error.
#undef _FORTIFY_SOURCE

#include "emulator.h"

#include <cmath>

#include "row_kernels.cu"

#include <setjmp.h>
#include <ucontext.h>

#include <memory>
#include <stdexcept>
#include <vector>

#include "launcher.h"

namespace sr::gpu {
namespace emulated {

thread_local Index thread, block, grid;

namespace {

constexpr size_t kStack = 64 * 1024;

enum class State { ready, at_block_barrier, at_lane_barrier, done };

struct Fiber {
  jmp_buf place; // where it goes on
  bool started = false;
  State state = State::done;
  unsigned mask = 0; // of the lane barrier that it waits at
  float posted = 0;  // for a shuffle
};

struct Machine {
  std::unique_ptr<char[]> stacks{new char[kStack * kBlock]};
  std::vector<Fiber> fibers{kBlock};
  jmp_buf scheduler;
  int running = 0;
  void (*kernel)(Call) = nullptr;
  const Call *call = nullptr;

  void run_block();
  bool release();
  void resume();
  void wait(State state) {
    fibers[running].state = state;
    // Jumps within the thread ask the system for nothing; a context is only made for a fiber's first start.
    if (_setjmp(fibers[running].place) == 0)
      _longjmp(scheduler, 1);
  }
};

Machine &machine() {
  static thread_local Machine machine;
  return machine;
}

void enter() {
  for (;;) {
    auto &m = machine();
    m.kernel(*m.call);
    m.wait(State::done);
  }
}

/// Lets the fiber `running` go on until it waits or is done.
void Machine::resume() {
  auto &fiber = fibers[running];
  thread.x = static_cast<unsigned>(running);
  if (_setjmp(scheduler) != 0)
    return;
  if (fiber.started)
    _longjmp(fiber.place, 1);
  fiber.started = true;
  ucontext_t context;
  getcontext(&context);
  context.uc_stack.ss_sp = stacks.get() + kStack * running;
  context.uc_stack.ss_size = kStack;
  context.uc_link = nullptr;
  makecontext(&context, enter, 0);
  setcontext(&context);
}

/// Lets go whoever waits for nobody any more.
bool Machine::release() {
  bool any = false;
  int waiting = 0, alive = 0;
  for (const auto &fiber : fibers) {
    waiting += fiber.state == State::at_block_barrier;
    alive += fiber.state != State::done;
  }
  if (waiting > 0 && waiting == alive) {
    for (auto &fiber : fibers)
      if (fiber.state == State::at_block_barrier)
        fiber.state = State::ready;
    return true;
  }
  for (int first = 0; first < kBlock; first += 32)
    for (int lane = 0; lane < 32; ++lane) {
      const auto &one = fibers[first + lane];
      if (one.state != State::at_lane_barrier)
        continue;
      const unsigned mask = one.mask;
      bool all = true;
      for (int other = 0; other < 32; ++other) {
        const auto &fiber = fibers[first + other];
        all = all && ((mask >> other & 1) == 0 || (fiber.state == State::at_lane_barrier && fiber.mask == mask));
      }
      if (!all)
        continue;
      for (int other = 0; other < 32; ++other)
        if (mask >> other & 1)
          fibers[first + other].state = State::ready;
      any = true;
    }
  return any;
}

void Machine::run_block() {
  for (auto &fiber : fibers)
    fiber.state = State::ready;
  for (;;) {
    bool done = true, ran = false;
    // From the last to the first: on a GPU no order is promised, and the first lanes are those that write.
    for (running = kBlock - 1; running >= 0; --running) {
      auto &fiber = fibers[running];
      if (fiber.state == State::ready) {
        resume();
        ran = true;
      }
      done = done && fiber.state == State::done;
    }
    if (done)
      return;
    if (!release() && !ran) {
      for (auto &fiber : fibers)
        fiber.started = false;
      throw std::logic_error("a kernel's barrier is never reached by all threads that it names");
    }
  }
}

} // namespace

void sync_block() { machine().wait(State::at_block_barrier); }

void sync_lanes(unsigned mask) {
  auto &m = machine();
  m.fibers[m.running].mask = mask;
  m.wait(State::at_lane_barrier);
}

float shuffle_xor(unsigned mask, float value, int distance) {
  auto &m = machine();
  const int self = m.running;
  m.fibers[self].posted = value;
  sync_lanes(mask);
  const float found = m.fibers[self ^ distance].posted;
  sync_lanes(mask); // nobody posts anew before all have read
  return found;
}

} // namespace emulated

namespace {

struct Emulator : Launcher {
  void launch(Kernel kernel, i64 blocks, const Call &call) const override {
    static constexpr void (*kernels[])(Call) = {rows_survey, rows_look_up, rows_weight_gradient,
                                                rows_items,  rows_update,  rows_update_long};
    auto &machine = emulated::machine();
    machine.kernel = kernels[static_cast<int>(kernel)];
    machine.call = &call;
    emulated::grid.x = static_cast<unsigned>(blocks);
    for (i64 block = 0; block < blocks; ++block) {
      emulated::block.x = static_cast<unsigned>(block);
      machine.run_block();
    }
  }
};

} // namespace

std::shared_ptr<const Launcher> emulator() { return std::make_shared<Emulator>(); }

} // namespace sr::gpu
