import Torch

/// An array file, read a range of rows at a time. Any number of threads may read.
///
/// It is read, not mapped: a file that shrinks meanwhile gives an error, not a signal.
public final class NumPyReader: @unchecked Sendable {
  public let path: String
  public let type: NumPyType
  public let shape: [Int]

  private let source: FileSource
  private let start: Int

  /// Opens a file and checks that its size is what its header says.
  ///
  /// - Throws: `DataError` for a missing file, and for a header or a size that is not right.
  public init(_ path: String) throws {
    source = try FileSource(path)
    let header = try NumPyFile.header(of: source)
    self.path = path
    type = header.type
    shape = header.shape
    start = header.byteCount
  }

  /// Rows: the first size of the shape.
  public var count: Int { shape.first ?? 1 }

  /// Elements a row.
  public var width: Int { shape.dropFirst().reduce(1, *) }

  /// - Throws: `DataError` where the array is not `[N, width]`, or `[N]` for a width of 1, of one of these types.
  public func require(_ types: [NumPyType], width: Int) throws {
    guard types.contains(type) else {
      throw DataError(
        .wrongHeader, file: path, "has the wrong dtype", received: type.rawValue,
        remedy: "save it as \(types.map(\.rawValue).joined(separator: " or "))")
    }
    guard shape.count == 2 && shape[1] == width || shape.count == 1 && width == 1 else {
      throw DataError(
        .wrongHeader, file: path, "has the wrong shape", received: "\(shape)", remedy: "save it as [rows, \(width)]")
    }
  }

  /// Rows `rows` as float32, row after row.
  public func floats(_ rows: Range<Int>) throws -> [Float] {
    switch type {
    case .float16: try (elements(rows) as [Float16]).map { Float($0) }
    case .float32: try elements(rows)
    case .float64: try (elements(rows) as [Double]).map { Float($0) }
    case .int32: try (elements(rows) as [Int32]).map { Float($0) }
    case .int64: try (elements(rows) as [Int64]).map { Float($0) }
    }
  }

  /// The whole array as float32.
  public func tensor() throws -> Tensor { try Tensor(try floats(0..<count), shape: shape) }

  /// Rows `rows` as whole numbers, row after row.
  ///
  /// - Throws: `DataError` for an array of floating-point numbers.
  public func integers(_ rows: Range<Int>) throws -> [Int64] {
    switch type {
    case .int32: return try (elements(rows) as [Int32]).map { Int64($0) }
    case .int64: return try elements(rows)
    case .float16, .float32, .float64:
      throw DataError(
        .wrongHeader, file: path, "has the wrong dtype for ids", received: type.rawValue,
        remedy: "save it as \(NumPyType.int32.rawValue) or \(NumPyType.int64.rawValue)")
    }
  }

  private func elements<Value>(_ rows: Range<Int>) throws -> [Value] {
    guard rows.lowerBound >= 0, rows.upperBound <= count else {
      throw DataError(
        .outOfRange, file: path, "rows that are not there", received: "\(rows)", remedy: "choose among 0..<\(count)")
    }
    let width = width
    return try [Value](unsafeUninitializedCapacity: rows.count * width) { memory, filled in
      try source.readExactly(
        UnsafeMutableRawBufferPointer(memory), at: start + rows.lowerBound * width * type.byteCount)
      filled = rows.count * width
    }
  }
}
