/// A measurement that cannot be made from what was given.
public enum MetricError: Error, Equatable, CustomStringConvertible {
  /// A cut-off list that is empty or holds a number below 1.
  case cutoffs([Int])
  /// Two inputs whose lengths have to agree.
  case lengths(metric: String, String, Int, String, Int)
  /// A value outside what the metric is defined for.
  case value(metric: String, what: String, at: Int, got: Double, remedy: String)
  /// A ranked item outside the item space.
  case item(Int32, at: Int, itemCount: Int)
  /// A relevant candidate's place outside its list.
  case place(Int, listLength: Int)
  /// Two accumulators that measure different things.
  case merge(String, String)

  public var description: String {
    switch self {
    case .cutoffs(let k): "ranking metrics: k = \(k); give one cut-off or more, each 1 or greater"
    case .lengths(let metric, let a, let aCount, let b, let bCount):
      "\(metric): \(aCount) \(a) for \(bCount) \(b); their numbers have to agree"
    case .value(let metric, let what, let at, let got, let remedy):
      "\(metric): \(what) at position \(at) is \(got); \(remedy)"
    case .item(let item, let at, let itemCount):
      "ranking metrics: item \(item) at rank \(at + 1) is outside 0..<\(itemCount); rank the items the metrics were made for"
    case .place(let place, let length):
      "candidate list: the relevant place \(place) is outside 0..<\(length); point into the list"
    case .merge(let mine, let theirs):
      "cannot merge metrics of \(theirs) into metrics of \(mine); make both with the same arguments"
    }
  }

  /// The same of another metric.
  func renamed(_ metric: String) -> MetricError {
    switch self {
    case .lengths(_, let a, let aCount, let b, let bCount): .lengths(metric: metric, a, aCount, b, bCount)
    case .value(_, let what, let at, let got, let remedy):
      .value(metric: metric, what: what, at: at, got: got, remedy: remedy)
    default: self
    }
  }
}
