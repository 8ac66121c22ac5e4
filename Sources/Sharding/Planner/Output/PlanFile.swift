import Foundation
import Sparse

/// A plan on disk: JSON with the layout and the shards of each table, where rows lie, and what was estimated.
///
/// The keys `layout` and `tables` are those of `ShardingPlan`, so a reader of plans needs no others.
public struct PlanFile: Sendable, Equatable, Codable {
  public static let newestVersion = 1

  public let version: Int
  public let layout: WorldLayout
  public let tables: [String: TableSharding]
  /// By table; a table that isn't named lies where its configuration says.
  public let placements: [String: EmbeddingPlacement]?
  /// Estimated seconds of a step.
  public let secondsPerStep: Double?

  enum CodingKeys: String, CodingKey {
    case version, layout, tables, placements
    case secondsPerStep = "seconds_per_step"
  }

  public init(_ planned: PlannedSharding) {
    version = Self.newestVersion
    layout = planned.plan.layout
    tables = planned.plan.tables
    placements = planned.placements
    let seconds = planned.estimate.seconds
    secondsPerStep = seconds.isFinite ? seconds : nil
  }

  public var plan: ShardingPlan { ShardingPlan(layout: layout, tables: tables) }

  /// - Throws: `ShardingError.plan` for bytes that hold no plan, or one of a newer program.
  public init(json: Data, name: String) throws {
    do {
      self = try JSONDecoder().decode(PlanFile.self, from: json)
    } catch let error as DecodingError {
      throw ShardingError(.plan, "\(name): no plan: \(Self.text(error)); write one with `swiftrec plan --out`")
    }
    guard version == Self.newestVersion else {
      throw ShardingError(
        .plan, "\(name): a plan of version \(version), this program reads \(Self.newestVersion); plan again with it")
    }
    // A layout from a file has not been through its initialiser.
    guard (try? WorldLayout(ranks: layout.ranks, ranksPerHost: layout.ranksPerHost)) != nil else {
      throw ShardingError(
        .plan, "\(name): \(layout.ranks) ranks with \(layout.ranksPerHost) a host; hosts must be full, plan again")
    }
  }

  /// - Throws: what reading throws, and `ShardingError.plan`.
  public init(path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ShardingError(
        .plan, "\(path): no file that can be read; check the path, or write one with `swiftrec plan --out`")
    }
    try self.init(json: data, name: path)
  }

  /// Keys in order, so that equal plans are equal files.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    return try encoder.encode(self) + Data("\n".utf8)
  }

  /// Writes beside and renames, so that no reader sees half a plan.
  public func write(to path: String) throws {
    do {
      try json().write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch let error as CocoaError {
      throw ShardingError(
        .plan, "\(path): the plan can't be written (\(error.localizedDescription)); name a folder that is there")
    }
  }

  private static func text(_ error: DecodingError) -> String {
    func place(_ context: DecodingError.Context) -> String {
      let path = context.codingPath.map(\.stringValue).joined(separator: ".")
      return path.isEmpty ? "the text" : path
    }
    return switch error {
    case .keyNotFound(let key, let context): "\(place(context)) lacks \"\(key.stringValue)\""
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      "\(place(context)) is not what a plan holds"
    @unknown default: "\(error)"
    }
  }
}
