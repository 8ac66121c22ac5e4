/// A two-way table between tokens (the ids that users know) and rows (the ids that models know), in order of insertion.
///
/// A token that is a decimal number is found in a table of numbers, without touching a string: most public data has such
/// ids. Rows count from 0 and never change.
public struct Vocabulary: Sendable, Equatable {
  public private(set) var tokens: [String]
  private var index: TokenIndex

  var lookup: TokenIndex { index }

  public init() {
    tokens = []
    index = TokenIndex()
  }

  /// A vocabulary of the given tokens.
  ///
  /// - Throws: `DataError` for a token that stands twice.
  public init(_ tokens: [String]) throws {
    self.init()
    self.tokens.reserveCapacity(tokens.count)
    for (row, token) in tokens.enumerated() where insert(token) != row {
      throw DataError(
        .malformedLine, "vocabulary row \(row) repeats a token", received: token, remedy: "give each token once")
    }
  }

  /// The tokens `"0"`, `"1"`, ... `"count - 1"`.
  public init(identity count: Int) {
    tokens = (0..<count).map(String.init)
    index = TokenIndex(identity: count)
  }

  init(tokens: [String], index: TokenIndex) {
    self.tokens = tokens
    self.index = index
  }

  public var count: Int { tokens.count }
  public var isEmpty: Bool { tokens.isEmpty }

  /// The row of a token. O(1).
  public func index(of token: String) -> Int? {
    index.row(of: token).map(Int.init)
  }

  /// The row of a token, which is added if it is new. O(1).
  @discardableResult
  public mutating func insert(_ token: String) -> Int {
    if let row = index.row(of: token) { return Int(row) }
    let row = tokens.count
    index.insert(token, row: Int32(row))
    tokens.append(token)
    return row
  }

  /// The row of a number's token, which is added if it is new. O(1), without a string for a number that is known.
  @discardableResult
  public mutating func insert(_ number: Int64) -> Int {
    guard let short = TokenIndex.number(number) else { return insert(String(number)) }
    if let row = index.row(of: short) { return Int(row) }
    let row = tokens.count
    index.insert(short, row: Int32(row))
    tokens.append(String(number))
    return row
  }

  /// The row of a number's token. O(1).
  public func index(of number: Int64) -> Int? {
    guard let short = TokenIndex.number(number) else { return index(of: String(number)) }
    return index.row(of: short).map(Int.init)
  }

  /// The row of a token.
  ///
  /// - Throws: `DataError` with the token when the vocabulary lacks it.
  public func row(of token: String, kind: String = "token") throws -> Int {
    if let row = index(of: token) { return row }
    throw DataError(
      .unknownIdentifier, "\(kind) is not in the vocabulary of \(count)", received: token,
      remedy: "use an id that the training data has")
  }

  public static func == (left: Vocabulary, right: Vocabulary) -> Bool { left.tokens == right.tokens }
}
