import Environment
import Foundation
import Torch
import Training

/// What the server counts, in Prometheus' text format.
final class ServingMetrics: Sendable {
  private static let seconds = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  ]

  private let started = Date()

  let requests = CounterFamily("swiftrec_requests_total", "Requests answered, by protocol, route and status.")
  let latency = HistogramFamily(
    "swiftrec_request_seconds", "Time from a request's head to its answer.", bounds: ServingMetrics.seconds)
  let batchRows = HistogramFamily(
    "swiftrec_batch_rows", "Rows of one call of a model.", bounds: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024])
  let queueSeconds = HistogramFamily(
    "swiftrec_queue_seconds", "Time that a request waited for the model.", bounds: ServingMetrics.seconds)
  let computeSeconds = HistogramFamily(
    "swiftrec_compute_seconds", "Time of one call of a model.", bounds: ServingMetrics.seconds)
  let loads = CounterFamily("swiftrec_model_loads_total", "Models loaded, by result.")
  let packageChecks = CounterFamily(
    "swiftrec_package_checks_total", "Packages read and compared with their hashes, by result.")
  let cacheHits = CounterFamily("swiftrec_cache_hits_total", "Recommendations answered from the cache.")
  let cacheMisses = CounterFamily("swiftrec_cache_misses_total", "Recommendations that the cache did not have.")
  let events = CounterFamily("swiftrec_events_total", "Events received, by kind.")
  let eventsLost = CounterFamily("swiftrec_events_lost_total", "Events that could not be stored.")
  let exposures = CounterFamily("swiftrec_exposures_total", "Answers given under an experiment, by arm.")
  let shadows = CounterFamily("swiftrec_shadow_requests_total", "Answers of the shadow model, by result.")
  let shadowOverlap = HistogramFamily(
    "swiftrec_shadow_overlap", "The part of an answer's items that the shadow model named too.",
    bounds: [0, 0.2, 0.4, 0.6, 0.8, 1])
  let refused = CounterFamily("swiftrec_refused_total", "Requests refused, by reason.")

  let traceSpans = CounterFamily(
    "swiftrec_trace_spans_total", "Spans of traced requests, by result: exported, dropped for want of room, failed.")

  func answered(protocol name: String, route: String, status: Int, seconds: Double) {
    requests.increment("protocol=\"\(name)\",route=\"\(route)\",status=\"\(status)\"")
    latency.observe(seconds, "protocol=\"\(name)\",route=\"\(route)\"")
  }

  /// - Parameters:
  ///   - models: those in rotation.
  ///   - usage: of the GPU that computes; nil has no lines, as a machine without one.
  func exposition(_ models: [ServedModel], gpu usage: GPUUsage? = nil) -> String {
    var text = ""
    for family in [
      requests, loads, packageChecks, cacheHits, cacheMisses, events, eventsLost, exposures, shadows, refused,
      traceSpans,
    ] { family.write(into: &text) }
    for family in [latency, batchRows, queueSeconds, computeSeconds, shadowOverlap] { family.write(into: &text) }
    func gauge(_ name: String, _ help: String, _ values: [(labels: String, value: Double)]) {
      text += "# HELP \(name) \(help)\n# TYPE \(name) gauge\n"
      for (labels, value) in values {
        text += "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(MetricsText.number(value))\n"
      }
    }
    let labels = models.map { "model=\(MetricsText.quoted($0.name)),version=\(MetricsText.quoted($0.version))" }
    gauge("swiftrec_model_info", "Models in rotation.", labels.map { ($0, 1) })
    gauge(
      "swiftrec_queue_length", "Requests that wait for a model.", zip(labels, models).map { ($0, Double($1.waiting)) })
    gauge("swiftrec_live_handles", "Tensors and modules alive in the bridge.", [("", Double(Engine.liveHandles))])
    gauge(
      "swiftrec_allocator_bytes", "Bytes of live tensors on the CPU.", [("", Double(Engine.allocatorStatistics.inUse))])
    if let usage {
      gauge(
        "swiftrec_gpu_memory_used_bytes", "Memory of the GPU in use, by all processes.",
        [("", Double(usage.memoryUsed))])
      gauge("swiftrec_gpu_memory_total_bytes", "Memory of the GPU.", [("", Double(usage.memoryTotal))])
      gauge(
        "swiftrec_gpu_utilisation_percent", "Part of the last moments in which the GPU computed.",
        [("", Double(usage.utilisation))])
    }
    gauge(
      "process_start_time_seconds", "Start time since the epoch in seconds.", [("", started.timeIntervalSince1970)])
    for (name, help, value) in ProcessFacts.now().gauges { gauge(name, help, [("", value)]) }
    return text
  }
}
