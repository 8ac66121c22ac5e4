import Foundation

/// Files of rows in one format.
public struct RowFiles: Sendable, Equatable, Codable {
  public enum Format: Sendable, Equatable, Codable {
    /// Lines of fields, plain or gzip.
    case text(separator: String, hasHeader: Bool, isQuoted: Bool)
    case parquet
    /// DLRM's arrays of numbers.
    case binary

    /// Criteo's logs: tabs, no header, no quotes.
    public static let criteo = Format.text(separator: "\t", hasHeader: false, isQuoted: false)
    /// Tabs and a header.
    public static let tsv = Format.text(separator: "\t", hasHeader: true, isQuoted: false)
    /// Commas and a header; a field may stand in double quotes (RFC 4180).
    public static let csv = Format.text(separator: ",", hasHeader: true, isQuoted: true)

    /// The format that a file's name promises, plain or with `.gz`.
    public static func inferred(from path: String) -> Format? {
      // What follows an address is not its name.
      let name = TextFile.name(of: ObjectFiles.isAddress(path) ? String(path.prefix { $0 != "?" }) : path)
      switch name.split(separator: ".").last.map({ $0.lowercased() }) {
      case "csv": return .csv
      case "tsv", "txt": return .tsv
      case "parquet": return .parquet
      case "bin", "npz", "npy": return .binary
      default: return nil
      }
    }

    var name: String {
      switch self {
      case .text: "text"
      case .parquet: "Parquet"
      case .binary: "binary"
      }
    }
  }

  /// Files, folders (every file in them by name), patterns with `*` and `?`, and addresses in an object store (`s3://bucket/clicks`).
  public var paths: [String]
  public var format: Format
  private let fetched = FetchedAddresses()

  private enum CodingKeys: CodingKey { case paths, format }

  public init(_ paths: [String], format: Format) {
    self.paths = paths
    self.format = format
  }

  /// The files that the paths stand for, in the order of the paths, in a folder and for a pattern by name.
  ///
  /// An address is listed and fetched once for all copies of this value: who fits, trains and describes meets the same files.
  ///
  /// - Throws: `DataError` for a path that is missing, a folder without files, and a pattern that nothing matches.
  public func expanded() throws -> [String] {
    var files: [String] = []
    for path in paths {
      if ObjectFiles.isAddress(path) {
        files += try fetched.files(of: path).filter { !($0.split(separator: "/").last ?? "").hasPrefix("_") }
      } else if TextFile.isFolder(path) {
        let names = TextFile.names(in: path).filter { !$0.hasPrefix(".") && !$0.hasPrefix("_") }
        let inside = names.map { "\(path)/\($0)" }.filter { !TextFile.isFolder($0) }
        guard !inside.isEmpty else {
          throw DataError(.empty, file: path, "is a folder without files", remedy: "name the folder with the data")
        }
        files += inside
      } else if path.contains("*") || path.contains("?") {
        let found = RowFiles.matches(path)
        guard !found.isEmpty else {
          throw DataError(.missingFile, file: path, "no file matches the pattern", remedy: "check the path")
        }
        files += found
      } else {
        guard let file = TextFile.find(path) else {
          throw DataError(
            .missingFile, file: path, "no such file", remedy: "check the path and the folders in SWIFTREC_DATA")
        }
        files.append(file)
      }
    }
    guard !files.isEmpty else {
      throw DataError(.invalidArgument, "no files are named", remedy: "name one file, folder or pattern at least")
    }
    // Three arrays are one file of rows.
    return format == .binary ? try BinaryRows.splits(files) : files
  }

  private static func matches(_ pattern: String) -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, GLOB_NOSORT, nil, &found) == 0, let paths = found.gl_pathv else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { paths[$0].map { String(cString: $0) } }.filter {
      !TextFile.isFolder($0)
    }.sorted()
  }
}
