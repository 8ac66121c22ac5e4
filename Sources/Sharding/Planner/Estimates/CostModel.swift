/// What a device's work costs: a step's time is a sum of these numbers, each times what it counts, so that measured steps can fit
/// them (`fitted(to:)`). All are seconds of the unit that they name.
public struct CostModel: Sendable, Equatable, Codable {
  /// Of a step whatever it does: the loop, the optimiser of the dense layers, the start of kernels.
  public var secondsPerStep: Double
  /// Of one collective whatever it carries: its latency.
  public var secondsPerExchange: Double
  /// Of a byte that a rank sends to, or gets from, a rank of its host; both ways go at once.
  public var secondsPerIntraHostByte: Double
  /// The same between hosts, while every rank of a host sends.
  public var secondsPerInterHostByte: Double
  /// Of a row that is looked up, its bytes not counted.
  public var secondsPerLookup: Double
  /// Of an id that backward sorts to its row.
  public var secondsPerGroupedID: Double
  /// Of a row that is updated, its bytes not counted.
  public var secondsPerUpdate: Double
  /// Of a byte of rows and vectors, read or written, in the memory of the device.
  public var secondsPerByte: Double
  /// Of a row that lies in main memory while the model is on a GPU.
  public var secondsPerHostRow: Double
  /// Of a byte of such rows.
  public var secondsPerHostByte: Double
  /// Of a byte between main memory and the GPU.
  public var secondsPerCopiedByte: Double
  /// Of a floating-point operation of the dense layers.
  public var secondsPerFlop: Double

  /// The numbers in the order of their declaration, by the names that files give them.
  public static var terms: [(name: String, path: WritableKeyPath<CostModel, Double>)] {
    [
      ("seconds_per_step", \.secondsPerStep), ("seconds_per_exchange", \.secondsPerExchange),
      ("seconds_per_intra_host_byte", \.secondsPerIntraHostByte),
      ("seconds_per_inter_host_byte", \.secondsPerInterHostByte), ("seconds_per_lookup", \.secondsPerLookup),
      ("seconds_per_grouped_id", \.secondsPerGroupedID), ("seconds_per_update", \.secondsPerUpdate),
      ("seconds_per_byte", \.secondsPerByte), ("seconds_per_host_row", \.secondsPerHostRow),
      ("seconds_per_host_byte", \.secondsPerHostByte), ("seconds_per_copied_byte", \.secondsPerCopiedByte),
      ("seconds_per_flop", \.secondsPerFlop),
    ]
  }

  enum CodingKeys: String, CodingKey {
    case secondsPerStep = "seconds_per_step"
    case secondsPerExchange = "seconds_per_exchange"
    case secondsPerIntraHostByte = "seconds_per_intra_host_byte"
    case secondsPerInterHostByte = "seconds_per_inter_host_byte"
    case secondsPerLookup = "seconds_per_lookup"
    case secondsPerGroupedID = "seconds_per_grouped_id"
    case secondsPerUpdate = "seconds_per_update"
    case secondsPerByte = "seconds_per_byte"
    case secondsPerHostRow = "seconds_per_host_row"
    case secondsPerHostByte = "seconds_per_host_byte"
    case secondsPerCopiedByte = "seconds_per_copied_byte"
    case secondsPerFlop = "seconds_per_flop"
  }

  var faults: [String] {
    Self.terms.compactMap { name, path in
      let value = self[keyPath: path]
      return value >= 0 && value <= 1e6 ? nil : "\(name) \(value); needs 0 to 1e6 seconds"
    }
  }
}
