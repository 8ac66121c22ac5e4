/// Sets of items that do not fit together.
public enum ItemSetsError: Error, Equatable, CustomStringConvertible {
  case ends(first: Int64?, last: Int64?, ids: Int)
  case falling(row: Int, from: Int64, to: Int64)
  case noSuchRow(Int, count: Int)

  public var description: String {
    switch self {
    case .ends(let first?, let last?, let ids):
      "item sets: offsets run from \(first) to \(last), but there are \(ids) ids; they have to run from 0 to \(ids)"
    case .ends(_, _, let ids):
      "item sets: no offsets for \(ids) ids; pass one offset more than there are rows"
    case .falling(let row, let from, let to):
      "item sets: offsets fall from \(from) to \(to) at row \(row); sort the ids by row first"
    case .noSuchRow(let row, let count):
      "item sets: row \(row) is outside 0..<\(count); pass sets for every user that is ranked"
    }
  }
}
