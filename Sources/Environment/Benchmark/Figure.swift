import Torch

/// One measured speed.
public struct Figure: Codable, Sendable, Equatable {
  /// `matmul`, `layernorm`, `copy`, `row-lookup`.
  public var name: String
  public var device: String
  public var precision: String?
  public var value: Double
  /// `TFLOP/s` or `GB/s`.
  public var unit: String

  public init(name: String, device: String, precision: String? = nil, value: Double, unit: String) {
    self.name = name
    self.device = device
    self.precision = precision
    self.value = value
    self.unit = unit
  }

  /// All figures of the CPU and of each GPU.
  ///
  /// - Parameter budget: seconds spent on each figure.
  public static func measureAll(budget: Double = 0.4) throws -> [Figure] {
    try ([.cpu] + (0..<Engine.cudaDeviceCount).map { Device.cuda($0) }).flatMap { try measure(on: $0, budget: budget) }
  }

  /// Products by precision, then three operators that memory bounds.
  static func measure(on device: Device, budget: Double) throws -> [Figure] {
    try noGrad {
      var figures = try ProbePrecision.offered(on: device).map { try matmul(device, $0, budget) }
      figures.append(try layerNorm(device, budget))
      figures.append(try copy(device, budget))
      figures.append(try rowLookup(device, budget))
      return figures
    }
  }

  private static func matmul(_ device: Device, _ precision: ProbePrecision, _ budget: Double) throws -> Figure {
    let n = device.isCUDA ? 8192 : 1024
    let a = try Tensor.rand([n, n], device: device).to(dtype: precision.dtype)
    let b = try Tensor.rand([n, n], device: device).to(dtype: precision.dtype)
    if device.isCUDA { try Engine.setAllowTF32(precision == .tf32) }
    defer { if device.isCUDA { try? Engine.setAllowTF32(false) } }
    let seconds = try best(device, budget) { _ = try a.mm(b) }
    return Figure(
      name: "matmul", device: device.description, precision: precision.rawValue,
      value: 2 * Double(n) * Double(n) * Double(n) / seconds * 1e-12, unit: "TFLOP/s")
  }

  /// Rows of 1,024: read once, written once.
  private static func layerNorm(_ device: Device, _ budget: Double) throws -> Figure {
    let rows = device.isCUDA ? 262_144 : 16_384
    let x = try Tensor.rand([rows, 1024], device: device)
    let weight = try Tensor.ones([1024], device: device)
    let bias = try Tensor.zeros([1024], device: device)
    let seconds = try best(device, budget) { _ = try x.layerNorm(normalizedShape: [1024], weight: weight, bias: bias) }
    return Figure(
      name: "layernorm", device: device.description, precision: "fp32", value: Double(x.count) * 8 / seconds * 1e-9,
      unit: "GB/s")
  }

  /// Read once, written once.
  private static func copy(_ device: Device, _ budget: Double) throws -> Figure {
    let count = device.isCUDA ? 1 << 28 : 1 << 25
    let from = try Tensor.ones([count], device: device)
    let to = try Tensor.zeros([count], device: device)
    let seconds = try best(device, budget) { try to.copy_(from) }
    return Figure(name: "copy", device: device.description, value: Double(count) * 8 / seconds * 1e-9, unit: "GB/s")
  }

  /// Random rows of 64 floats from a table that no cache holds: read once, written once.
  private static func rowLookup(_ device: Device, _ budget: Double) throws -> Figure {
    let (rows, width, lookups) = device.isCUDA ? (16_777_216, 64, 4_194_304) : (2_097_152, 64, 262_144)
    let table = try Tensor.ones([rows, width], device: device)
    let ids = try Tensor.randint(high: rows, shape: [lookups], generator: try Generator(seed: 7)).to(device: device)
    let seconds = try best(device, budget) { _ = try table.indexSelect(dim: 0, index: ids) }
    return Figure(
      name: "row-lookup", device: device.description, precision: "fp32",
      value: Double(lookups * width) * 8 / seconds * 1e-9, unit: "GB/s")
  }

  /// The shortest of the runs that fit the budget, after one that is not counted. Other programs only ever add time.
  private static func best(_ device: Device, _ budget: Double, _ body: () throws -> Void) throws -> Double {
    try body()
    try Engine.synchronize(device)
    var shortest = Double.infinity
    var spent = 0.0
    var runs = 0
    while spent < budget || runs < 3 {
      let start = ContinuousClock.now
      try body()
      try Engine.synchronize(device)
      let seconds = (ContinuousClock.now - start).seconds
      shortest = min(shortest, seconds)
      spent += seconds
      runs += 1
    }
    return max(shortest, 1e-9)
  }
}
