import Foundation
import Training

/// What a webhook is told: one JSON object, with a line for people under `text`.
struct Notification {
  let model: String
  let state: PipelineState

  var json: String {
    let outcome = state.outcome?.rawValue ?? "unknown"
    let optional = { (value: Int?) in value.map(JSONText.integer) ?? .null }
    return JSONText.object([
      ("text", .text("\(model), run \(state.run): \(outcome)\(state.reason.isEmpty ? "" : ": \(state.reason)")")),
      ("pipeline", .text(model)), ("run", .integer(state.run)), ("outcome", .text(outcome)),
      ("step", state.decidedBy.map { .text($0.rawValue) } ?? .null), ("reason", .text(state.reason)),
      ("dataset", state.dataset.map(JSONText.text) ?? .null), ("rows", optional(state.rows)),
      ("version", optional(state.version)), ("champion", optional(state.champion)),
      ("metrics", .object(state.metrics.sorted { $0.key < $1.key }.map { ($0.key, .number($0.value)) })),
    ]).description
  }

  /// Tries each webhook, with pauses that double.
  ///
  /// - Returns: what went wrong, a line a webhook: the result of a run does not hang on it.
  func send(to webhooks: [Webhook], _ surroundings: Surroundings) -> [String] {
    let json = json
    return webhooks.compactMap { webhook in
      var pause = webhook.backoff
      var last = ""
      for attempt in 1...max(1, webhook.attempts) {
        do {
          try surroundings.post(webhook.url, json, webhook.timeout)
          return nil
        } catch {
          last = "\(error)"
        }
        guard attempt < webhook.attempts else { break }
        // A signal ends the waiting: there is one try left.
        if (try? surroundings.sleep(pause)) == nil { break }
        pause *= 2
      }
      return "\(webhook.shown) was not told, \(webhook.attempts) attempts: \(last)"
    }
  }
}
