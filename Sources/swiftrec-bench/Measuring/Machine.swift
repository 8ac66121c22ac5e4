import Foundation
import Torch

/// Where the numbers were taken.
struct Machine: Encodable {
  var processor: String
  var cores: Int
  var memoryGB: Int
  var capability: String
  var threads: Int
  var torch: String
  var gpus: Int
  var date: String

  init(threads: Int) {
    processor = Self.value(of: "model name", in: "/proc/cpuinfo") ?? "unknown"
    cores = ProcessInfo.processInfo.activeProcessorCount
    memoryGB = Int(ProcessInfo.processInfo.physicalMemory >> 30)
    let flags = Self.value(of: "flags", in: "/proc/cpuinfo") ?? ""
    capability = flags.contains(" avx512f ") ? "AVX-512" : flags.contains(" avx2 ") ? "AVX2" : "no AVX2"
    self.threads = threads
    torch = Engine.version
    gpus = Engine.cudaDeviceCount
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "yyyy-MM-dd"
    date = formatter.string(from: Date())
  }

  var line: String {
    "\(processor), \(cores) cores (\(threads) threads used, \(capability)), \(memoryGB) GB, "
      + "PyTorch \(torch), \(gpus) GPUs, \(date)"
  }

  private static func value(of key: String, in file: String) -> String? {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix(key) }
    return line?.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
  }
}
