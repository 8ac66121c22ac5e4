import CSwiftRec

/// A source of random numbers with a seed and a state that can be saved.
public final class Generator: @unchecked Sendable {
  let pointer: OpaquePointer

  public init(device: Device = .cpu, seed: UInt64) throws {
    var out: OpaquePointer?
    try check(sr_generator_make(device.bridged, seed, &out), "Generator(\(device))")
    guard let out else { throw TorchError(.unknown, operation: "Generator", message: "no generator") }
    pointer = out
  }

  private init(adopting pointer: OpaquePointer) { self.pointer = pointer }

  /// The generator that operators on `device` use when they get none.
  public static func standard(for device: Device = .cpu) throws -> Generator {
    var out: OpaquePointer?
    try check(sr_generator_default(device.bridged, &out), "default generator of \(device)")
    guard let out else { throw TorchError(.unknown, operation: "Generator", message: "no generator") }
    return Generator(adopting: out)
  }

  deinit { sr_generator_free(pointer) }

  public func seed(_ seed: UInt64) throws { try check(sr_generator_seed(pointer, seed), "seed") }

  /// The state as a uint8 tensor on the CPU.
  public func state() throws -> Tensor {
    var out: OpaquePointer?
    try check(sr_generator_get_state(pointer, &out), "generator state")
    return try Tensor(adopting: out, "generator state")
  }

  /// - Throws: when `state` came from another kind of generator.
  public func setState(_ state: Tensor) throws {
    try check(sr_generator_set_state(pointer, state.pointer), "set generator state", [state])
  }
}
