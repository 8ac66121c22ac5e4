import Foundation

/// Threads that take pieces of work in order.
///
/// Without threads, work is done by whoever asks for it; nothing is done ahead then.
final class WorkerPool: @unchecked Sendable {
  let workerCount: Int
  private let queue = WorkQueue()

  init(workers: Int) {
    workerCount = max(0, workers)
    for number in 0..<workerCount {
      // The thread keeps the queue, not the pool, so that the pool's end stops it.
      let queue = queue
      let thread = Thread { queue.run() }
      thread.name = "swiftrec-loader-\(number)"
      thread.start()
    }
  }

  deinit { queue.stop() }

  /// Queues a piece of work, before all others where it is `urgent`. With no threads it is dropped: whoever needs the
  /// result does it.
  func submit(urgent: Bool = false, _ work: @escaping @Sendable () -> Void) {
    guard workerCount > 0 else { return }
    queue.add(first: urgent, work)
  }

  /// Does `body(0)` ... `body(count - 1)`, with the caller's help, and returns when all are done.
  func forEach(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    guard count > 1, workerCount > 0 else {
      for place in 0..<count { body(place) }
      return
    }
    let tally = WorkTally(count: count)
    for _ in 0..<min(workerCount, count - 1) {
      queue.add(first: true) { tally.work(body) }
    }
    tally.work(body)
    tally.wait()
  }
}

/// The queue of a pool.
private final class WorkQueue: @unchecked Sendable {
  private let condition = NSCondition()
  private var tasks: [@Sendable () -> Void] = []
  private var head = 0
  private var isStopped = false

  func add(first: Bool = false, _ work: @escaping @Sendable () -> Void) {
    condition.lock()
    if first { tasks.insert(work, at: head) } else { tasks.append(work) }
    condition.signal()
    condition.unlock()
  }

  func stop() {
    condition.lock()
    isStopped = true
    tasks = []
    head = 0
    condition.broadcast()
    condition.unlock()
  }

  func run() {
    while let work = take() { work() }
  }

  private func take() -> (@Sendable () -> Void)? {
    condition.lock()
    defer { condition.unlock() }
    while !isStopped, head == tasks.count { condition.wait() }
    guard !isStopped else { return nil }
    let work = tasks[head]
    head += 1
    if head == tasks.count || head > 64 {
      tasks.removeFirst(head)
      head = 0
    }
    return work
  }
}

/// How far a loop over several threads has come.
private final class WorkTally: @unchecked Sendable {
  private let condition = NSCondition()
  private let count: Int
  private var given = 0
  private var done = 0

  init(count: Int) { self.count = count }

  func work(_ body: (Int) -> Void) {
    while true {
      condition.lock()
      guard given < count else {
        condition.unlock()
        return
      }
      let place = given
      given += 1
      condition.unlock()
      body(place)
      condition.lock()
      done += 1
      if done == count { condition.broadcast() }
      condition.unlock()
    }
  }

  func wait() {
    condition.lock()
    while done < count { condition.wait() }
    condition.unlock()
  }
}
