import CSwiftRec

/// Where a tensor lives: the CPU or one GPU.
public struct Device: Hashable, Sendable, CustomStringConvertible {
  /// `c10::DeviceType`: 0 CPU, 1 CUDA.
  package let type: Int32
  /// The GPU's number; 0 for the CPU.
  public let index: Int

  package init(type: Int32, index: Int) {
    self.type = type
    self.index = index
  }

  public static let cpu = Device(type: 0, index: 0)

  public static func cuda(_ index: Int = 0) -> Device { Device(type: 1, index: index) }

  /// Reads `cpu`, `cuda` or `cuda:N`.
  ///
  /// - Throws: `TorchError` with code `.invalidArgument` for any other text.
  public init(parsing text: String) throws {
    switch text {
    case "cpu": self = .cpu
    case "cuda": self = .cuda(0)
    default:
      let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 2, parts[0] == "cuda", let index = Int(parts[1]), (0..<128).contains(index) else {
        throw TorchError(
          .invalidArgument, operation: "Device", message: "device \"\(text)\" is unknown; use cpu, cuda or cuda:N")
      }
      self = .cuda(index)
    }
  }

  public var isCPU: Bool { type == 0 }
  public var isCUDA: Bool { type == 1 }

  public var description: String {
    switch type {
    case 0: "cpu"
    case 1: "cuda:\(index)"
    default: "device(type \(type)):\(index)"
    }
  }

  package var bridged: SRDevice { SRDevice(type: type, index: isCPU ? -1 : Int32(index)) }

  package init(bridged: SRDevice) {
    self.init(type: bridged.type, index: max(0, Int(bridged.index)))
  }
}
