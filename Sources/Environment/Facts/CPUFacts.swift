import CSwiftRec
import Foundation

/// The processor, as the kernel and PyTorch see it.
public struct CPUFacts: Codable, Sendable, Equatable {
  public var model: String
  /// CPUs of the machine.
  public var logical: Int
  /// CPUs that this process may run on.
  public var usable: Int
  /// The vector instructions that PyTorch's kernels use: `AVX512`, `AVX2`, `DEFAULT`.
  public var capability: String
  /// Of the instructions that matter to tensors, those the processor has.
  public var features: [String]
  /// Matrix tiles (AMX): `absent`, `usable`, or `hidden` where a hypervisor shows them without their description; the bridge
  /// then keeps oneDNN off them, since its first bfloat16 product would end the process.
  public var matrixTiles: String

  static let interesting = [
    "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_bf16", "amx_int8",
  ]

  /// CPUs of the machine, and those that this process may run on.
  static func processors(_ info: String = SystemFile.text("/proc/cpuinfo") ?? "") -> (logical: Int, usable: Int) {
    let logical = max(1, info.split(separator: "\n").count { $0.hasPrefix("processor") })
    let allowed = SystemFile.text("/proc/self/status").flatMap { SystemFile.field("Cpus_allowed_list", in: $0) }
    return (logical, allowed.flatMap(count(ofList:)) ?? logical)
  }

  static func gather() -> CPUFacts {
    let info = SystemFile.text("/proc/cpuinfo") ?? ""
    let flags = Set((SystemFile.field("flags", in: info) ?? "").split(separator: " ").map(String.init))
    let processors = processors(info)
    var buffer = [CChar](repeating: 0, count: 64)
    let known = sr_system_cpu_capability(&buffer, buffer.count) == SR_OK
    let tiles =
      switch sr_system_matrix_tiles() {
      case SR_TILES_USABLE: "usable"
      case SR_TILES_HIDDEN: "hidden"
      default: "absent"
      }
    return CPUFacts(
      model: SystemFile.field("model name", in: info) ?? "unknown", logical: processors.logical,
      usable: processors.usable,
      capability: known ? text(buffer) : "unknown",
      features: interesting.filter(flags.contains), matrixTiles: tiles)
  }

  /// How many numbers a kernel list such as `0-3,8,10-11` names.
  package static func count(ofList text: String) -> Int? {
    var total = 0
    for part in text.split(separator: ",") {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map {
        Int($0.trimmingCharacters(in: .whitespaces))
      }
      switch ends.count {
      case 1:
        guard ends[0] != nil else { return nil }
        total += 1
      case 2:
        guard let first = ends[0], let last = ends[1], last >= first else { return nil }
        total += last - first + 1
      default: return nil
      }
    }
    return total > 0 ? total : nil
  }
}
