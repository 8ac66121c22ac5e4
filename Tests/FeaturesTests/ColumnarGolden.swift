import Features
import Foundation

/// `Tests/Reference/columnar`, made by the script of that name.
enum ColumnarGolden {
  static let isAvailable = ColumnarLibrary.isAvailable
  static let absence = "skipped: libswiftrec_columnar.so was not built (set-up found no pyarrow)"

  /// The `.venv` of set-up, where pyarrow is in it.
  static let python: String? = {
    let path = root.appending(path: ".venv/bin/python").path
    let packages = (try? FileManager.default.subpathsOfDirectory(atPath: root.appending(path: ".venv/lib").path)) ?? []
    return packages.contains { $0.hasSuffix("site-packages/pyarrow/__init__.py") } ? path : nil
  }()

  static func path(_ name: String) -> String { folder.appending(path: name).path }

  static func json<Value: Decodable>(_ name: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(contentsOf: folder.appending(path: name)))
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let folder = root.appending(path: "Tests/Reference/columnar")

  /// A column of `types.json`.
  struct Column: Decodable {
    var kind: ColumnKind, list: Bool, nullable: Bool, values: [Cell]
  }

  /// `codecs.json`.
  struct Few: Decodable {
    var id: [Int64], text: [String], price: [Float]
  }

  /// What a row has, told in JSON: whole numbers as text.
  enum Cell: Decodable, Equatable {
    case missing
    case boolean(Bool)
    case number(Double)
    case text(String)
    case list([Cell])

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if value.decodeNil() {
        self = .missing
      } else if let boolean = try? value.decode(Bool.self) {
        self = .boolean(boolean)
      } else if let number = try? value.decode(Double.self) {
        self = .number(number)
      } else if let text = try? value.decode(String.self) {
        self = .text(text)
      } else {
        self = .list(try value.decode([Cell].self))
      }
    }
  }

  static func cells(_ column: ColumnValues) -> [Cell] {
    func cell(_ place: Int) -> Cell {
      switch column.values {
      case .booleans(let values): .boolean(values[place])
      case .integers(let values): .text("\(values[place])")
      case .floats(let values): .number(Double(values[place]))
      case .doubles(let values): .number(values[place])
      case .text(let values): .text(values[place])
      case .dictionary(let codes, let dictionary): .text(dictionary.entries[Int(codes[place])])
      }
    }
    return (0..<column.count).map { row in
      guard column.isPresent(row) else { return .missing }
      guard column.listOffsets != nil else { return cell(row) }
      return .list(column.range(row).map { column.elementValidity?[$0] == false ? .missing : cell($0) })
    }
  }

  /// Reads whole columns.
  static func read(
    _ path: String, _ names: [String]? = nil, dictionaries: Bool = false, blockRows: Int = 3
  ) throws -> [String: [Cell]] {
    let reader = try ParquetReader(path, dictionaries: dictionaries)
    let names = names ?? reader.columns.map(\.name)
    try reader.start(
      rowGroups: 0..<reader.rowGroups.count, columns: names.map { try reader.column($0) }, blockRows: blockRows)
    var cells: [String: [Cell]] = [:]
    while let block = try reader.next() {
      for (name, column) in zip(names, block.columns) { cells[name, default: []] += self.cells(column) }
    }
    return cells
  }
}
