/// The outcome of one probe.
public struct Check: Codable, Sendable, Equatable {
  /// `matmul`, `gloo`, `autograd`, ...; a name may stand several times, once a device and precision.
  public var name: String
  public var ok: Bool
  /// What was done and measured, or what went wrong.
  public var detail: String
  /// What to do about it; empty when all is well.
  public var remedy: String
  public var device: String?
  public var precision: String?
  public var seconds: Double

  public init(
    name: String, ok: Bool, detail: String, remedy: String = "", device: String? = nil, precision: String? = nil,
    seconds: Double = 0
  ) {
    self.name = name
    self.ok = ok
    self.detail = detail
    self.remedy = remedy
    self.device = device
    self.precision = precision
    self.seconds = seconds
  }
}
