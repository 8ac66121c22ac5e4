import Environment
import Foundation
import Torch

/// What a set of tables will take, said before it is taken.
public struct EmbeddingPlan: Sendable {
  /// One table's share.
  public struct Line: Sendable {
    public let table: String
    public let rows: Int
    public let dimension: Int
    public let dataType: EmbeddingDataType
    public let placement: EmbeddingPlacement
    /// Of the rows.
    public let bytes: Int
    /// Of the optimiser's state.
    public let stateBytes: Int
  }

  public let lines: [Line]

  public init(
    _ configs: [any EmbeddingTableConfig], optimizer: EmbeddingOptimizer? = nil,
    optimizers: [String: EmbeddingOptimizer] = [:]
  ) {
    lines = configs.map { config in
      let rule = optimizers[config.name] ?? optimizer
      return Line(
        table: config.name, rows: config.numEmbeddings, dimension: config.embeddingDim, dataType: config.dataType,
        placement: config.placement, bytes: config.numEmbeddings * config.dataType.rowBytes(config.embeddingDim),
        stateBytes: rule?.stateBytes(rows: config.numEmbeddings, dimension: config.embeddingDim) ?? 0)
    }
  }

  public var rows: Int { lines.reduce(0) { $0 + $1.rows } }
  public var bytes: Int { lines.reduce(0) { $0 + $1.bytes } }
  public var stateBytes: Int { lines.reduce(0) { $0 + $1.stateBytes } }
  public var totalBytes: Int { bytes + stateBytes }

  /// A table a line and the total, in columns.
  public var description: String {
    var cells = [["table", "rows", "dim", "type", "rows' bytes", "optimiser state", "total"]]
    for line in lines {
      cells.append([
        line.table, "\(line.rows)", "\(line.dimension)", line.dataType.rawValue, Self.size(line.bytes),
        Self.size(line.stateBytes), Self.size(line.bytes + line.stateBytes),
      ])
    }
    cells.append(["total", "\(rows)", "", "", Self.size(bytes), Self.size(stateBytes), Self.size(totalBytes)])
    let widths = (0..<cells[0].count).map { column in cells.map { $0[column].count }.max() ?? 0 }
    return cells.map { row in
      row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 || column == 3 ? cell + space : space + cell
      }.joined(separator: "  ").trimmingCharacters(in: .whitespaces)
    }.joined(separator: "\n")
  }

  /// Refuses tables that can't fit into what is free.
  ///
  /// - Throws: `SparseError.memory` with the arithmetic.
  func requireMemory(device: Device) throws {
    let available = MemoryFacts.gather().available
    let needed = lines.filter { device.isCPU || $0.placement == .host }.reduce(0) { $0 + $1.bytes + $1.stateBytes }
    try requireMemory(needed: needed, available: available)
  }

  /// - Parameters:
  ///   - needed: bytes in main memory.
  ///   - available: bytes that are free there.
  public func requireMemory(needed: Int, available: Int) throws {
    guard needed > available else { return }
    let largest = lines.max { $0.bytes + $0.stateBytes < $1.bytes + $1.stateBytes }
    let arithmetic = largest.map {
      "; the largest, \"\($0.table)\", has \($0.rows) rows x \($0.dataType.rowBytes($0.dimension)) bytes = "
        + "\(Self.size($0.bytes)) and \(Self.size($0.stateBytes)) of optimiser state"
    }
    throw SparseError(
      .memory, value: "\(needed)",
      "the tables need \(Self.size(needed)) and \(Self.size(available)) are free\(arithmetic ?? ""); take fewer rows, a smaller "
        + "dimension, dataType: .bf16, or an optimiser with less state such as .rowWiseAdagrad")
  }

  /// `2.56 GB`.
  static func size(_ bytes: Int) -> String {
    let units = ["B", "KB", "MB", "GB", "TB", "PB"]
    var value = Double(bytes)
    var unit = 0
    while value >= 1000, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return unit == 0 ? "\(bytes) B" : String(format: "%.2f %@", value, units[unit])
  }
}
