/// Which place of a ``RowBlock`` each column of a schema has.
public struct RowLayout: Sendable, Equatable {
  /// A column's values in a block.
  public enum Slot: Sendable, Equatable {
    /// Nothing is kept.
    case none
    /// One number a row.
    case number(Int)
    /// One token a row.
    case token(Int)
    /// Any number of tokens or numbers a row.
    case list(Int)
  }

  public let schema: FeatureSchema
  /// By column of the schema.
  public let slots: [Slot]
  public let numberCount: Int
  public let tokenCount: Int
  public let listCount: Int

  public init(_ schema: FeatureSchema) {
    self.schema = schema
    var (numbers, tokens, lists) = (0, 0, 0)
    slots = schema.columns.map { column in
      switch column.kind {
      case .ignored: return .none
      case .label, .weight, .dense:
        numbers += 1
        return .number(numbers - 1)
      case .group, .categorical, .vector(_, .table):
        tokens += 1
        return .token(tokens - 1)
      case .bag, .sequence, .vector(_, .list):
        lists += 1
        return .list(lists - 1)
      }
    }
    numberCount = numbers
    tokenCount = tokens
    listCount = lists
  }
}
