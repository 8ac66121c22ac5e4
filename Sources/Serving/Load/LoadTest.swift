import Foundation
import Histogram
import Synchronization

/// Sends requests as users do: they arrive at random, whether or not the server keeps up.
///
/// A request's time counts from when it was due. A server that stops for a second so gets the whole second, and not only the few
/// requests that were on the wire (Tene 2013, "How NOT to Measure Latency": coordinated omission).
public struct LoadTest: Sendable {
  private let plan: LoadPlan

  public init(_ plan: LoadPlan) { self.plan = plan }

  private final class Totals: Sendable {
    struct State {
      var histogram = Histogram<UInt64>(highestTrackableValue: 120_000_000, numberOfSignificantValueDigits: .three)
      var statuses: [Int: Int] = [:]
    }
    let state = Mutex(State())
    /// The next arrival.
    let next = Atomic(0)
  }

  public func run() -> LoadReport {
    let arrivals = arrivals()
    let totals = Totals()
    let began = monotonicNanoseconds() + 5_000_000
    let counted = began + UInt64(plan.warmUpSeconds * 1e9)
    let end = counted + UInt64(plan.seconds * 1e9)
    let group = DispatchGroup()
    for number in 0..<max(1, plan.connections) {
      group.enter()
      let thread = Thread {
        work(number, arrivals, totals, began: began, counted: counted, end: end)
        group.leave()
      }
      thread.stackSize = 1 << 20
      thread.start()
    }
    group.wait()
    let finished = monotonicNanoseconds()
    return totals.state.withLock { state in
      var report = LoadReport()
      report.statuses = state.statuses
      report.requests = state.statuses.values.reduce(0, +)
      report.failures = state.statuses.filter { !(200..<300).contains($0.key) }.values.reduce(0, +)
      report.seconds = plan.rate == nil ? plan.seconds : max(plan.seconds, Double(finished - counted) / 1e9)
      report.meanMicroseconds = state.histogram.mean
      report.percentiles = [50, 90, 95, 99, 99.9, 100].map {
        (percent: $0, microseconds: Int(state.histogram.valueAtPercentile($0)))
      }
      return report
    }
  }

  /// When each request is due, nanoseconds from the start: gaps are exponential.
  private func arrivals() -> [UInt64] {
    guard let rate = plan.rate else { return [] }
    var generator = SplitMix(state: plan.seed)
    var time = 0.0
    var arrivals: [UInt64] = []
    while time < plan.warmUpSeconds + plan.seconds {
      time += -log(1 - generator.fraction()) / rate
      arrivals.append(UInt64(time * 1e9))
    }
    return arrivals
  }

  private func work(
    _ number: Int, _ arrivals: [UInt64], _ totals: Totals, began: UInt64, counted: UInt64, end: UInt64
  ) {
    let connection = LoadConnection(host: plan.host, port: plan.port)
    var generator = SplitMix(state: plan.seed &* 1_000_003 &+ UInt64(number))
    var times: [UInt64] = []
    var statuses: [Int: Int] = [:]
    let fixed = plan.path.contains("{user}") ? nil : request(plan.path)
    while true {
      var due = monotonicNanoseconds()
      if plan.rate != nil {
        let index = totals.next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < arrivals.count else { break }
        due = began + arrivals[index]
        Self.sleep(until: due)
      }
      guard due < end else { break }
      let status = connection.exchange(fixed ?? request(path(&generator)))
      if due >= counted {
        times.append((monotonicNanoseconds() - due) / 1000)
        statuses[status, default: 0] += 1
      }
      // A server that is gone is not asked a million times.
      if status == 0 { Self.sleep(until: monotonicNanoseconds() + 1_000_000) }
    }
    totals.state.withLock { state in
      for time in times { _ = state.histogram.record(min(time, 120_000_000)) }
      state.statuses.merge(statuses, uniquingKeysWith: +)
    }
  }

  private func path(_ generator: inout SplitMix) -> String {
    let count = Double(plan.users.upperBound - plan.users.lowerBound + 1)
    return plan.path.replacing("{user}", with: "\(plan.users.lowerBound + Int(generator.fraction() * count))")
  }

  private func request(_ path: String) -> [UInt8] {
    var head = "\(plan.method) \(path) HTTP/1.1\r\nHost: \(plan.host):\(plan.port)\r\n"
    for (name, value) in plan.headers { head += "\(name): \(value)\r\n" }
    if !plan.body.isEmpty { head += "Content-Length: \(plan.body.count)\r\n" }
    return Array((head + "\r\n").utf8) + plan.body
  }

  private static func sleep(until time: UInt64) {
    var until = timespec(tv_sec: Int(time / 1_000_000_000), tv_nsec: Int(time % 1_000_000_000))
    while clock_nanosleep(CLOCK_MONOTONIC, Int32(TIMER_ABSTIME), &until, nil) == EINTR {}
  }
}
