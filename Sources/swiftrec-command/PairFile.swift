import Features
import Foundation
import Training

/// A text file of user and item, two fields a line.
struct PairFile {
  let path: String

  init(_ path: String) { self.path = path }

  /// - Throws: `DataError` with the line for a wrong number of fields, `UnknownIdentifier` for an id that the run lacks.
  func read(_ catalogue: Catalogue, run: String) throws -> (users: [Int], items: [Int]) {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw DataError(.missingFile, file: path, "the file is not there or cannot be read", remedy: "check the path")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw DataError(.unreadableFile, file: path, "the file is no UTF-8 text", remedy: "save it as UTF-8")
    }
    var users: [Int] = []
    var items: [Int] = []
    var separator: Character?
    for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      if line.isEmpty { continue }
      if separator == nil { separator = line.contains("\t") ? "\t" : "," }
      let fields = line.split(separator: separator ?? "\t", omittingEmptySubsequences: false).map(String.init)
      guard fields.count == 2 else {
        throw DataError(
          .wrongFieldCount, file: path, line: number + 1, "expected 2 fields (user, item), found \(fields.count)",
          received: String(line), remedy: "write a user and an item, separated by a tab or a comma")
      }
      guard let user = catalogue.users.index(of: fields[0]) else {
        let isHeader =
          users.isEmpty && fields[0].lowercased().hasPrefix("user") && fields[1].lowercased().hasPrefix("item")
        if isHeader { continue }
        throw UnknownIdentifier("user", fields[0], run: run, place: "\(path):\(number + 1)")
      }
      guard let item = catalogue.items.index(of: fields[1]) else {
        throw UnknownIdentifier("item", fields[1], run: run, place: "\(path):\(number + 1)")
      }
      users.append(user)
      items.append(item)
    }
    guard !users.isEmpty else {
      throw DataError(.empty, file: path, "no pairs in the file", remedy: "write a user and an item a line")
    }
    return (users, items)
  }
}
