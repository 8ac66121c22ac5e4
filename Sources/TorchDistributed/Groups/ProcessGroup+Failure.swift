import Foundation

extension ProcessGroup {
  /// The error of a collective that has failed here: names the ranks that did not arrive. The group is not used again.
  func failure(of flight: any Carried, code: DistributedError.Code, message: String) -> DistributedError {
    let found = diagnose(flight.operation, flight.sequence)
    let error = DistributedError(
      code, operation: flight.operation, rank: rank, group: name, absent: found.absent,
      message: "\(message); operation \(flight.sequence) of group \(name): \(found.text)",
      remedy: DistributedError.remedy(code))
    close(after: error)
    return error
  }

  /// Which ranks are gone or behind, told by what each has written into the store.
  private func diagnose(_ operation: String, _ sequence: Int) -> (absent: [Int], text: String) {
    guard let pulse else { return ([], "no store tells where the other ranks are") }
    do {
      try pulse.reportFailure(sequence, operation)
      let before = try (0..<size).map { try pulse.read($0) }
      // Whoever lives moves on within two intervals.
      Thread.sleep(forTimeInterval: Double(pulse.interval.milliseconds) * 2.2 / 1000)
      var absent: [Int] = []
      var texts: [String] = []
      for peer in 0..<size where peer != rank {
        let who = "rank \(ranks[peer])"
        if let reported = try pulse.reportedFailure(peer) {
          if reported.sequence == sequence, reported.operation != operation {
            texts.append("\(who) made \(reported.operation) where this rank made \(operation)")
          } else if reported.sequence != sequence {
            texts.append("\(who) failed at operation \(reported.sequence), \(reported.operation)")
          }
          continue
        }
        let now = try pulse.read(peer)
        let place = now.map {
          $0.issued == 0 ? "before its first operation" : "at operation \($0.issued), \($0.operation)"
        }
        if now == before[peer] || now?.beat == before[peer]?.beat {
          absent.append(ranks[peer])
          texts.append("\(who) is gone, last seen \(place ?? "when it connected")")
        } else if let now, now.issued < sequence {
          absent.append(ranks[peer])
          texts.append("\(who) lives but did not arrive, it is \(place ?? "busy")")
        } else if let now, now.issued == sequence, now.operation != operation {
          texts.append("\(who) made \(now.operation) where this rank made \(operation)")
        }
      }
      return (absent, texts.isEmpty ? "all ranks arrived" : texts.joined(separator: ", "))
    } catch {
      return ([], "the store does not answer, the process that serves it may be gone")
    }
  }

  /// - Throws: when an earlier collective has failed: connections are in an unknown state then.
  func requireOpen(_ operation: String) throws {
    guard let first = closedBy else { return }
    throw DistributedError(
      .closed, operation: operation, rank: rank, group: name, absent: first.absent,
      message: "\(operation) on rank \(rank) of \(size): group \(name) was closed by a failure: \(first.message)",
      remedy: "make a new group under a new prefix of the store, or start all ranks again")
  }
}
