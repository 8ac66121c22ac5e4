import Synchronization

/// Recommendations that were given, for users who did nothing since.
///
/// Two halves: when the young one is full it becomes the old one, and what was not asked for since is gone.
final class AnswerCache: Sendable {
  struct Key: Hashable, Sendable {
    /// A number of the loaded model: another version has another.
    var model: Int
    var user: String?
    var top: Int
    var category: String?
    var excludesSeen: Bool
  }

  private struct State {
    var young: [Key: ServedModel.Answer] = [:]
    var old: [Key: ServedModel.Answer] = [:]
  }

  private let state = Mutex(State())
  private let half: Int

  /// - Parameter capacity: answers; 0 keeps none.
  init(capacity: Int) { half = capacity / 2 }

  func answer(_ key: Key) -> ServedModel.Answer? {
    guard half > 0 else { return nil }
    return state.withLock { state in
      if let answer = state.young[key] { return answer }
      guard let answer = state.old[key] else { return nil }
      keep(answer, for: key, in: &state)
      return answer
    }
  }

  func keep(_ answer: ServedModel.Answer, for key: Key) {
    guard half > 0 else { return }
    state.withLock { keep(answer, for: key, in: &$0) }
  }

  private func keep(_ answer: ServedModel.Answer, for key: Key, in state: inout State) {
    if state.young.count >= half {
      state.old = state.young
      state.young = [:]
    }
    state.young[key] = answer
  }
}
