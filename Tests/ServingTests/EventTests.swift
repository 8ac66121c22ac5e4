import Features
import Foundation
import Serving
import TestSupport
import Testing

@Suite struct EventTests {
  private func stored(_ events: [Event]) throws -> (Scratch, EventStore) {
    let folder = try Scratch()
    let store = try EventStore(folder.file("events.sqlite"))
    try store.store(events, [])
    return (folder, store)
  }

  private let some = [
    Event(.click, user: "1", item: "a,b", time: 10, request: "r\"1"),
    Event(.rating, user: nil, session: "s", item: "c", weight: 4.5, time: 20),
    Event(.purchase, user: "2", item: "d", time: 30),
  ]

  @Test func exportedAsCSV() throws {
    let (folder, store) = try stored(some)
    #expect(try EventExport.write(store, to: folder.file("e.csv")) == 3)
    let text = try String(contentsOfFile: folder.file("e.csv"), encoding: .utf8)
    #expect(
      text == """
        user,session,item,type,weight,time,request_id
        1,,"a,b",click,1,10,"r""1"
        ,s,c,rating,4.5,20,
        2,,d,purchase,5,30,

        """)
    #expect(try EventExport.write(store, to: folder.file("late.csv"), since: 20) == 2)
  }

  /// The same columns and values as in CSV; what is not there is missing, and not an empty text.
  @Test(.enabled(if: ColumnarLibrary.isAvailable, "skipped: set-up found no pyarrow"))
  func exportedAsParquet() throws {
    let (folder, store) = try stored(some)
    #expect(try EventExport.write(store, to: folder.file("e.csv")) == 3)
    #expect(try EventExport.write(store, to: folder.file("e.parquet")) == 3)
    let reader = try ParquetReader(folder.file("e.parquet"))
    #expect(reader.columns.map(\.name).joined(separator: ",") == (try folder.lines("e.csv").first))
    try reader.start(rowGroups: 0..<reader.rowGroups.count, columns: Array(reader.columns.indices))
    let block = try #require(try reader.next())
    let rows = (0..<block.count).map { row in
      block.columns.map { column in
        guard column.isPresent(row) else { return "-" }
        return switch column.values {
        case .text(let values): values[row]
        case .integers(let values): "\(values[row])"
        case .doubles(let values): "\(values[row])"
        default: "?"
        }
      }
    }
    #expect(
      rows == [
        ["1", "-", "a,b", "click", "1.0", "10", "r\"1"], ["-", "s", "c", "rating", "4.5", "20", "-"],
        ["2", "-", "d", "purchase", "5.0", "30", "-"],
      ])
  }

  @Test func aUserIsForgotten() throws {
    let (folder, store) = try stored(some + [Event(.cart, user: "secret-name-of-a-user", item: "a", time: 40)])
    #expect(try store.delete(user: "secret-name-of-a-user") == 1)
    #expect(try store.count() == 3)
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      let content = try #require(FileManager.default.contents(atPath: folder.file(name)))
      #expect(content.range(of: Data("secret-name-of-a-user".utf8)) == nil, "\(name)")
    }
  }
}
