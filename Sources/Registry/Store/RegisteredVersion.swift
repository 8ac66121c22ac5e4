import Foundation

/// One version of a model in a registry; it never changes.
public struct RegisteredVersion: Sendable, Equatable {
  public var name: String
  /// From 1.
  public var version: Int
  /// The package's folder.
  public var path: String
  /// SHA-256 of the package's manifest.
  public var digest: String
  public var kind: PackageManifest.Kind
  /// The model's name in configuration files.
  public var model: String
  /// Bytes of all files.
  public var size: Int
  /// ISO 8601 in UTC.
  public var registered: String
  public var by: String
  public var note: String
  public var metrics: PackageMetrics
}

/// One move of an alias: who, when, from where to where, and why.
public struct AliasMove: Sendable, Equatable {
  public enum Action: String, Sendable {
    case promote, alias, rollback, remove
  }

  public var name: String
  public var alias: String
  public var action: Action
  /// nil for the first one.
  public var from: Int?
  /// nil for an alias that was removed.
  public var to: Int?
  /// ISO 8601 in UTC.
  public var at: String
  public var by: String
  /// What justified it: the gate with both numbers, or a person's words.
  public var reason: String
  /// Those of the version that it moved to.
  public var metrics: PackageMetrics
}

/// The version that is to be better than the one an alias names.
public struct PromotionGate: Sendable, Equatable {
  /// `ndcg@10`.
  public var metric: String
  /// By how much at least.
  public var minimumDelta: Double

  public init(metric: String, minimumDelta: Double = 0) {
    self.metric = metric
    self.minimumDelta = minimumDelta
  }

  /// Metrics of which less is better, for each goal too (`click/logloss`).
  private static let errors: Set<String> = ["logloss", "ne", "rmse", "mae", "loss"]

  var isError: Bool { Self.errors.contains(metric.split(separator: "/").last.map(String.init) ?? metric) }

  /// - Returns: whether it may pass, and both numbers as text.
  package func judge(_ candidate: PackageMetrics, over current: PackageMetrics?) -> (passes: Bool, reason: String) {
    guard let new = candidate[metric], new.isFinite else { return (false, "the new version has no \(metric)") }
    guard let current else { return (true, "\(metric) \(Self.short(new)), the first version") }
    guard let old = current[metric], old.isFinite else {
      return (false, "the version that it would replace has no \(metric)")
    }
    let gain = isError ? old - new : new - old
    let wanted = minimumDelta > 0 ? gain >= minimumDelta : gain > 0
    return (
      wanted,
      "\(metric) \(Self.short(new)) against \(Self.short(old)), a gain of \(Self.short(gain)) where \(minimumDelta) was asked for"
    )
  }

  /// Four digits, as a person reads them.
  private static func short(_ value: Double) -> String { String(format: "%.4g", value) }
}
