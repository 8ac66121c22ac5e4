import Sparse

extension EmbeddingPlan {
  /// Rows, bytes and optimiser state by table, and what is free.
  ///
  /// - Parameters:
  ///   - demands: of this plan, main memory first.
  ///   - available: bytes free in main memory.
  public func json(_ demands: [Demand], available: Int) -> JSONText {
    let tables = lines.map { line in
      JSONText.object([
        ("name", .text(line.table)), ("rows", .integer(line.rows)), ("dimension", .integer(line.dimension)),
        ("data_type", .text(line.dataType.rawValue)), ("bytes", .integer(line.bytes)),
        ("state_bytes", .integer(line.stateBytes)),
      ])
    }
    var pairs: [(String, JSONText)] = [
      ("tables", .list(tables)), ("rows", .integer(rows)), ("bytes", .integer(bytes)),
      ("state_bytes", .integer(stateBytes)), ("total_bytes", .integer(totalBytes)),
      ("available_bytes", .integer(available)),
    ]
    // A GPU is a second memory to fit into.
    for demand in demands.dropFirst() {
      pairs.append(("device", .text(demand.place)))
      pairs.append(("device_bytes", .integer(demand.needed)))
      pairs.append(("device_available_bytes", demand.available.map(JSONText.integer) ?? .null))
    }
    pairs.append(("fits", .boolean(demands.allSatisfy(\.fits))))
    return .object(pairs)
  }
}
