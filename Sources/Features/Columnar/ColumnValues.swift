/// One column of a block: a value a row, or a list of values.
public struct ColumnValues: Sendable, Equatable {
  public enum Values: Sendable, Equatable {
    case booleans([Bool])
    case integers([Int64])
    case floats([Float])
    case doubles([Double])
    case text(TextValues)
    /// `codes[i]` is a place in the dictionary; 0 where a value is missing.
    case dictionary(codes: [Int32], TextDictionary)

    public var count: Int {
      switch self {
      case .booleans(let values): values.count
      case .integers(let values): values.count
      case .floats(let values): values.count
      case .doubles(let values): values.count
      case .text(let values): values.count
      case .dictionary(let codes, _): codes.count
      }
    }

    public var kind: ColumnKind {
      switch self {
      case .booleans: .booleans
      case .integers: .integers
      case .floats: .floats
      case .doubles: .doubles
      case .text: .text
      case .dictionary: .dictionary
      }
    }
  }

  /// One a row, or the elements of all lists; what stands for a missing value means nothing.
  public var values: Values
  /// Where each row's elements begin and end, one more than there are rows; nil for a column without lists.
  public var listOffsets: [Int32]?
  /// Which rows have a value; nil where all have one.
  public var validity: [Bool]?
  /// Which elements of lists have a value; nil where all have one.
  public var elementValidity: [Bool]?

  public init(
    _ values: Values, listOffsets: [Int32]? = nil, validity: [Bool]? = nil, elementValidity: [Bool]? = nil
  ) {
    self.values = values
    self.listOffsets = listOffsets
    self.validity = validity
    self.elementValidity = elementValidity
  }

  /// Rows.
  public var count: Int { listOffsets.map { max(0, $0.count - 1) } ?? values.count }

  /// Whether row `row` has a value.
  @inline(__always)
  public func isPresent(_ row: Int) -> Bool { validity?[row] ?? true }

  /// The places in `values` of row `row`.
  @inline(__always)
  public func range(_ row: Int) -> Range<Int> {
    guard let listOffsets else { return row..<row + 1 }
    return Int(listOffsets[row])..<Int(listOffsets[row + 1])
  }
}

extension ColumnValues {
  /// The same with each text written out where there were codes.
  public var unfolded: ColumnValues {
    guard case .dictionary(let codes, let dictionary) = values else { return self }
    let entries = dictionary.entries
    var text = TextValues()
    text.offsets.reserveCapacity(codes.count + 1)
    for (place, code) in codes.enumerated() {
      let isPresent = listOffsets == nil ? isPresent(place) : elementValidity?[place] ?? true
      text.append(isPresent ? entries.bytes[entries.range(Int(code))] : [])
    }
    var column = self
    column.values = .text(text)
    return column
  }
}
