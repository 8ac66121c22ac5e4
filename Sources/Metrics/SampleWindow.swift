/// The last samples, at most `capacity` of them.
struct SampleWindow: Sendable, Codable {
  private(set) var capacity: Int
  /// In the order of a ring: `next` is the oldest once it is full.
  private(set) var samples = LabelledSamples()
  private var next = 0

  init(capacity: Int) { self.capacity = capacity }

  mutating func append(_ new: LabelledSamples) {
    // Of a batch that is longer than the window its end alone stays.
    var place = max(0, new.count - capacity)
    let room = min(capacity - samples.count, new.count - place)
    if room > 0 {
      samples.append(new, place..<place + room)
      place += room
    }
    if samples.weights.isEmpty, !new.weights.isEmpty {
      samples.weights = [Float](repeating: 1, count: samples.count)
    }
    while place < new.count {
      let count = min(capacity - next, new.count - place)
      write(new, place..<place + count)
      place += count
      next = (next + count) % capacity
    }
  }

  /// The windows of two ranks, side by side: that of all the samples that either still has.
  mutating func merge(_ other: SampleWindow) {
    let (mine, theirs) = (inOrder, other.inOrder)
    let (sum, isTooLarge) = capacity.addingReportingOverflow(other.capacity)
    self = SampleWindow(capacity: isTooLarge ? .max : sum)
    samples = mine
    samples.append(theirs, 0..<theirs.count)
  }

  private mutating func write(_ new: LabelledSamples, _ range: Range<Int>) {
    let target = next..<next + range.count
    samples.probabilities.replaceSubrange(target, with: new.probabilities[range])
    samples.labels.replaceSubrange(target, with: new.labels[range])
    if !new.groups.isEmpty { samples.groups.replaceSubrange(target, with: new.groups[range]) }
    guard !samples.weights.isEmpty else { return }
    if new.weights.isEmpty {
      for place in target { samples.weights[place] = 1 }
    } else {
      samples.weights.replaceSubrange(target, with: new.weights[range])
    }
  }

  /// The oldest first.
  private var inOrder: LabelledSamples {
    var ordered = LabelledSamples()
    ordered.append(samples, next..<samples.count)
    ordered.append(samples, 0..<next)
    return ordered
  }

  private enum CodingKeys: String, CodingKey { case capacity, samples }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    capacity = try container.decode(Int.self, forKey: .capacity)
    samples = try container.decode(LabelledSamples.self, forKey: .samples)
    guard samples.isSound, samples.count <= capacity else {
      throw DecodingError.dataCorruptedError(
        forKey: .samples, in: container, debugDescription: "\(samples.count) samples of a window of \(capacity)")
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(capacity, forKey: .capacity)
    try container.encode(inOrder, forKey: .samples)
  }
}
