import Features
import Foundation
import Torch

/// What the columns of a dataset version look like, small enough to keep: the next version is held against it.
public struct TableProfile: Sendable, Equatable, Codable {
  public struct Column: Sendable, Equatable, Codable {
    public var name: String
    public var kind: DataSettings.ColumnKind
    /// Values that are not blank.
    public var values = 0
    public var blank = 0
    /// Values of a column of numbers that are none, with the first one of them.
    public var faulty = 0
    public var firstFault: String?
    /// Of a column of numbers: a part of the values, drawn evenly, in order.
    public var sample: [Double] = []
    /// Of a column of tokens: the most frequent ones, and how often each stands.
    public var frequent: [Count] = []

    public init(
      name: String, kind: DataSettings.ColumnKind, values: Int = 0, blank: Int = 0, sample: [Double] = [],
      frequent: [Count] = []
    ) {
      self.name = name
      self.kind = kind
      self.values = values
      self.blank = blank
      self.sample = sample
      self.frequent = frequent
    }
  }

  public struct Count: Sendable, Equatable, Codable {
    public var token: String
    public var count: Int

    public init(token: String, count: Int) {
      self.token = token
      self.count = count
    }
  }

  public var format = 1
  public var rows: Int
  public var columns: [Column]

  public init(rows: Int, columns: [Column]) {
    self.rows = rows
    self.columns = columns
  }

  public subscript(name: String) -> Column? { columns.first { $0.name == name } }

  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(self), to: path)
  }

  /// nil where there is none that this program reads.
  static func read(_ path: String) -> TableProfile? {
    FileManager.default.contents(atPath: path).flatMap { try? JSONDecoder().decode(TableProfile.self, from: $0) }
      .flatMap { $0.format <= 1 ? $0 : nil }
  }
}
