import Features
import Foundation
import Torch
import Training

/// Writes stored events for the next training: CSV, or Parquet where the file's name says so.
public enum EventExport {
  private static let header = "user,session,item,type,weight,time,request_id\n"

  /// - Parameter since: milliseconds since 1970; events before it stay out.
  /// - Returns: how many were written.
  /// - Throws: `EventStoreError`, `DataError`, `FileError`; the file is whole or not there.
  public static func write(_ store: EventStore, to path: String, since: Int64 = 0) throws -> Int {
    path.lowercased().hasSuffix(".parquet") ? try parquet(store, path, since) : try csv(store, path, since)
  }

  private static func csv(_ store: EventStore, _ path: String, _ since: Int64) throws -> Int {
    var count = 0
    try AtomicFile.write(to: path) { put in
      func write(_ text: String) throws {
        var text = text
        try text.withUTF8 { try put(UnsafeRawBufferPointer($0)) }
      }
      try write(header)
      var block = ""
      try store.each(since: since) { event in
        let cells = [
          event.user ?? "", event.session ?? "", event.item, event.kind.rawValue, MetricsText.number(event.weight),
          "\(event.time)", event.request ?? "",
        ]
        block += cells.map(quoted).joined(separator: ",") + "\n"
        count += 1
        if block.utf8.count > 1 << 20 {
          try write(block)
          block = ""
        }
      }
      try write(block)
    }
    return count
  }

  private static func quoted(_ cell: String) -> String {
    guard cell.contains(where: { ",\"\r\n".contains($0) }) else { return cell }
    return "\"" + cell.replacing("\"", with: "\"\"") + "\""
  }

  /// Text of which some is not there.
  private struct OptionalText {
    private var values = TextValues()
    private var isThere: [Bool] = []

    mutating func append(_ text: String?) {
      values.append((text ?? "").utf8)
      isThere.append(text != nil)
    }

    var column: ColumnValues { ColumnValues(.text(values), validity: isThere) }
  }

  private struct Block {
    var users = OptionalText()
    var sessions = OptionalText()
    var requests = OptionalText()
    var items = TextValues()
    var kinds = TextValues()
    var weights: [Double] = []
    var times: [Int64] = []

    mutating func add(_ event: Event) {
      users.append(event.user)
      sessions.append(event.session)
      requests.append(event.request)
      items.append(event.item.utf8)
      kinds.append(event.kind.rawValue.utf8)
      weights.append(event.weight)
      times.append(event.time)
    }

    var columns: ColumnBlock {
      ColumnBlock(
        count: times.count,
        columns: [
          users.column, sessions.column, ColumnValues(.text(items)), ColumnValues(.text(kinds)),
          ColumnValues(.doubles(weights)), ColumnValues(.integers(times)), requests.column,
        ])
    }
  }

  private static func parquet(_ store: EventStore, _ path: String, _ since: Int64) throws -> Int {
    let writer = try ParquetWriter(
      path,
      columns: [
        ParquetColumn("user", .text, isNullable: true), ParquetColumn("session", .text, isNullable: true),
        ParquetColumn("item", .text), ParquetColumn("type", .text), ParquetColumn("weight", .doubles),
        ParquetColumn("time", .integers), ParquetColumn("request_id", .text, isNullable: true),
      ])
    var block = Block()
    try store.each(since: since) { event in
      block.add(event)
      if block.times.count == 65_536 {
        try writer.write(block.columns)
        block = Block()
      }
    }
    try writer.write(block.columns)
    try writer.close()
    return writer.count
  }
}
