import Foundation
import Torch

extension EnvironmentRecord {
  /// Under this name a run directory holds its record.
  public static let fileName = "environment.json"

  /// The record as one JSON object, keys in snake case.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  public func write(to path: String) throws {
    try AtomicFile.write(try json(), to: path)
  }

  /// Reads a record, or that of a run directory.
  ///
  /// - Throws: `RecordError` for a file that is not there, is cut off, is no record, or is one of another version.
  public static func load(from path: String) throws -> EnvironmentRecord {
    var isFolder: ObjCBool = false
    let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    let file = isFolder.boolValue ? "\(path)/\(fileName)" : path
    guard isThere, let data = FileManager.default.contents(atPath: file) else {
      throw RecordError(
        path: path,
        received: isFolder.boolValue ? "the folder holds no \(fileName)" : "no such file",
        remedy: "give a run directory, or a file that `swiftrec env record --out FILE` wrote")
    }
    return try EnvironmentRecord(json: data, path: file)
  }

  /// - Parameter path: where the text is from, for the messages.
  package init(json data: Data, path: String) throws {
    /// What every version of the file has.
    struct Head: Decodable {
      var format: String
      var version: Int
    }
    let again = "take it again with `swiftrec env record`"
    let head: Head
    do {
      _ = try JSONSerialization.jsonObject(with: data)
    } catch {
      throw RecordError(
        path: path, received: "no whole JSON object in its \(data.count) bytes: cut off, or no record", remedy: again)
    }
    do {
      head = try JSONDecoder().decode(Head.self, from: data)
      guard head.format == Self.format else {
        throw RecordError(
          path: path, received: "format \"\(head.format)\", expected \"\(Self.format)\"", remedy: "give a record")
      }
    } catch is DecodingError {
      throw RecordError(
        path: path, received: "JSON without the `format` and `version` of a record",
        remedy: "give a run directory, or a file that `swiftrec env record --out FILE` wrote")
    }
    guard head.version == Self.schema else {
      throw RecordError(
        path: path, received: "a record of version \(head.version), this SwiftRec reads version \(Self.schema)",
        remedy: head.version > Self.schema ? "use the SwiftRec that wrote it, or a newer one" : again)
    }
    do {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      self = try decoder.decode(EnvironmentRecord.self, from: data)
    } catch {
      throw RecordError(
        path: path, received: "a record that lacks parts or holds others (\(Self.place(error)))", remedy: again)
    }
  }

  /// Where a decoding error is from: `torch.version`.
  private static func place(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    switch error {
    case .keyNotFound(let key, let context):
      return (context.codingPath + [key]).map(\.stringValue).joined(separator: ".")
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      return context.codingPath.map(\.stringValue).joined(separator: ".")
    @unknown default: return "\(error)"
    }
  }
}
