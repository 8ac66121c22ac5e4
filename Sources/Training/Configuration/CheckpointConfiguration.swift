import Sharding

/// The `checkpoint:` section: how a run's checkpoints get to disk, and which of them stay.
///
/// ```yaml
/// checkpoint: {background: true, pace: 50MiB/s, keep: 3, full_every: 10, mirror: "s3://bucket/runs/a"}
/// ```
public struct CheckpointConfiguration: Sendable, Equatable {
  /// Whether training goes on while one is written.
  public var background: Bool
  /// Bytes a second that each process writes at most beside its training; nil for as many as the disk takes.
  public var pace: Int?
  /// How many of the last ones stay, the best one aside.
  public var keep: Int
  /// Of so many that `checkpoint_steps` asks for, one holds everything; the others the rows of tables that changed since.
  public var fullEvery: Int
  /// Where they are copied to: `s3://bucket/prefix`, of this run alone; nil for nowhere.
  public var mirror: String?

  public init(background: Bool = true, pace: Int? = nil, keep: Int = 1, fullEvery: Int = 1, mirror: String? = nil) {
    self.background = background
    self.pace = pace
    self.keep = keep
    self.fullEvery = fullEvery
    self.mirror = mirror
  }
}

extension CheckpointConfiguration {
  static let key = "checkpoint"

  init(_ reader: ConfigurationReader) {
    let fallback = CheckpointConfiguration()
    self.init(
      background: reader.flag("background", default: fallback.background), pace: Self.pace(reader),
      keep: reader.integer("keep", default: fallback.keep, in: 1...1000),
      fullEvery: reader.integer("full_every", default: fallback.fullEvery, in: 1...1_000_000),
      mirror: Self.mirror(reader))
    if pace != nil, !background {
      reader.report(
        reader.node("pace"), key: "pace", expected: "nothing beside `background: false`: training would wait for it",
        remedy: "delete one of them")
    }
    reader.finish()
  }

  private static func pace(_ reader: ConfigurationReader) -> Int? {
    guard let node = reader.node("pace") else { return nil }
    guard let text = node.text, text.hasSuffix("/s"), let bytes = ByteSize.parse(String(text.dropLast(2))), bytes > 0
    else {
      reader.report(
        node, key: "pace", expected: "a size a second", remedy: "write `pace: 50MiB/s`, or leave it out")
      return nil
    }
    return bytes
  }

  private static func mirror(_ reader: ConfigurationReader) -> String? {
    guard let address = reader.text("mirror") else { return nil }
    guard ["s3://", "file:///"].contains(where: { address.hasPrefix($0) && address.count > $0.count }) else {
      reader.report(
        reader.node("mirror"), key: "mirror", expected: "an address such as s3://bucket/prefix",
        remedy: "write `mirror: s3://bucket/runs/a`, or leave it out")
      return nil
    }
    // Configurations are shown, kept and shared.
    guard !address.contains("@") else {
      reader.report(
        "mirror", received: "an address with keys in it", expected: "an address alone",
        remedy: "give the keys as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
      return nil
    }
    return address
  }

  /// nil where nothing differs from the defaults.
  var node: ConfigurationNode? {
    if self == CheckpointConfiguration() { return nil }
    return .map([
      ("background", .boolean(background)), ("pace", pace.map { .text("\($0)B/s") }), ("keep", .integer(keep)),
      ("full_every", .integer(fullEvery)), ("mirror", mirror.map(ConfigurationNode.text)),
    ])
  }
}
