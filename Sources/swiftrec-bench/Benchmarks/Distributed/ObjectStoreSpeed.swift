import Features
import Foundation

/// One gigabyte into an object store, as a checkpoint goes there, beside curl's single stream of the same file.
struct ObjectStoreSpeed: Benchmark {
  static let name = "object-store"
  static let summary = "1 GiB put into the S3 server that SWIFTREC_TEST_S3 names, beside curl (make bench-object-store)"
  static let isLong = true

  private static let bytes = 1 << 30

  func run(_ setting: Setting) throws -> [Row] {
    let environment = ProcessInfo.processInfo.environment
    guard let server = environment["SWIFTREC_TEST_S3"], let key = environment["AWS_ACCESS_KEY_ID"],
      let secret = environment["AWS_SECRET_ACCESS_KEY"]
    else { throw BenchmarkError("there is no S3 server; run `make bench-object-store`, which starts one") }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("swiftrec-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = "\(folder)/shard"
    try write(file)
    let bucket = "bench-\(UUID().uuidString.lowercased())"
    let store = try ObjectStore(
      "s3://\(bucket)/runs?endpoint_override=\(server)&scheme=http&region=us-east-1&allow_bucket_creation=true")
    func rate(_ body: () throws -> Void) throws -> Double { Double(Self.bytes) * 1e-6 / (try elapsedSeconds(body)) }
    let comparison = try alternate(rounds: setting.rounds, better: .higher) {
      try rate { try store.put(file, as: "ours") }
    } peer: {
      try rate {
        _ = try Command.run(
          "/usr/bin/curl",
          [
            "-sS", "--fail", "--aws-sigv4", "aws:amz:us-east-1:s3", "--user", "\(key):\(secret)", "-T", file,
            "http://\(server)/\(bucket)/runs/theirs",
          ])
      }
    }
    for name in ["ours", "theirs"] {
      try store.get(name, to: "\(folder)/back")
      guard try Checksum.sha256(ofFile: "\(folder)/back") == Checksum.sha256(ofFile: file) else {
        throw BenchmarkError("what came back of \(name) is not what was sent")
      }
      try FileManager.default.removeItem(atPath: "\(folder)/back")
    }
    return [
      Row(
        Self.name, "1 GiB put into an object store", unit: "MB/s", comparison: comparison, peerName: "curl, one stream",
        atLeast: 0.7)
    ]
  }

  private func write(_ path: String) throws {
    try Data().write(to: URL(fileURLWithPath: path))
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    var random = SystemRandomNumberGenerator()
    for _ in 0..<(Self.bytes >> 20) {
      let piece = (0..<(1 << 17)).map { _ in random.next() }
      try piece.withUnsafeBytes { try handle.write(contentsOf: Data($0)) }
    }
    try handle.close()
  }
}
