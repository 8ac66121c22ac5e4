import Foundation

/// CUDA's driver, asked without CUDA's headers. It counts GPUs as PyTorch does: `CUDA_VISIBLE_DEVICES` holds here too.
struct CUDADriver: Sendable {
  struct DeviceDescription: Sendable {
    let name: String
    let memory: Int
    let capability: (major: Int, minor: Int)
    /// `00000000:3B:00.0`: how NVML finds the same GPU.
    let busID: String
  }

  /// nil where there is no driver or no GPU.
  static let shared: CUDADriver? = CUDADriver()

  /// The newest CUDA that it runs: `13020` is 13.2.
  let version: Int
  private let library: DynamicLibrary

  private init?() {
    guard let library = DynamicLibrary("libcuda.so.1"),
      let start = library.function("cuInit", as: (@convention(c) (UInt32) -> Int32).self), start(0) == 0,
      let ask = library.function("cuDriverGetVersion", as: (@convention(c) (UnsafeMutablePointer<Int32>) -> Int32).self)
    else { return nil }
    var version: Int32 = 0
    guard ask(&version) == 0 else { return nil }
    self.version = Int(version)
    self.library = library
  }

  func device(_ index: Int) -> DeviceDescription? {
    typealias Get = @convention(c) (UnsafeMutablePointer<Int32>, Int32) -> Int32
    typealias Text = @convention(c) (UnsafeMutablePointer<CChar>, Int32, Int32) -> Int32
    typealias Memory = @convention(c) (UnsafeMutablePointer<Int>, Int32) -> Int32
    typealias Attribute = @convention(c) (UnsafeMutablePointer<Int32>, Int32, Int32) -> Int32
    guard let get = library.function("cuDeviceGet", as: Get.self),
      let getName = library.function("cuDeviceGetName", as: Text.self),
      let getMemory = library.function("cuDeviceTotalMem_v2", as: Memory.self),
      let getAttribute = library.function("cuDeviceGetAttribute", as: Attribute.self),
      let getBusID = library.function("cuDeviceGetPCIBusId", as: Text.self)
    else { return nil }
    var device: Int32 = 0
    guard let number = Int32(exactly: index), get(&device, number) == 0 else { return nil }
    var name = [CChar](repeating: 0, count: 256)
    var bus = [CChar](repeating: 0, count: 64)
    var memory = 0
    var major: Int32 = 0
    var minor: Int32 = 0
    // 75 and 76: CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR.
    guard getName(&name, 256, device) == 0, getMemory(&memory, device) == 0, getAttribute(&major, 75, device) == 0,
      getAttribute(&minor, 76, device) == 0, getBusID(&bus, 64, device) == 0
    else { return nil }
    return DeviceDescription(
      name: text(name), memory: memory, capability: (Int(major), Int(minor)), busID: text(bus))
  }
}

/// The text of a C buffer up to its zero.
func text(_ buffer: [CChar]) -> String {
  String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
