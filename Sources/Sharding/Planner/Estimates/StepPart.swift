/// The parts of a step, in the order in which they run: each ends where all ranks wait for the slowest.
public enum StepPart: String, Sendable, Codable, CaseIterable {
  /// Ids travel to the ranks that hold their rows.
  case inputExchange = "input_exchange"
  /// Rows are read and pooled.
  case lookup
  /// Vectors travel to the ranks of their samples.
  case outputExchange = "output_exchange"
  /// The layers behind the tables, forward and backward.
  case dense
  /// Gradients of the vectors travel back.
  case gradientExchange = "gradient_exchange"
  /// Ids are sorted to rows, rows and their state updated.
  case update
  /// Gradients of what every rank holds are summed.
  case allReduce = "all_reduce"

  /// The head of its column.
  var title: String {
    switch self {
    case .inputExchange: "ids"
    case .lookup: "lookup"
    case .outputExchange: "vectors"
    case .dense: "dense"
    case .gradientExchange: "gradients"
    case .update: "update"
    case .allReduce: "all-reduce"
    }
  }

  /// What to say of it in a sentence.
  var phrase: String {
    switch self {
    case .inputExchange: "the exchange of ids"
    case .lookup: "looking rows up"
    case .outputExchange: "the exchange of vectors"
    case .dense: "the dense layers"
    case .gradientExchange: "the exchange of gradients"
    case .update: "updating rows"
    case .allReduce: "the all-reduce"
    }
  }
}
