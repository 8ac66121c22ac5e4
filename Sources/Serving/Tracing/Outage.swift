import GRPCCore
import Logging

/// Whether the collector takes spans, for a log with one line when it stops and one when it goes on.
struct Outage {
  private var lost = 0
  private var toldOfRefusal = false

  mutating func begin(_ error: any Error, _ spans: Int, _ options: TracingOptions, _ logger: Logger) {
    if lost == 0 {
      logger.warning(
        "the collector takes no spans",
        metadata: [
          "endpoint": "\(options.endpoint)", "error": "\(Self.reason(error))",
          "remedy":
            "start it, or correct OTEL_EXPORTER_OTLP_ENDPOINT; requests go on, swiftrec_trace_spans_total counts what is lost",
        ])
    }
    lost += spans
  }

  /// - Parameter refused: spans that it did not want, with its reason.
  mutating func end(refused: Int, _ reason: String, _ logger: Logger) {
    if lost > 0 { logger.info("the collector takes spans again", metadata: ["lost": "\(lost)"]) }
    lost = 0
    guard refused > 0, !toldOfRefusal else { return }
    toldOfRefusal = true
    logger.warning(
      "the collector refuses spans", metadata: ["spans": "\(refused)", "reason": "\(reason.prefixLine.prefix(200))"])
  }

  /// The innermost cause says most: that of a channel that fails is its last connection's.
  private static func reason(_ error: any Error) -> String {
    guard let error = error as? RPCError else { return "\(error)".prefixLine }
    let cause = error.cause.map { ": \(reason($0))" } ?? ""
    return "\(error.code): \(error.message.prefixLine.prefix(200))\(cause)"
  }
}
