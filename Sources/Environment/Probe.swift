/// Something to try out, and what to do when it does not work.
public struct Probe: Sendable {
  public let name: String
  public let device: String?
  public let precision: String?
  /// The remedy for whatever the body throws, unless the error brings its own.
  public let remedy: String
  private let body: @Sendable () throws -> String

  /// - Parameter body: returns what was measured; throws `EnvironmentError` or any other error when it does not work.
  public init(
    _ name: String, device: String? = nil, precision: String? = nil, remedy: String,
    body: @escaping @Sendable () throws -> String
  ) {
    self.name = name
    self.device = device
    self.precision = precision
    self.remedy = remedy
    self.body = body
  }

  /// Runs the body and turns what happens into a check.
  public func run() -> Check {
    let start = ContinuousClock.now
    var check = Check(name: name, ok: true, detail: "", device: device, precision: precision)
    do {
      check.detail = try body()
    } catch let error as EnvironmentError {
      check.ok = false
      check.detail = error.message
      check.remedy = error.remedy
    } catch {
      check.ok = false
      check.detail = "\(error)"
      check.remedy = remedy
    }
    check.seconds = (ContinuousClock.now - start).seconds
    return check
  }
}

extension Duration {
  package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
