/// One open file of rows, given block by block.
public protocol RowReader: AnyObject, Sendable {
  /// The file's path, for messages.
  var path: String { get }

  /// How many blocks there are, readable in any order; nil for a file that can only be read from its start, such as gzip.
  var blockCount: Int? { get }

  /// The rows of a block, from any thread; nil past the last one.
  ///
  /// A reader without `blockCount` gives each block once.
  ///
  /// - Throws: `DataError` with file, line and column.
  func block(_ number: Int) throws -> RowBlock?

  /// Where blocks can be read in any order: those that cost least one after the other. Runs are shuffled, blocks inside one
  /// are not.
  var runs: [Range<Int>]? { get }

  /// About how many rows the file has, 0 when unknown.
  var estimatedRows: Int { get }

  /// How many rows a block has where that is known without parsing it, else nil.
  func rowCount(ofBlock number: Int) throws -> Int?
}

extension RowReader {
  public func rowCount(ofBlock number: Int) throws -> Int? { nil }

  /// Each block by itself.
  public var runs: [Range<Int>]? { blockCount.map { (0..<$0).map { $0..<$0 + 1 } } }

  public var estimatedRows: Int { 0 }
}

/// How rows are to be read, whatever the format.
public struct RowReading: Sendable {
  public var layout: RowLayout
  public var onError: RowFaultPolicy
  /// Whether blocks keep the bytes of tokens, for a vocabulary to learn.
  public var keepsTokens: Bool
  /// Whether labels must be there; otherwise a missing one is NaN.
  public var readsLabels: Bool
  /// About how many bytes of text a block has.
  public var blockBytes: Int

  public init(
    _ schema: FeatureSchema, onError: RowFaultPolicy = .fail, keepsTokens: Bool = false, readsLabels: Bool = true,
    blockBytes: Int = 1 << 20
  ) {
    layout = RowLayout(schema)
    self.onError = onError
    self.keepsTokens = keepsTokens
    self.readsLabels = readsLabels
    self.blockBytes = max(1 << 12, blockBytes)
  }
}

/// Opens files of rows.
public enum RowReaders {
  /// - Throws: `DataError` for a file that is missing, empty, of another format, or lacks a column of the schema.
  public static func open(_ path: String, format: RowFiles.Format, reading: RowReading) throws -> any RowReader {
    switch format {
    case .text(let separator, let hasHeader, let isQuoted):
      return try TextRowReader(
        path, separator: separator, hasHeader: hasHeader, isQuoted: isQuoted, reading: reading)
    case .parquet: return try ParquetRowReader(path, reading: reading)
    case .binary: return try BinaryRowReader(path, reading: reading)
    }
  }
}
