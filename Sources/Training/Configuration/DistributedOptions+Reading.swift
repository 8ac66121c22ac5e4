import TorchDistributed

extension DistributedOptions {
  /// Reads a `distributed:` section.
  init(_ reader: ConfigurationReader) {
    let fallback = DistributedOptions()
    func seconds(_ key: String, _ value: Double) -> Double {
      reader.number(
        key, default: value, "seconds, 0.001 to 2592000",
        where: DistributedOptions.timeouts.contains)
    }
    self.init(
      backend: reader.optionalChoice("backend", of: DistributedOptions.backends.map(\.rawValue))
        .flatMap(Backend.init(rawValue:)),
      interface: reader.text("interface"),
      infiniband: reader.has("infiniband") ? reader.flag("infiniband", default: true) : nil,
      debug: Debug(
        rawValue: reader.choice("debug", default: "off", of: Debug.allCases.map(\.rawValue)))
        ?? .off,
      timeout: seconds("timeout", fallback.timeout),
      connectTimeout: seconds("connect_timeout", fallback.connectTimeout),
      bucketMiB: reader.number(
        "bucket_mib", default: fallback.bucketMiB, "MiB, 0.001 to 65536",
        where: DistributedOptions.buckets.contains),
      compression: Compression(
        rawValue: reader.choice(
          "compression", default: "none", of: Compression.allCases.map(\.rawValue))) ?? .none)
    // What single keys can't tell.
    for fault in faults {
      reader.report(
        reader.node(fault.key), key: fault.key, expected: fault.expected, remedy: fault.remedy)
    }
    reader.finish()
  }

  /// nil where nothing differs from the defaults: a run of one process has no use for the block.
  var node: ConfigurationNode? {
    if self == DistributedOptions() { return nil }
    return .map([
      ("backend", backend.map { .text($0.rawValue) }),
      ("interface", interface.map(ConfigurationNode.text)),
      ("infiniband", infiniband.map(ConfigurationNode.boolean)), ("debug", .text(debug.rawValue)),
      ("timeout", .number(timeout)), ("connect_timeout", .number(connectTimeout)),
      ("bucket_mib", .number(bucketMiB)),
      ("compression", .text(compression.rawValue)),
    ])
  }
}
