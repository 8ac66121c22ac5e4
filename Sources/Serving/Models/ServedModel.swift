import Foundation
import Registry
import Synchronization
import Torch

/// A loaded model with its queues and its statistics.
final class ServedModel: Sendable {
  typealias Answer = (items: [ScoredItem], source: RecommendationSource)
  private static let serials = Atomic(0)
  typealias Call = @Sendable (any RecommendingModel) throws -> any Sendable

  let loaded: LoadedModel
  /// What it was opened from, for the next load.
  let source: String
  let options: BatchingOptions
  /// Another for each model that was ever loaded.
  let serial: Int
  private let reports: CountedReports
  private let predictions: Batcher<[WireValue], [WireValue]>
  private let recommendations: Batcher<RecommendationQuery, Answer>?
  private let calls: Batcher<Call, any Sendable>?

  var name: String { loaded.name }
  var version: String { loaded.version }
  var signature: ModelSignature { loaded.model.signature }
  var statistics: ModelStatistics { reports.statistics }
  var waiting: Int { predictions.waiting + (recommendations?.waiting ?? 0) + (calls?.waiting ?? 0) }
  var isIdle: Bool { predictions.isIdle && recommendations?.isIdle ?? true && calls?.isIdle ?? true }

  init(
    _ loaded: LoadedModel, source: String, options: BatchingOptions, threads: ComputeThreads, metrics: ServingMetrics
  ) {
    self.loaded = loaded
    self.source = source
    self.options = options
    serial = Self.serials.wrappingAdd(1, ordering: .relaxed).newValue
    let model = loaded.model
    let isBatched = model.signature.isBatched
    let reports = CountedReports(name: loaded.name, version: loaded.version, metrics: metrics)
    self.reports = reports
    predictions = Batcher(
      options, threads: threads, joins: { isBatched && WireBatch.canJoin($0, $1) },
      answer: { requests, rows in
        try inferenceMode { try WireBatch.split(model.predict(WireBatch.join(requests)), rows: isBatched ? rows : nil) }
      }, report: { reports.add($0) })
    if let recommender = loaded.recommender {
      recommendations = Batcher(
        options, threads: threads, joins: { _, _ in true },
        answer: { queries, _ in try inferenceMode { try recommender.recommend(queries) } }, report: { reports.add($0) })
      calls = Batcher(
        options, threads: threads, joins: { _, _ in false },
        answer: { calls, _ in try inferenceMode { try calls.map { try $0(recommender) } } },
        report: { reports.add($0) })
    } else {
      recommendations = nil
      calls = nil
    }
  }

  /// Answers a prediction.
  ///
  /// - Throws: `ServingError` for values that the signature does not take, and as `Batcher.submit`.
  func predict(_ values: [WireValue], deadline: UInt64) async throws -> [WireValue] {
    let span = traced(RequestSpan.current)
    let (checked, rows) = try signature.check(values, maxRows: max(options.maxRows, 65_536))
    return try await predictions.submit(checked, rows: rows, deadline: deadline, span: span)
  }

  /// As ``predict(_:deadline:)``, for callers that do not wait.
  func predict(
    _ values: [WireValue], deadline: UInt64, span: RequestSpan?,
    _ done: @escaping Pending<[WireValue], [WireValue]>.Done
  ) throws -> Pending<[WireValue], [WireValue]> {
    let span = traced(span)
    let (checked, rows) = try signature.check(values, maxRows: max(options.maxRows, 65_536))
    return predictions.submit(checked, rows: rows, deadline: deadline, span: span, done)
  }

  func recommend(_ query: RecommendationQuery, deadline: UInt64) async throws -> Answer {
    guard let recommendations else { throw namesNoItems }
    return try await recommendations.submit(
      query, rows: 1, deadline: deadline, span: traced(RequestSpan.current))
  }

  /// Asks the recommender something else, behind the same bound.
  func ask<Result: Sendable>(
    deadline: UInt64, _ body: @escaping @Sendable (any RecommendingModel) throws -> Result
  ) async throws -> Result {
    guard let calls else { throw namesNoItems }
    let span = traced(RequestSpan.current)
    guard let result = try await calls.submit({ try body($0) }, rows: 1, deadline: deadline, span: span) as? Result
    else {
      throw ServingError(.fault, "the recommender gave another kind of answer")
    }
    return result
  }

  private func traced(_ span: RequestSpan?) -> RequestSpan? {
    span?.note(self)
    return span
  }

  private var namesNoItems: ServingError {
    .invalid("model \"\(name)\" names no items; ask a recommender, or send values to /v2/models/\(name)/infer")
  }

  func expire(now: UInt64) {
    predictions.expire(now: now)
    recommendations?.expire(now: now)
    calls?.expire(now: now)
  }

  /// Answers once before it is asked: pages of the weights come in, LibTorch's kernels are chosen.
  ///
  /// - Returns: why it could not, where values of nothing but zeros are none that the model takes.
  func warmUp() -> String? {
    do {
      try inferenceMode {
        if let recommender = loaded.recommender {
          let popular = recommender.popular(top: 1, category: nil).map { RecentEvent(item: $0.item, weight: 1) }
          _ = try recommender.recommend([RecommendationQuery(user: nil, top: 10, recent: popular)])
        } else {
          for rows in signature.isBatched ? [1, min(16, options.maxRows)] : [1] {
            _ = try loaded.model.predict(WireBatch.join([signature.inputs.map { $0.zeros(rows: rows) }]))
          }
        }
      }
      return nil
    } catch {
      return ServingError(error).message
    }
  }
}

extension TensorSignature {
  fileprivate func zeros(rows: Int) -> WireValue {
    var shape = shape.map { $0 < 0 ? 1 : $0 }
    if self.shape.first ?? 0 < 0 { shape[0] = rows }
    let count = shape.reduce(1, *)
    return WireValue(
      name, type, shape: shape,
      type.size.map { .raw([UInt8](repeating: 0, count: count * $0)) } ?? .strings(.init(repeating: [], count: count)))
  }
}
